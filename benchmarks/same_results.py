"""Compare two runs of one job value by value: `python benchmarks/same_results.py FIRST SECOND`, two folders of results.

Arrays of all NetCDF files, the learning curve and metrics.json have to be equal; only seconds, the folder and the hashes
made of it may differ. The status is the number of differences.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import xarray as xr

RUNS_DIFFER = {"seconds", "out", "run_sha256", "model_sha256"}
"""Entries of metrics.json that depend on the time and on the folder."""


def main() -> int:
    """Print what differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    options = parser.parse_args()
    first, second = options.first, options.second
    metrics = [json.loads((folder / "metrics.json").read_text()) for folder in (first, second)]
    found = list(different(*metrics, "metrics.json"))
    for path in sorted(first.glob("*.csv")):
        found += [] if path.read_bytes() == (second / path.name).read_bytes() else [path.name]
    values = 0
    for path in sorted(first.glob("*.nc")):
        with xr.open_dataset(path) as one, xr.open_dataset(second / path.name) as other:
            found += [f"{path.name}: {name}" for name in one.variables if not one[name].equals(other[name])]
            values += sum(array.size for array in one.variables.values())
    print("\n".join(found) or f"no difference in metrics, learning curve, and {values:,} values of arrays")
    return len(found)


def different(first: Any, second: Any, place: str) -> list[str]:
    """Places of two contents of JSON that differ."""
    if not isinstance(first, dict) or not isinstance(second, dict):
        return [] if json.dumps(first) == json.dumps(second) else [f"{place}: {first} and {second}"]
    names = [name for name in {**first, **second} if name not in RUNS_DIFFER]
    return [each for name in names for each in different(first.get(name), second.get(name), f"{place}, {name}")]


if __name__ == "__main__":
    sys.exit(main())
