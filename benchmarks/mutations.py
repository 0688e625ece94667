"""Mutation testing: insert faults into a copy of the package one at a time; the nearest tests must detect each.

python benchmarks/mutations.py [--only WORD]

The faults are in benchmarks/faults/; most of them give a wrong number without an error. Prints each with the first test that
detects it. Exits with status 1 if a fault is not detected, 2 if it cannot be inserted because the code has changed: then update
its old text there.
"""

import argparse
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from faults import GROUPS

ROOT = Path(__file__).parent.parent
LIMIT_S = 900  # longer runs count as not detected; on a busy machine they may only be slow
SLOW_IMPORTS = (
    "torch",
    "torch_geometric",
    "xarray",
    "scipy.stats",
    "sklearn.linear_model",
    "gstools",
    "hypothesis",
    "pytest",
)


def tests_of(fault, others):
    """Return the tests of a fault: those of its file, its own, and others, each once."""
    path = PurePosixPath(fault.file)
    nearest = str(path.with_name(f"test_{path.name}"))
    own = [nearest] if (ROOT / "tests" / nearest).exists() else []
    found = [f"tests/{name}" for name in dict.fromkeys([*own, *fault.tests, *others])]
    if not found:  # pytest would run all
        sys.exit(f"{fault.name}: there is no tests/{nearest}; name tests in its last argument.")
    return found


def copy_code(folder):
    """Copy what the tests need to a folder outside the working tree."""
    for name in ("aqnet_pyg", "tests", "docs", "datasets", "benchmarks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)


def without_shrinking():
    """Let profiles of Hypothesis that are registered from now on stop at the first example that fails, which is enough here."""
    hypothesis = import_module("hypothesis")
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("without shrinking", phases=phases)
    hypothesis.settings.load_profile("without shrinking")


def run_tests(folder, tests):
    """Return the first test that failed, or None.

    Args:
        folder: The copy.
        tests: Test files and folders, in the order in which they are run.
    """
    shutil.rmtree(folder / ".hypothesis", ignore_errors=True)  # examples of earlier faults are not replayed
    with tempfile.TemporaryFile() as output:
        process = os.fork()  # a new interpreter would import all packages again, which takes longer than most tests
        if not process:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            os.chdir(folder)
            signal.alarm(LIMIT_S)  # ends the process
            os._exit(import_module("pytest").main(["-x", "-q", "-p", "no:cacheprovider", *tests]))
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        output.seek(0)
        text = output.read().decode(errors="replace")
    failed = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", text, flags=re.MULTILINE)
    if status not in (0, 1, -signal.SIGALRM) or (status == 1 and failed is None):
        sys.exit(f"pytest could not run the tests:\n{text[-6000:]}")
    return failed.group(1) if failed else None


def caught_by(folder, fault, tests):
    """Return the first test that fails with a fault, or None."""
    path = folder / "aqnet_pyg" / fault.file
    right = path.read_text(encoding="utf-8")
    path.write_text(right.replace(fault.old, fault.new), encoding="utf-8")
    try:
        return run_tests(folder, tests)
    finally:
        path.write_text(right, encoding="utf-8")


def main():
    """Insert every fault in turn and run the tests."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help="only faults whose group, file or name contains this")
    only = parser.parse_args().only
    faults = {
        fault: tests_of(fault, others)
        for group, (listed, others) in GROUPS.items()
        for fault in listed
        if only in f"{group}: {fault.file}: {fault.name}"
    }
    counts = {fault: (ROOT / "aqnet_pyg" / fault.file).read_text(encoding="utf-8").count(fault.old) for fault in faults}
    for fault, count in counts.items():
        if count != 1:
            print(f"{fault.name}: its old text occurs {count} times in {fault.file}; expected once.", file=sys.stderr)
    if any(count != 1 for count in counts.values()):
        sys.exit(2)
    start = time.monotonic()
    survivors = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_code(folder)
        # The copy precedes the installed package on the path, also in processes that tests start.
        os.environ |= {"PYTHONPATH": name, "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
        sys.dont_write_bytecode = True
        sys.path.insert(0, name)
        for package in SLOW_IMPORTS:
            import_module(package)
        without_shrinking()
        where = find_spec("aqnet_pyg").origin
        if not where.startswith(name):
            sys.exit(f"the tests would import {where} instead of the copy")
        failed = run_tests(folder, list(dict.fromkeys(test for tests in faults.values() for test in tests)))
        if failed:
            sys.exit(f"without a fault the tests must pass, but {failed} fails")
        for fault, tests in faults.items():
            begun = time.monotonic()
            caught = caught_by(folder, fault, tests)
            survivors += [] if caught else [fault.name]
            print(f"| {fault.name} | {caught or 'SURVIVED'} | {time.monotonic() - begun:.0f} s |", flush=True)
    print(f"{len(faults) - len(survivors)} of {len(faults)} faults caught in {time.monotonic() - start:.0f} s")
    sys.exit(bool(survivors))


if __name__ == "__main__":
    main()
