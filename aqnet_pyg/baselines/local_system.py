"""Ordinary kriging of each place from stations around it, for networks too large for one system of all stations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import gstools
import numpy as np
import scipy.sparse
from scipy.spatial import cKDTree

from aqnet_pyg.baselines.coordinates import Coordinates, unit_vectors
from aqnet_pyg.baselines.neighborhoods import FEWEST, NEIGHBORS, LocalStations
from aqnet_pyg.stations import EARTH_RADIUS_KM

_FARTHEST = 6.0
"""Weights by distance are zero beyond so many times their reach."""

_PAIRS = 40_000
"""Place-hours in one step, to limit the memory."""


class LocalEstimates(NamedTuple):
    """Estimates at some places in some hours; NaN in hours without measurements.

    Args:
        hour: Positions in time, shape ``[pair]``.
        place: Positions of places, shape ``[pair]``.
        stations: The stations of each neighborhood, shape ``[pair, neighbor]``.
        estimate: Ordinary kriging, shape ``[pair]``.
        variance: Of a measurement about the estimate, for unit sill, shape ``[pair]``.
        weights: Of the stations, 0 where they did not measure, shape ``[pair, neighbor]``.
        error: Error at each station when it is left out of the neighborhood, as its estimate from the others minus its
            value, 0 where it did not measure, shape ``[pair, neighbor]``.
        error_variance: Variance of this error, for unit sill; 0 where it did not measure.
    """

    hour: np.ndarray
    place: np.ndarray
    stations: np.ndarray
    estimate: np.ndarray
    variance: np.ndarray
    weights: np.ndarray
    error: np.ndarray
    error_variance: np.ndarray


class LocalSystem(LocalStations):
    """Kriging systems of the neighborhoods of places, see :mod:`aqnet_pyg.baselines.neighborhoods`.

    The precision matrix of the first stations of the order is computed once for each place. In an hour in which some of
    them did not measure, their values are predicted from the others, which is the same as leaving them out. Where most of
    them did not measure, a system of the next stations that did is solved.

    Args:
        coordinates: Longitudes and latitudes of the stations in degrees, each of shape ``[station]``.
        covariance: Of unit sill, nugget included.
        order: The stations around each station, of :func:`aqnet_pyg.baselines.neighborhoods.candidate_order`, if known.
    """

    def __init__(self, coordinates: Coordinates, covariance: gstools.CovModel, order: np.ndarray | None = None) -> None:
        super().__init__(coordinates, order)
        self.covariance = covariance

    def estimates(
        self, values: np.ndarray, places: Coordinates | None = None, left_out: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Estimate places, or stations from the other stations.

        Args:
            values: ``[time, station]``, NaN where missing.
            places: Longitudes and latitudes in degrees, each of shape ``[place]``; ``None`` for stations.
            left_out: Positions of the stations that are estimated, shape ``[place]``; all by default.

        Returns:
            Estimates, and variance of a measurement about them for unit sill, each of shape ``[time, place]``; NaN in hours
            without a measurement at another station.
        """
        count = len(self._points) if left_out is None else len(left_out)
        shape = len(values), count if places is None else len(places[0])
        estimate, variance = np.full(shape, np.nan), np.full(shape, np.nan)
        for part in self.solve(values, places, left_out):
            estimate[part.hour, part.place], variance[part.hour, part.place] = part.estimate, part.variance
        return estimate, variance

    def squares(self, values: np.ndarray) -> np.ndarray:
        """Return squared leave-one-out errors over their variances, estimates of the sill, ``[time, station]``.

        Args:
            values: ``[time, station]``, NaN where missing.

        Returns:
            NaN where a station did not measure or none around it did.
        """
        squares = np.full(values.shape, np.nan)
        for part in self.solve(values):
            squares[part.hour, part.place] = _squares(values, part)
        return squares

    def left_out(
        self, values: np.ndarray, reaches_km: Sequence[float | None]
    ) -> tuple[np.ndarray, np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
        """Estimate each station from the others, with estimates of the sill there as if the station had not measured.

        Args:
            values: ``[time, station]``, NaN where missing.
            reaches_km: Each as for :func:`weights_by_distance`; ``None`` gives all stations the weight 1.

        Returns:
            Estimates and variances, as of :meth:`estimates`; and for each reach, weighted sums of the estimates of the sill at
            the other stations, and sums of the weights, each of shape ``[time, station]``.
        """
        estimate, variance, squares = np.full((3, *values.shape), np.nan)
        changes, losses = np.zeros((2, len(reaches_km), *values.shape))
        for part in self.solve(values):
            estimate[part.hour, part.place], variance[part.hour, part.place] = part.estimate, part.variance
            if not reaches_km:
                continue
            square = _squares(values, part)
            squares[part.hour, part.place] = square
            # Without one of the stations, its value is replaced by its estimate from the others.
            error = values[part.hour, part.place] - part.estimate
            without = (error[:, None] - part.weights * part.error) ** 2
            without /= part.variance[:, None] + part.weights**2 * part.error_variance
            used = (part.weights != 0) & np.isfinite(square)[:, None]
            at = np.broadcast_to(part.hour[:, None], used.shape)[used], part.stations[used]
            alone = np.isnan(without)
            difference = np.where(alone, 0.0, without) - square[:, None]
            for reach_km, change, lost in zip(reaches_km, changes, losses, strict=True):
                weight = np.ones(without.shape)
                if reach_km is not None:
                    offset = self._points[part.place, None] - self._points[part.stations]
                    weight = _weight(np.linalg.norm(offset, axis=2), reach_km)
                np.add.at(change, at, (weight * difference)[used])
                np.add.at(lost, at, (weight * alone)[used])
        sums = [
            (np.maximum(total + change, 0.0), weights - lost)
            for (total, weights), change, lost in zip(
                (self._others(squares, reach_km) for reach_km in reaches_km), changes, losses, strict=True
            )
        ]
        return estimate, variance, sums

    def _others(self, squares: np.ndarray, reach_km: float | None) -> tuple[np.ndarray, np.ndarray]:
        """Return weighted sums of the squares at other stations, and sums of the weights, ``[time, station]``."""
        known = np.isfinite(squares)
        squares, counts = np.where(known, squares, 0.0), known.astype(np.float64)
        if reach_km is None:
            total, weights = (part.sum(axis=1, keepdims=True) - part for part in (squares, counts))
            return total, weights
        near = weights_by_distance(self.coordinates, self.coordinates, reach_km)
        near.setdiag(0.0)
        return (near @ squares.T).T, (near @ counts.T).T

    def solve(
        self, values: np.ndarray, places: Coordinates | None = None, left_out: np.ndarray | None = None
    ) -> Iterator[LocalEstimates]:
        """Estimate as :meth:`estimates`, for some places and hours at a time; hours without any estimate are left out.

        Args:
            values: As for :meth:`estimates`.
            places: As for :meth:`estimates`.
            left_out: As for :meth:`estimates`.
        """
        points, order, own = self.around(places, left_out)
        measured = np.isfinite(values)
        filled = np.where(measured, values, 0.0)
        for chunk in np.array_split(np.arange(len(points)), -(-len(points) * len(values) // _PAIRS)):
            near = order[chunk, :NEIGHBORS]
            precision, weights, variance = self._systems(near, near >= 0, points[chunk])
            use = measured[:, near] & (near >= 0)  # [time, place, neighbor]
            count = use.sum(axis=2)
            enough = count >= np.clip((order[chunk] >= 0).sum(axis=1), 1, FEWEST)
            gaps = np.where(enough, (near >= 0).sum(axis=1) - count, -1)
            for missing in np.unique(gaps[enough]):
                hour, place = np.nonzero(gaps == missing)
                yield _conditioned(
                    hour,
                    chunk[place],
                    near[place],
                    use[hour, place],
                    filled[hour[:, None], near[place]],
                    (precision, weights, variance),
                    place,
                    int(missing),
                )
            hour, place = np.nonzero(~enough)
            for few in np.array_split(np.arange(len(hour)), -(-len(hour) // 2048) or 1):
                yield from self._from_any(hour[few], chunk[place[few]], order, points, own, measured, filled)

    def _from_any(
        self,
        hour: np.ndarray,
        place: np.ndarray,
        order: np.ndarray,
        points: np.ndarray,
        own: np.ndarray | None,
        measured: np.ndarray,
        filled: np.ndarray,
    ) -> Iterator[LocalEstimates]:
        """Estimate from the first stations of the whole order that measured, and from the mean of the hour if none did."""
        use = measured[hour[:, None], order[place]] & (order[place] >= 0)
        first = np.argsort(~use, axis=1, kind="stable")[:, :NEIGHBORS]
        near, use = np.take_along_axis(order[place], first, axis=1), np.take_along_axis(use, first, axis=1)
        some = use.any(axis=1)
        if some.any():
            hour_, place_, near_, use_ = hour[some], place[some], near[some], use[some]
            solved = self._systems(near_, use_, points[place_])
            value = np.where(use_, filled[hour_[:, None], near_], 0.0)
            yield _conditioned(hour_, place_, near_, use_, value, solved, np.arange(len(hour_)), 0)
        count, total = measured.sum(axis=1)[hour], filled.sum(axis=1)[hour]
        if own is not None:
            count, total = count - measured[hour, own[place]], total - filled[hour, own[place]]
        none = ~some & (count > 0)
        if none.any():
            hour, place, near = hour[none], place[none], near[none]
            nothing, mean = np.zeros(near.shape), total[none] / count[none]
            yield LocalEstimates(hour, place, near, mean, np.ones(len(mean)), nothing, nothing, nothing)

    def _systems(
        self, near: np.ndarray, use: np.ndarray, points: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Precision with an unknown mean ``[place, n, n]``, weights ``[place, n]`` and variance ``[place]`` of places."""
        at = self._points[near]
        matrix = self._covariances(at[:, :, None], at[:, None])
        matrix *= use[:, :, None] & use[:, None]
        diagonal = np.arange(near.shape[1])
        matrix[:, diagonal, diagonal] = 1.0
        inverse = np.linalg.inv(matrix)
        inverse *= use[:, :, None] & use[:, None]
        to_place = self._covariances(at, points[:, None]) * use
        ones = inverse.sum(axis=2)
        total = ones.sum(axis=1, keepdims=True)
        weights = np.einsum("pij,pj->pi", inverse, to_place)
        of_mean = 1 - weights.sum(axis=1, keepdims=True)
        variance = 1 - np.sum(weights * to_place, axis=1) + (of_mean**2 / total)[:, 0]
        precision = inverse - ones[:, :, None] * (ones / total)[:, None]
        return precision, weights + ones * (of_mean / total), np.maximum(variance, 0.0)

    def _covariances(self, points: np.ndarray, others: np.ndarray) -> np.ndarray:
        chords = np.sqrt(sum((points[..., axis] - others[..., axis]) ** 2 for axis in range(3)))
        return np.asarray(self.covariance.covariance(chords * EARTH_RADIUS_KM))


def weights_by_distance(places: Coordinates, stations: Coordinates, reach_km: float) -> scipy.sparse.csr_matrix:
    """Return weights that decrease to 1/e over a distance, and are zero beyond six times that.

    Args:
        places: Longitudes and latitudes in degrees, each of shape ``[place]``.
        stations: Likewise, each of shape ``[station]``.
        reach_km: The distance in kilometers.

    Returns:
        Sparse matrix of shape ``[place, station]``.
    """
    farthest = 2 * np.sin(min(_FARTHEST * reach_km / EARTH_RADIUS_KM, np.pi) / 2)
    trees = (cKDTree(unit_vectors(points)) for points in (places, stations))
    found = next(trees).sparse_distance_matrix(next(trees), farthest, output_type="ndarray")
    shape = len(places[0]), len(stations[0])
    return scipy.sparse.csr_matrix((_weight(found["v"], reach_km), (found["i"], found["j"])), shape)


def _weight(chord: np.ndarray, reach_km: float) -> np.ndarray:
    distance = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1.0))
    return np.where(distance <= _FARTHEST * reach_km, np.exp(-distance / reach_km), 0.0)


def _squares(values: np.ndarray, part: LocalEstimates) -> np.ndarray:
    square = (values[part.hour, part.place] - part.estimate) ** 2 / part.variance
    return np.where((part.weights != 0).any(axis=1), square, np.nan)


def _conditioned(
    hour: np.ndarray,
    place: np.ndarray,
    stations: np.ndarray,
    use: np.ndarray,
    value: np.ndarray,
    systems: tuple[np.ndarray, np.ndarray, np.ndarray],
    row: np.ndarray,
    missing: int,
) -> LocalEstimates:
    """Estimate from the stations that measured; each place-hour has as many ``missing`` ones."""
    precision, weights, variance = systems
    level = value.sum(axis=1, keepdims=True) / np.maximum(use.sum(axis=1, keepdims=True), 1)
    value = np.where(use, value - level, 0.0)
    weight, of_hour = weights[row], variance[row]
    if len(row) == len(precision):
        dual = np.einsum("pij,pj->pi", precision[row], value)
    else:
        dual = np.empty(value.shape)
        by_place = np.argsort(row, kind="stable")
        for some in np.split(by_place, np.flatnonzero(np.diff(row[by_place])) + 1):
            dual[some] = value[some] @ precision[row[some[0]]]
    diagonal = np.einsum("pii->pi", precision)[row]
    if missing:
        # Padding counts as measured: it has no weight, and its rows are zero.
        gaps = np.argsort(use | (stations < 0), axis=1, kind="stable")[:, :missing]
        rows = precision[row[:, None], gaps]  # [pair, missing, neighbor]
        among = np.take_along_axis(rows, gaps[:, None], axis=2)
        solved = np.linalg.solve(among, rows)
        at_gaps = np.take_along_axis(weight, gaps, axis=1)
        weight = weight - np.einsum("pm,pmn->pn", at_gaps, solved)
        dual = dual - np.einsum("pm,pmn->pn", np.take_along_axis(dual, gaps, axis=1), solved)
        diagonal = diagonal - np.einsum("pmn,pmn->pn", rows, solved)
        of_hour = of_hour + np.einsum("pm,pm->p", at_gaps, np.linalg.solve(among, at_gaps[..., None])[..., 0])
    weight = np.where(use, weight, 0.0)
    alone = use.sum(axis=1, keepdims=True) < 2
    usable = use & ~alone
    inverse = 1 / np.where(usable, diagonal, np.inf)
    error = np.where(alone & use, np.nan, -dual * inverse)
    return LocalEstimates(
        hour,
        place,
        stations,
        level[:, 0] + np.sum(weight * value, axis=1),
        of_hour,
        weight,
        error,
        np.where(alone & use, np.nan, inverse),
    )
