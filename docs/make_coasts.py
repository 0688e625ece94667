"""Make the coasts and borders of maps, ``aqnet_pyg/report/coasts.npz``, from Natural Earth 1:50m.

``python docs/make_coasts.py countries-50m.json``, with the file of the npm package ``world-atlas`` 2.0.2, which holds the
countries of Natural Earth 4.1 (public domain) as TopoJSON.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import shapely

TARGET = Path(__file__).parent.parent / "aqnet_pyg" / "report" / "coasts.npz"
TOLERANCE = 0.015
"""Details smaller than this are left out, in degrees."""


def read(path: Path) -> list[np.ndarray]:
    """Return the arcs of a TopoJSON file, cut at 180 degrees, each of shape ``[point, 2]``: longitude and latitude in degrees."""
    topology = json.loads(path.read_text(encoding="utf-8"))
    scale, origin = np.array(topology["transform"]["scale"]), np.array(topology["transform"]["translate"])
    arcs = [np.cumsum(arc, axis=0) * scale + origin for arc in topology["arcs"]]
    return [
        part
        for arc in arcs
        for part in np.split(arc, np.flatnonzero(np.abs(np.diff(arc[:, 0])) > 180) + 1)
        if len(part) > 1
    ]


def simplified(arcs: list[np.ndarray]) -> list[np.ndarray]:
    """Return joined and simplified lines in hundredths of a degree, without the seam at 180 degrees and at the pole."""
    lines = shapely.get_parts(shapely.line_merge(shapely.multilinestrings([shapely.LineString(arc) for arc in arcs])))
    # Natural Earth closes its areas along 180 degrees and the pole.
    window = shapely.box(-179.98, -89.5, 179.98, 90)
    lines = shapely.get_parts(shapely.intersection(shapely.simplify(lines, TOLERANCE), window))
    whole = [
        np.rint(shapely.get_coordinates(line) * 100).astype(np.int16) for line in lines if line.length > 4 * TOLERANCE
    ]
    apart = [line[np.append(True, (np.diff(line, axis=0) != 0).any(axis=1))] for line in whole]
    return [line for line in apart if len(line) > 1]


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, help="countries-50m.json")
    lines = simplified(read(parser.parse_args().path))
    np.savez_compressed(TARGET, points=np.concatenate(lines), lengths=np.array([len(line) for line in lines], np.int32))
    print(f"{TARGET}: {len(lines)} lines, {sum(map(len, lines))} points, {TARGET.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
