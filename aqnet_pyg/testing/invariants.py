"""Assertions on graphs over stations and on predictions; each error names the first violation.

Everything is checked against definitions, independently of :mod:`aqnet_pyg.graph`. Distances are computed for every pair by the
haversine formula in float64, so use networks of up to a few thousand stations.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from aqnet_pyg.stations import EARTH_RADIUS_KM, POLLUTANTS, pollutants_in

_SAME_KM = 1e-5
"""Tolerance of chords: a centimeter, far above rounding errors of float64 and rounding by builders."""


def haversine_km(pos: Tensor, pos_dst: Tensor | None = None) -> np.ndarray:
    """Great-circle distances by the haversine formula, in float64.

    Args:
        pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``.
        pos_dst: Longitude and latitude of the targets, shape ``[M, 2]``; default the stations.

    Returns:
        Kilometers, shape ``[M, N]``; rows are targets.
    """
    source = np.radians(_array(pos).astype(np.float64))
    target = source if pos_dst is None else np.radians(_array(pos_dst).astype(np.float64))
    half = np.sin((target[:, None] - source) / 2) ** 2
    square = half[..., 1] + np.cos(target[:, None, 1]) * np.cos(source[:, 1]) * half[..., 0]
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(square.clip(0, 1)))


def assert_edge_index(edge_index: Tensor, stations: int, targets: int | None = None) -> None:
    """Assert that edges are int64 ``[2, E]``, in range, and without duplicates.

    Args:
        edge_index: Sources (row 0) and targets (row 1), shape ``[2, E]``.
        stations: Number of stations.
        targets: Number of targets; default the stations.

    Raises:
        AssertionError: With the first invalid edge.
    """
    assert edge_index.dim() == 2 and edge_index.size(0) == 2, (  # noqa: PT018
        f"edge_index has shape {tuple(edge_index.shape)}; expected [2, E], sources and targets."
    )
    assert edge_index.dtype == torch.long, f"edge_index is {edge_index.dtype}; expected torch.int64."
    source, target = _array(edge_index)
    targets = stations if targets is None else targets
    bad = (source < 0) | (source >= stations) | (target < 0) | (target >= targets)
    _refuse(
        bad, lambda e: f"{_edge(source, target, e)} is out of range; there are {stations} stations, {targets} targets."
    )
    order = np.lexsort((source, target))
    twice = np.zeros(len(source), bool)
    twice[order[1:]] = (source[order][1:] == source[order][:-1]) & (target[order][1:] == target[order][:-1])
    _refuse(twice, lambda e: f"{_edge(source, target, e)} occurs more than once.")


def assert_sources_visible(edge_index: Tensor, visible: Tensor) -> None:
    """Assert that every source is visible.

    Args:
        edge_index: Sources (row 0) and targets (row 1), shape ``[2, E]``.
        visible: Mask of the visible stations, bool, shape ``[N]``.

    Raises:
        AssertionError: With the first edge from a hidden station.
    """
    source, target = _array(edge_index)
    hidden = ~_array(visible)[source]
    _refuse(hidden, lambda e: f"{_edge(source, target, e)} comes from station {source[e]}, which is hidden.")


def assert_no_self_edges(edge_index: Tensor) -> None:
    """Assert that no station is its own neighbor.

    Args:
        edge_index: Edges of a graph whose targets are the stations, shape ``[2, E]``.

    Raises:
        AssertionError: With the first edge from a station to itself.
    """
    source, target = _array(edge_index)
    _refuse(source == target, lambda e: f"{_edge(source, target, e)} goes from station {source[e]} to itself.")


def assert_batch_separate(edge_index: Tensor, batch: Tensor, batch_dst: Tensor | None = None) -> None:
    """Assert that no edge connects two graphs of a batch.

    Args:
        edge_index: Sources (row 0) and targets (row 1), shape ``[2, E]``.
        batch: Graph of each station, shape ``[N]``.
        batch_dst: Graph of each target, shape ``[M]``; default that of the stations.

    Raises:
        AssertionError: With the first edge between two graphs.
    """
    source, target = _array(edge_index)
    graph_src, graph_dst = _array(batch)[source], _array(batch if batch_dst is None else batch_dst)[target]
    _refuse(
        graph_src != graph_dst,
        lambda e: f"{_edge(source, target, e)} connects graph {graph_src[e]} to graph {graph_dst[e]} of the batch.",
    )


def assert_in_degree(
    edge_index: Tensor,
    k: int,
    visible: Tensor,
    *,
    targets: int | None = None,
    batch: Tensor | None = None,
    batch_dst: Tensor | None = None,
) -> None:
    """Assert that every target has ``k`` neighbors, or all visible others of its graph where these are fewer.

    Args:
        edge_index: Sources (row 0) and targets (row 1), shape ``[2, E]``.
        k: Number of neighbors.
        visible: Mask of the visible stations, bool, shape ``[N]``.
        targets: Number of targets other than the stations; default the stations, none its own neighbor.
        batch: Graph of each station, shape ``[N]``; default one graph.
        batch_dst: Graph of each target, shape ``[M]``; required with ``batch`` and ``targets``.

    Raises:
        AssertionError: With the first target that has another in-degree.
    """
    allowed = _allowed(visible, targets, batch, batch_dst).sum(axis=1)
    expected = np.minimum(allowed, k)
    degree = np.bincount(_array(edge_index)[1], minlength=len(allowed))
    _refuse(
        degree != expected,
        lambda t: (
            f"target {t} has {degree[t]} neighbors; expected {expected[t]} (k = {k}, visible others {allowed[t]})."
        ),
    )


def assert_nearest(
    edge_index: Tensor,
    pos: Tensor,
    visible: Tensor,
    k: int,
    *,
    pos_dst: Tensor | None = None,
    batch: Tensor | None = None,
    batch_dst: Tensor | None = None,
) -> None:
    """Assert that the neighbors of every target are its ``k`` nearest visible others by great circle; ties in any order.

    Args:
        edge_index: Sources (row 0) and targets (row 1), shape ``[2, E]``.
        pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``.
        visible: Mask of the visible stations, bool, shape ``[N]``.
        k: Number of neighbors.
        pos_dst: Longitude and latitude of targets other than the stations, shape ``[M, 2]``.
        batch: Graph of each station, shape ``[N]``; default one graph.
        batch_dst: Graph of each target, shape ``[M]``; required with ``batch`` and ``pos_dst``.

    Raises:
        AssertionError: With the first target that has the wrong number of neighbors, or a neighbor that is not among
            its nearest.
    """
    targets = None if pos_dst is None else len(pos_dst)
    assert_edge_index(edge_index, len(pos), targets)
    assert_in_degree(edge_index, k, visible, targets=targets, batch=batch, batch_dst=batch_dst)
    km = haversine_km(pos, pos_dst)
    chosen = _chosen(edge_index, km.shape)
    farthest = np.where(chosen, km, -np.inf)
    rest = np.where(_allowed(visible, targets, batch, batch_dst) & ~chosen, km, np.inf)
    # Compared as chords: near antipodes, great circles of different length have equal chords in float64.
    bad = _chord(farthest.max(axis=1, initial=-np.inf)) > _chord(rest.min(axis=1, initial=np.inf)) + _SAME_KM
    _refuse(
        bad,
        lambda t: (
            f"target {t} has the neighbor {farthest[t].argmax()}, {farthest[t].max():.6f} km away, but not station "
            f"{rest[t].argmin()}, {rest[t].min():.6f} km away; expected the {k} nearest."
        ),
    )


def assert_within_radius(
    edge_index: Tensor,
    pos: Tensor,
    visible: Tensor,
    radius_km: float,
    *,
    pos_dst: Tensor | None = None,
    batch: Tensor | None = None,
    batch_dst: Tensor | None = None,
) -> None:
    """Assert that the neighbors of every target are all visible others within a radius; exactly at the radius, any.

    Args:
        edge_index: Sources (row 0) and targets (row 1), shape ``[2, E]``.
        pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``.
        visible: Mask of the visible stations, bool, shape ``[N]``.
        radius_km: Great-circle radius in kilometers.
        pos_dst: Longitude and latitude of targets other than the stations, shape ``[M, 2]``.
        batch: Graph of each station, shape ``[N]``; default one graph.
        batch_dst: Graph of each target, shape ``[M]``; required with ``batch`` and ``pos_dst``.

    Raises:
        AssertionError: With the first edge that is too long, or the first close pair without an edge.
    """
    targets = None if pos_dst is None else len(pos_dst)
    assert_edge_index(edge_index, len(pos), targets)
    km = haversine_km(pos, pos_dst)
    chosen, allowed = _chosen(edge_index, km.shape), _allowed(visible, targets, batch, batch_dst)
    chord, radius = _chord(km), _chord(np.asarray(min(radius_km, np.pi * EARTH_RADIUS_KM)))
    for bad, what in (
        (chosen & ~allowed, "is an edge, but the station is hidden, the target itself or in another graph"),
        (chosen & (chord > radius + _SAME_KM), f"is an edge, but is longer than {radius_km} km"),
        (allowed & ~chosen & (chord < radius - _SAME_KM), f"is no edge, but is within {radius_km} km"),
    ):
        where = np.argwhere(bad)
        if len(where):
            t, s = where[0]
            raise AssertionError(f"from station {s} to target {t} ({km[t, s]:.6f} km): {what}.")


def assert_sorted(edge_index: Tensor, pos: Tensor, *, pos_dst: Tensor | None = None) -> None:
    """Assert that edges are sorted by target, then distance, then source.

    Args:
        edge_index: Sources (row 0) and targets (row 1), shape ``[2, E]``.
        pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``.
        pos_dst: Longitude and latitude of targets other than the stations, shape ``[M, 2]``.

    Raises:
        AssertionError: With the first edge out of order.
    """
    source, target = _array(edge_index)
    chord = _chord(haversine_km(pos, pos_dst)[target, source])
    same = target[1:] == target[:-1]
    tie = same & _tie(chord[1:], chord[:-1])
    late = (
        (target[1:] < target[:-1]) | (same & (chord[1:] < chord[:-1] - _SAME_KM)) | (tie & (source[1:] < source[:-1]))
    )
    _refuse(
        late,
        lambda e: (
            f"{_edge(source, target, e + 1)} comes after {_edge(source, target, e)}; expected edges sorted by target, "
            "distance and source."
        ),
    )


def assert_ties_by_index(
    edge_index: Tensor,
    pos: Tensor,
    visible: Tensor,
    *,
    pos_dst: Tensor | None = None,
    batch: Tensor | None = None,
    batch_dst: Tensor | None = None,
) -> None:
    """Assert that ties are broken by index: among stations at the same distance, those of lowest index are neighbors.

    Args:
        edge_index: Sources (row 0) and targets (row 1), shape ``[2, E]``.
        pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``.
        visible: Mask of the visible stations, bool, shape ``[N]``.
        pos_dst: Longitude and latitude of targets other than the stations, shape ``[M, 2]``.
        batch: Graph of each station, shape ``[N]``; default one graph.
        batch_dst: Graph of each target, shape ``[M]``; required with ``batch`` and ``pos_dst``.

    Raises:
        AssertionError: With the first edge whose source has a higher index than a station at the same distance.
    """
    source, target = _array(edge_index)
    chord = _chord(haversine_km(pos, pos_dst))
    targets = None if pos_dst is None else len(pos_dst)
    left_out = _allowed(visible, targets, batch, batch_dst) & ~_chosen(edge_index, chord.shape)
    earlier = np.arange(len(pos)) < source[:, None]
    preferable = left_out[target] & earlier & _tie(chord[target], chord[target, source][:, None])  # [E, N]
    _refuse(
        preferable.any(axis=1),
        lambda e: (
            f"{_edge(source, target, e)} was preferred to station {preferable[e].argmax()}, which is at the same distance."
        ),
    )


def assert_edges_equivariant(
    build: Callable[[Tensor, Tensor], Tensor], pos: Tensor, visible: Tensor, *, seed: int = 0
) -> None:
    """Assert that relabeling stations relabels edges, and that full turns and rotations of the sphere change no edge.

    Args:
        build: Edge builder, ``(pos, visible)`` → ``edge_index``.
        pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``, without ties, which are broken by index;
            see ``coordinates(kind="scattered")``.
        visible: Mask of the visible stations, bool, shape ``[N]``.
        seed: Seed of the permutation and the rotation.

    Raises:
        AssertionError: With the first edge that is missing or added.
    """
    rng = np.random.default_rng(seed)
    order = torch.from_numpy(rng.permutation(len(pos)))
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    expected = _pairs(build(pos, visible))
    _same_pairs(expected, _pairs(order[build(pos[order], visible[order])]), "relabeling stations")
    turned = pos + torch.tensor([360.0, 0.0], dtype=pos.dtype)
    _same_pairs(expected, _pairs(build(turned, visible)), "adding 360 degrees to longitudes")
    _same_pairs(expected, _pairs(build(_rotated(pos, rotation), visible)), "rotating the sphere")


def assert_no_leak(
    predict: Callable[[xr.Dataset, Collection[str]], object],
    stations: xr.Dataset,
    hidden: Collection[str],
    *,
    history: int | None = None,
    seed: int = 0,
) -> None:
    """Assert that no measurement at hidden stations, or after the history, changes a prediction, bit for bit.

    Args:
        predict: Function ``(stations, hidden)`` → predictions, a tensor or array of any shape. For a model, it includes the
            :class:`aqnet_pyg.datasets.StationDataset`; to test fitting as well, fit inside the function.
        stations: Station data.
        hidden: Codes of the hidden stations.
        history: Number of hours from the start whose measurements are inputs; default all.
        seed: Seed of the replacements: other values, gaps, and values in gaps.

    Raises:
        AssertionError: With the first prediction that changed.
    """
    rng = np.random.default_rng(seed)
    changed = stations.copy(deep=True).transpose("time", "station", ...)
    replaced = np.zeros((changed.sizes["time"], changed.sizes["station"]), bool)
    replaced[:, np.isin(changed.station.values.astype(str), list(hidden))] = True
    if history is not None:
        replaced[history:] = True
    for name in pollutants_in(changed):
        other = rng.uniform(0, POLLUTANTS[name].highest, replaced.shape).astype(np.float32)
        other[rng.random(replaced.shape) < 0.3] = np.nan
        changed[name].values[replaced] = other[replaced]
    before, after = _array(predict(stations, hidden)), _array(predict(changed, hidden))
    assert before.shape == after.shape, f"predictions have shape {before.shape}, but {after.shape} after the change."
    differs = ~((before == after) | ((before != before) & (after != after)))
    if differs.any():
        where = tuple(int(axis[0]) for axis in differs.nonzero())
        what = f"stations {', '.join(sorted(hidden))}" + ("" if history is None else f" and hours from {history} on")
        raise AssertionError(
            f"prediction {list(where)} was {before[where]} and became {after[where]} when only measurements of hidden "
            f"{what} were changed; expected the same, bit for bit."
        )


def assert_equivariant(
    predict: Callable[[xr.Dataset, Collection[str]], object],
    stations: xr.Dataset,
    hidden: Collection[str] = (),
    *,
    rtol: float = 1e-4,
    atol: float = 1e-3,
    seed: int = 0,
) -> None:
    """Assert that renaming stations reorders predictions, and that their order and full turns of longitude change none.

    Args:
        predict: Function ``(stations, hidden)`` → predictions, a tensor or array whose first axis is the stations in the order
            of their codes, as in a :class:`aqnet_pyg.datasets.StationDataset`.
        stations: Station data without ties of distance, which are broken by code.
        hidden: Codes of the hidden stations.
        rtol: Relative tolerance, for rounding in sums of another order.
        atol: Absolute tolerance.
        seed: Seed of the new names and the new order.

    Raises:
        AssertionError: With the first station whose predictions changed.
    """
    rng = np.random.default_rng(seed)
    codes = sorted(str(code) for code in stations.station.values)
    expected = _array(predict(stations, hidden))

    def same(got: object, what: str) -> None:
        got = _array(got)
        assert got.shape == expected.shape, f"{what}: predictions have shape {got.shape}; expected {expected.shape}."
        close = np.isclose(got, expected, rtol, atol, equal_nan=True).reshape(len(codes), -1).all(axis=1)
        _refuse(
            ~close,
            lambda n: (
                f"{what} changed the predictions for station {codes[n]} by up to "
                f"{np.nanmax(np.abs(got[n] - expected[n])):g}; expected none."
            ),
        )

    new = dict(zip(codes, rng.permutation(codes).tolist(), strict=True))
    renamed = stations.assign_coords(
        station=(
            "station",
            np.array([new[str(code)] for code in stations.station.values], object),
            stations.station.attrs,
        )
    )
    back = [codes.index(new[code]) for code in codes]
    same(_array(predict(renamed, [new[code] for code in hidden]))[back], "renaming stations")
    same(predict(stations.isel(station=rng.permutation(len(codes))), hidden), "reordering stations")
    longitude = stations.longitude
    turned = longitude + 360.0 * (longitude < 0) - 360.0 * (longitude >= 180)
    same(
        predict(stations.assign_coords(longitude=turned.assign_attrs(longitude.attrs)), hidden),
        "a full turn of longitudes",
    )


def _array(values: object) -> np.ndarray:
    return values.detach().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)


def _edge(source: np.ndarray, target: np.ndarray, edge: int) -> str:
    return f"edge {edge} ({source[edge]} → {target[edge]})"


def _refuse(bad: np.ndarray, message: Callable[[int], str]) -> None:
    """Raise an error with the message for the first entry that is true."""
    if bad.any():
        raise AssertionError(message(int(bad.argmax())))


def _allowed(visible: Tensor, targets: int | None, batch: Tensor | None, batch_dst: Tensor | None) -> np.ndarray:
    """Mask of the possible neighbors of each target, ``[M, N]``."""
    stations = len(visible)
    allowed = np.repeat(_array(visible)[None], stations if targets is None else targets, axis=0)
    if targets is None:
        allowed[np.arange(stations), np.arange(stations)] = False
        batch_dst = batch
    if batch is not None and batch_dst is not None:
        allowed &= _array(batch_dst)[:, None] == _array(batch)
    return allowed


def _chosen(edge_index: Tensor, shape: tuple[int, int]) -> np.ndarray:
    """Edges as a mask of targets by stations."""
    source, target = _array(edge_index)
    chosen = np.zeros(shape, bool)
    chosen[target, source] = True
    return chosen


def _chord(km: np.ndarray) -> np.ndarray:
    """Convert great-circle distances to chords in kilometers; infinities are kept."""
    diameter = 2 * EARTH_RADIUS_KM
    return np.where(np.isfinite(km), diameter * np.sin(np.nan_to_num(km, posinf=0.0, neginf=0.0) / diameter), km)


def _tie(chord: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Test whether two chords in kilometers are equal up to rounding errors of float64.

    Builders compare chords after rounding, ours to a millimeter. Chords within a thousandth of a millimeter of a rounding
    boundary may be rounded either way and are not counted as ties.
    """
    on_border = np.abs(np.modf(chord * 1e6)[0] - 0.5) < 1e-3
    return (np.abs(chord - other) < 1e-9) & ~on_border


def _pairs(edge_index: Tensor) -> set[tuple[int, int]]:
    return set(zip(*edge_index.tolist(), strict=True))


def _same_pairs(expected: set[tuple[int, int]], got: set[tuple[int, int]], what: str) -> None:
    for pairs, verb in ((expected - got, "lost"), (got - expected, "added")):
        if pairs:
            source, target = min(pairs, key=lambda pair: pair[::-1])
            raise AssertionError(f"{what} {verb} the edge {source} → {target}; expected the same edges.")


def _rotated(pos: Tensor, rotation: np.ndarray) -> Tensor:
    longitude, latitude = np.radians(_array(pos).astype(np.float64)).T
    x, y, z = rotation @ np.stack(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)]
    )
    # Not the arcsine, which has errors of decimeters near the poles.
    degrees = np.degrees(np.stack([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))], axis=1))
    return torch.from_numpy(degrees).to(pos)
