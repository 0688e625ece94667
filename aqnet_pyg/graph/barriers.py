"""Barriers such as mountain ridges: lines that edges must not cross, or whose crossings are counted as an edge feature.

Edges are great circles, approximated by segments of :data:`STEP_KM`; lines are straight in degrees between their points, as in
GeoJSON. Within one segment of a pole, where meridians converge, a crossing may be missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import shapely
import torch
from torch import Tensor

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.edges import Edges
from aqnet_pyg.graph.geojson import read_shapes
from aqnet_pyg.graph.neighbors import check_k, knn_edges
from aqnet_pyg.graph.regions import check_steps
from aqnet_pyg.graph.sphere import unit_sphere
from aqnet_pyg.stations import EARTH_RADIUS_KM, check_coordinates

STEP_KM = 50.0
"""Segment length: a great circle this long deviates from a straight line in degrees by at most 50 m up to latitude 45°."""

_TOLERANCE = (
    1e-9  # degrees, a tenth of a millimeter: a station on a line touches it despite rounding of its coordinates
)


class Barrier:
    """One or more lines that separate stations.

    Args:
        lines: Lines, or polygons for their outlines, in degrees, longitude (-180 to 360) first. Each counts as one line,
            also if it has several parts.
        name: Name for messages.

    Attributes:
        size: Number of lines.

    Raises:
        InputError: If there is no line, a coordinate is out of range, or a segment spans more than 180 degrees of longitude.
    """

    def __init__(self, lines: shapely.Geometry | Iterable[shapely.Geometry], name: str = "barrier") -> None:
        self.name = name
        shapes = [lines] if isinstance(lines, shapely.Geometry) else list(lines)
        shapes = shapely.force_2d(np.array(shapes, dtype=object))
        self.size = len(shapes)
        parts, part_of = shapely.get_parts(shapes, return_index=True)
        outlines = np.where(shapely.get_dimensions(parts) == 2, shapely.boundary(parts), parts)
        outlines, outline_of = shapely.get_parts(outlines, return_index=True)
        if len(outlines) == 0 or (shapely.get_dimensions(outlines) != 1).any():
            raise InputError(f"{name}: got a geometry without a length; use lines or polygons.")
        points, line = shapely.get_coordinates(outlines, return_index=True)
        check_coordinates(points[:, 0], points[:, 1], name)
        check_steps(outlines, name)
        # Single segments of the lines, so that a tree finds those near an edge also for long lines.
        along = np.diff(line) == 0
        steps = np.stack([points[:-1], points[1:]], axis=1)[along]
        line = part_of[outline_of[line[1:][along]]]
        # Edges start between -180 and 180 degrees and may end outside, so the lines are repeated there.
        steps[..., 0] -= 360 * np.round(steps[:, :1, 0] / 360)
        steps = np.concatenate([steps + np.array([turn, 0]) for turn in (-360, 0, 360)])
        self._line = np.tile(line, 3)
        self._tree = shapely.STRtree(shapely.linestrings(steps))

    @classmethod
    def from_geojson(cls, source: str | Path | Mapping[str, Any], /, **properties: Any) -> Self:
        """Read the lines of a GeoJSON file, one per feature.

        Args:
            source: A file or its content as a dictionary.
            **properties: Use only features with these properties, as in ``name="Taihang"``.

        Raises:
            InputError: If the file cannot be read, no feature has these properties, or a feature is not a line or polygon.
        """
        return cls(read_shapes(source, **properties), "barrier" if isinstance(source, Mapping) else Path(source).stem)

    def count(self, start: Tensor, end: Tensor) -> Tensor:
        """Number of lines that each great circle crosses or touches.

        Args:
            start: Start points on the unit sphere, float64, shape ``[E, 3]``.
            end: End points on the unit sphere, float64, shape ``[E, 3]``.

        Returns:
            int64, shape ``[E]``.

        Raises:
            InputError: If two ends are antipodes, which have no unique great circle.
        """
        steps, edge = _steps(start.cpu().numpy(), end.cpu().numpy())
        step, piece = self._tree.query(shapely.linestrings(steps), predicate="dwithin", distance=_TOLERANCE)
        # An edge may cross a line in several segments: count it once.
        met = np.unique(edge[step] * self.size + self._line[piece])
        return torch.from_numpy(np.bincount(met // self.size, minlength=len(start))).to(start.device)

    def __repr__(self) -> str:
        return f"Barrier({self.name!r}, lines={self.size})"


def count_crossings(edge_index: Tensor, pos_src: Tensor, pos_dst: Tensor, barrier: Barrier) -> Tensor:
    """Number of lines of a barrier that each edge crosses or touches; edges of a station on a line always touch it.

    Args:
        edge_index: Edges, shape ``[2, E]``.
        pos_src: Longitude and latitude of the sources in degrees, shape ``[N, 2]``.
        pos_dst: Longitude and latitude of the targets in degrees, shape ``[M, 2]``.
        barrier: The lines.

    Returns:
        int64, shape ``[E]``; the same in both directions.

    Raises:
        InputError: If a coordinate is out of range or an edge connects antipodes.
    """
    source, target = edge_index
    return barrier.count(unit_sphere(pos_src)[source], unit_sphere(pos_dst)[target])


def remove_crossing_edges(edge_index: Tensor, pos_src: Tensor, pos_dst: Tensor, barrier: Barrier) -> Tensor:
    """Remove the edges that cross or touch a line; a target may be left with fewer neighbors or none.

    :func:`aqnet_pyg.graph.knn_edges_uncrossed` replaces them by the next neighbors instead.

    Args:
        edge_index: Edges, shape ``[2, E]``.
        pos_src: Longitude and latitude of the sources in degrees, shape ``[N, 2]``.
        pos_dst: Longitude and latitude of the targets in degrees, shape ``[M, 2]``.
        barrier: The lines.

    Returns:
        The remaining edges in their order, shape ``[2, F]``.
    """
    return edge_index[:, count_crossings(edge_index, pos_src, pos_dst, barrier) == 0]


def knn_edges_uncrossed(
    pos: Tensor, k: int, barrier: Barrier, *, visible: Tensor | None = None, pos_dst: Tensor | None = None
) -> Tensor:
    """Edges from the ``k`` nearest visible stations that the target reaches without crossing a barrier.

    The in-degree is ``k``, or lower where fewer visible others are reachable.

    Args:
        pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``.
        k: Number of neighbors.
        barrier: Lines that no edge crosses or touches.
        visible: Mask of the stations that may be sources, bool, shape ``[N]``; default all.
        pos_dst: Longitude and latitude of the targets, shape ``[M, 2]``; default the stations themselves.

    Returns:
        ``edge_index``, shape ``[2, E]``, sorted as by :func:`aqnet_pyg.graph.knn_edges`.

    Raises:
        InputError: If ``k`` is not positive or a coordinate is invalid.
    """
    check_k(k)
    loops, targets = pos_dst is None, pos if pos_dst is None else pos_dst
    found, width = [torch.empty(2, 0, dtype=torch.long, device=pos.device)], k
    rows = torch.arange(len(targets), device=pos.device)
    while len(rows):
        # The station itself is the first candidate, or among the first where others coincide with it.
        source, row = knn_edges(pos, width + loops, visible=visible, pos_dst=targets[rows])
        candidates = torch.bincount(row, minlength=len(rows))
        edges = torch.stack([source, rows[row]])
        if loops:
            edges, row = edges[:, edges[0] != edges[1]], row[edges[0] != edges[1]]
        free = count_crossings(edges, pos, targets, barrier) == 0
        edges, row = edges[:, free], row[free]
        count = torch.bincount(row, minlength=len(rows))
        rank = torch.arange(len(row), device=row.device) - (count.cumsum(0) - count)[row]
        settled = (count >= k) | (candidates < width + loops)
        found.append(edges[:, settled[row] & (rank < k)])
        rows, width = rows[~settled], 2 * width
    edges = torch.cat(found, dim=1)
    return edges[:, edges[1].argsort(stable=True)]


@dataclass(frozen=True)
class Crossings:
    """Number of lines of a barrier that the edge crosses or touches, as an edge feature.

    Args:
        barrier: The lines.
    """

    dim: ClassVar[int] = 1

    barrier: Barrier

    def __call__(self, edges: Edges) -> Tensor:
        """Shape ``[E, 1]``."""
        (source, target), (start, end) = edges.edge_index, edges.sphere
        return self.barrier.count(start[source], end[target]).float()[:, None]


def _steps(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Segments of great circles, at most :data:`STEP_KM` long: ends in degrees, ``[S, 2, 2]``, and the edge of each."""
    chord = np.linalg.norm(start - end, axis=1)
    if (chord > 2 - 1e-12).any():
        raise InputError(
            f"edge_index: edge {int((chord > 2 - 1e-12).argmax())} connects antipodes, which have no unique great circle; "
            "remove it."
        )
    angle = 2 * np.arcsin(chord / 2)
    count = np.maximum(1, np.ceil(angle * EARTH_RADIUS_KM / STEP_KM).astype(np.int64))
    edge = np.repeat(np.arange(len(start)), count)
    number = np.arange(len(edge)) - np.repeat(count.cumsum() - count, count)
    ends = []
    for part in (number / count[edge], (number + 1) / count[edge]):
        # Spherical linear interpolation, or its linear limit where both ends coincide.
        angles = angle[edge]
        sine = np.sin(angles)
        flat = sine < 1e-9
        sine = np.where(flat, 1, sine)
        before = np.where(flat, 1 - part, np.sin((1 - part) * angles) / sine)[:, None]
        after = np.where(flat, part, np.sin(part * angles) / sine)[:, None]
        x, y, z = (before * start[edge] + after * end[edge]).T
        ends.append(np.degrees(np.stack([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))], axis=1)))
    steps = np.stack(ends, axis=1)
    steps[:, 1, 0] -= 360 * np.round((steps[:, 1, 0] - steps[:, 0, 0]) / 360)
    # GEOS computes no distance from a line of length zero, such as an edge between coincident stations.
    steps[(steps[:, 0] == steps[:, 1]).all(axis=1), 1, 0] += _TOLERANCE
    return steps, edge
