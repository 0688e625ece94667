"""Branch coverage of each part of the package in the last run of the tests; `make coverage` prints it.

python benchmarks/branch_coverage.py

Exits with status 1 if it is below 90 % in a part that handles users' files and commands.
"""

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

import coverage

PARTS, LEAST = ("readers", "io", "inference", "commands"), 0.9


def main():
    """Print a line for each part, and which are too low."""
    measured = coverage.Coverage()
    measured.load()
    with tempfile.TemporaryDirectory() as folder:
        measured.json_report(outfile=f"{folder}/coverage.json")
        files = json.loads(Path(folder, "coverage.json").read_text(encoding="utf-8"))["files"]
    branches, covered = Counter(), Counter()
    for file, content in files.items():
        part = file.rpartition("aqnet_pyg/")[2].split("/")[0]
        branches[part] += content["summary"]["num_branches"]
        covered[part] += content["summary"]["covered_branches"]
    shares = {part: covered[part] / count for part, count in sorted(branches.items()) if count}
    low = [part for part in PARTS if shares.get(part, 0.0) < LEAST]
    for part, share in shares.items():
        print(f"{part:16} {covered[part]:5} of {branches[part]:5} branches {share:6.1%}{' LOW' if part in low else ''}")
    sys.exit(bool(low))


if __name__ == "__main__":
    main()
