"""Mutation testing: insert faults into a copy of the graph code one at a time; the graph tests must detect each.

python benchmarks/mutations.py [--only WORD]

Prints each fault with the first test that detects it. Exits with status 1 if a fault is not detected, 2 if it cannot be inserted
because the code has changed: then update its old text here.
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
TESTS = [*sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/graph/test_*.py")), "tests/properties"]
LIMIT_S = 900  # longer runs count as not detected; on a busy machine they may only be slow


class Fault(NamedTuple):
    """One text in one file of ``aqnet_pyg/graph``, and its replacement."""

    name: str
    file: str
    old: str
    new: str


FAULTS = [
    Fault(
        "degree off by one",
        "neighbors.py",
        "min(check_k(k), len(points.source))",
        "min(check_k(k) - 1, len(points.source))",
    ),
    Fault("degrees for radians", "sphere.py", "torch.deg2rad(latitude)", "latitude"),
    Fault(
        "longitude and latitude swapped",
        "sphere.py",
        "longitude, latitude = pos.unbind(1)",
        "latitude, longitude = pos.unbind(1)",
    ),
    Fault(
        "longitude not wrapped",
        "sphere.py",
        "torch.deg2rad(torch.remainder(longitude, 360.0))",
        "torch.deg2rad(longitude)",
    ),
    Fault("distance on a plane", "sphere.py", "parallel = latitude.cos()", "parallel = torch.ones_like(latitude)"),
    Fault(
        "chord taken for the great circle",
        "sphere.py",
        "torch.asin((chord * 0.5).clamp_(max=1.0)).mul_(2 *",
        "(chord * 0.5).mul_(2 *",
    ),
    Fault("coordinates not checked", "sphere.py", "south >= -90 and north <= 90", "south >= -900 and north <= 900"),
    Fault(
        "ties in reversed order",
        "tie_breaking.py",
        "by_index = station.argsort(dim=1)",
        "by_index = station.argsort(dim=1, descending=True)",
    ),
    Fault("ties not detected", "tie_breaking.py", "if gap.amin() > _APART:", "if True:"),
    Fault("ties at the border not searched again", "tie_breaking.py", "settled |= width == sources", "settled |= True"),
    Fault(
        "ties not rounded",
        "tie_breaking.py",
        "return torch.round(chord * (EARTH_RADIUS_KM / TIE_KM))",
        "return chord * (EARTH_RADIUS_KM / TIE_KM)",
    ),
    Fault(
        "unsorted: nearest last",
        "tie_breaking.py",
        "distance.gather(1, by_index).argsort(dim=1, stable=True)",
        "distance.gather(1, by_index).argsort(dim=1, stable=True, descending=True)",
    ),
    Fault(
        "self edge allowed",
        "tie_breaking.py",
        "distance = distance.masked_fill(station == target_station[:, None], torch.inf)",
        "pass",
    ),
    Fault("wrong batch offset", "search_points.py", "GRAPH_OFFSET = 4.0", "GRAPH_OFFSET = 0.0"),
    Fault(
        "graph of the targets ignored",
        "search_points.py",
        "batch_dst[:, None] * GRAPH_OFFSET",
        "0 * batch_dst[:, None]",
    ),
    Fault(
        "masks ignored",
        "visibility_masks.py",
        "usable = visible.flatten().index_select(0, source.flatten()).view(rows, width)",
        "usable = torch.ones_like(source, dtype=torch.bool)",
    ),
    Fault(
        "graphs of masks not numbered apart",
        "visibility_masks.py",
        "    return edge_index\n",
        "    return edge_index % stations\n",
    ),
    Fault(
        "kernel's order not undone",
        "kernels.py",
        "found[targets] = sources[chosen.nearest(source[sources], target[targets], k)]",
        "found[targets] = chosen.nearest(source[sources], target[targets], k)",
    ),
    Fault(
        "radius stops at few neighbors",
        "kernels.py",
        "torch_cluster.radius(source, target, radius, max_num_neighbors=len(source))",
        "torch_cluster.radius(source, target, radius, max_num_neighbors=2)",
    ),
    Fault("radius in chords", "radius.py", "reach = km_to_chord(radius_km)", "reach = radius_km / EARTH_RADIUS_KM"),
    Fault("radius without its circle", "radius.py", "reach + 2 * TIE_KM / EARTH_RADIUS_KM", "reach * 0.999"),
    Fault("radius with self edges", "radius.py", "kept &= source != target", "pass"),
    Fault(
        "edges within a radius unsorted",
        "radius.py",
        "torch.stack([source, target])[:, edge_order(source, target, chord)]",
        "torch.stack([source, target])",
    ),
    Fault("mutual graph isolates hidden stations", "variants.py", "kept |= ~visible.bool()[target]", "pass"),
    Fault(
        "symmetric graph leaks from hidden stations",
        "variants.py",
        "reverse = reverse[:, visible.bool()[reverse[0]]]",
        "pass",
    ),
    Fault("hidden keeps x", "hiding.py", 'for name in ("x", "x_mask"):', 'for name in ("x_mask",):'),
    Fault("hidden keeps its mask", "hiding.py", 'for name in ("x", "x_mask"):', 'for name in ("x",):'),
    Fault("hiding shows others", "hiding.py", "data.visible = visible_mask(data) & ~hidden", "data.visible = ~hidden"),
    Fault("blocks hide more than the fraction", "hiding.py", "left -= size[number]", "pass"),
    Fault(
        "wind against the way",
        "wind.py",
        "wind[:, 0] * east + wind[:, 1] * north",
        "wind[:, 0] * north + wind[:, 1] * east",
    ),
    Fault(
        "leak from a hidden station",
        "search_points.py",
        "source_station = visible.nonzero().flatten()",
        "source_station = torch.arange(len(pos))",
    ),
    Fault(
        "hidden station counted as its own neighbor",
        "search_points.py",
        "(1 if visible is None or source_station is None else (visible != 0).long())",
        "torch.ones_like(target_station)",
    ),
    Fault(
        "weights sum to one over all targets",
        "weights.py",
        "softmax(logarithm, edges.edge_index[1],",
        "softmax(logarithm, 0 * edges.edge_index[1],",
    ),
    Fault(
        "bearing from the source, not the target",
        "edges.py",
        "return self._directions(1)",
        "return self._directions(0)",
    ),
    Fault(
        "north for east",
        "edges.py",
        "east[part], north[part] = x / size, y / size",
        "east[part], north[part] = y / size, x / size",
    ),
    Fault(
        "a direction where points coincide",
        "edges.py",
        "threshold(torch.hypot(x, y), _METER, torch.inf)",
        "torch.hypot(x, y)",
    ),
    Fault("reverse direction not negated", "edges.py", "return -east, -north", "return east, north"),
    Fault("distances of other edges", "neighbors.py", "edges.chord = chord", "edges.chord = chord.flip(0)"),
    Fault(
        "edges between two chunks omitted",
        "edges.py",
        "slice(first, first + _CHUNK)",
        "slice(first, first + _CHUNK - 1)",
    ),
]


def copy_code(folder):
    """Copy what the tests need to a folder outside the working tree."""
    for name in ("aqnet_pyg", "tests", "docs", "datasets"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)


def run_tests(folder, first=None):
    """Return the first test that failed, or None.

    Args:
        folder: The copy.
        first: File of the graph code whose tests are run before the others.

    Raises:
        subprocess.TimeoutExpired: If none failed within ``LIMIT_S``.
    """
    tests = sorted(TESTS, key=lambda test: test != f"tests/graph/test_{first}")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    # The copy precedes the installed package on the path; examples of earlier faults are not replayed.
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    shutil.rmtree(folder / ".hypothesis", ignore_errors=True)
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=LIMIT_S
    )
    failed = re.search(r"^FAILED (\S+)", done.stdout, flags=re.MULTILINE)
    if done.returncode > 1 or (done.returncode == 1 and failed is None):
        sys.exit(f"pytest could not run the tests:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return failed.group(1) if failed else None


def main():
    """Insert every fault in turn and run the tests."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help="only faults whose name contains this")
    only = parser.parse_args().only
    faults = [fault for fault in FAULTS if only in fault.name]
    counts = {fault: (ROOT / "aqnet_pyg" / "graph" / fault.file).read_text().count(fault.old) for fault in faults}
    for fault, count in counts.items():
        if count != 1:
            print(f"{fault.name}: its old text occurs {count} times in {fault.file}; expected once.", file=sys.stderr)
    if any(count != 1 for count in counts.values()):
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
            sys.exit(f"the tests would import {where.strip()} instead of the copy")
        failed = run_tests(folder)
        if failed:
            sys.exit(f"without a fault the tests must pass, but {failed} fails")
        for fault in faults:
            path = folder / "aqnet_pyg" / "graph" / fault.file
            right = path.read_text()
            path.write_text(right.replace(fault.old, fault.new))
            start = time.monotonic()
            try:
                caught = run_tests(folder, fault.file)
            except subprocess.TimeoutExpired:
                caught = None
            path.write_text(right)
            survivors += [] if caught else [fault.name]
            print(f"| {fault.name} | {caught or 'SURVIVED'} | {time.monotonic() - start:.0f} s |", flush=True)
    print(f"{len(faults) - len(survivors)} of {len(faults)} faults caught")
    sys.exit(bool(survivors))


if __name__ == "__main__":
    main()
