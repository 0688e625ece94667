"""Mutation check: faults are put into a copy of the graph code one at a time, and the tests of graphs must find each out.

python benchmarks/mutations.py [--only WORD]

Prints each fault with the first test that caught it. Ends with status 1 if a fault survives, 2 if it cannot be put in
because the code has changed: then its old text here has to follow.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
TESTS = ["tests/properties", "tests/graph"]


class Fault(NamedTuple):
    """One text in one file of ``aqnet_pyg/graph``, and what takes its place."""

    name: str
    file: str
    old: str
    new: str


FAULTS = []


def copy_code(folder):
    """What the tests need, away from the working tree."""
    for name in ("aqnet_pyg", "tests", "docs", "datasets"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)


def run_tests(folder):
    """Exit status of pytest, and the first test that failed."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *TESTS]
    # The copy comes before the installed package; no example of an earlier fault is replayed.
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    shutil.rmtree(folder / ".hypothesis", ignore_errors=True)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    failed = re.search(r"^FAILED (\S+)", done.stdout, flags=re.MULTILINE)
    if done.returncode > 1 or (done.returncode == 1 and failed is None):
        sys.exit(f"pytest could not run the tests:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return failed.group(1) if failed else None


def main():
    """Try every fault."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help="faults whose name has this in it")
    only = parser.parse_args().only
    faults = [fault for fault in FAULTS if only in fault.name]
    for fault in faults:
        found = (ROOT / "aqnet_pyg" / "graph" / fault.file).read_text().count(fault.old)
        if found != 1:
            print(f"{fault.name}: its old text occurs {found} times in {fault.file}; expected once.", file=sys.stderr)
            sys.exit(2)
    survivors = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_code(folder)
        where = subprocess.run(
            [sys.executable, "-c", "import aqnet_pyg; print(aqnet_pyg.__file__)"],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": name},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        if not where.startswith(name):
            sys.exit(f"the copy is not what is tested, but {where.strip()}")
        failed = run_tests(folder)
        if failed:
            sys.exit(f"without a fault the tests must pass, but {failed} fails")
        for fault in faults:
            path = folder / "aqnet_pyg" / "graph" / fault.file
            right = path.read_text()
            path.write_text(right.replace(fault.old, fault.new))
            start = time.monotonic()
            caught = run_tests(folder)
            path.write_text(right)
            survivors += [] if caught else [fault.name]
            print(f"| {fault.name} | {caught or 'SURVIVED'} | {time.monotonic() - start:.0f} s |", flush=True)
    print(f"{len(faults) - len(survivors)} of {len(faults)} faults caught")
    sys.exit(bool(survivors))


if __name__ == "__main__":
    main()
