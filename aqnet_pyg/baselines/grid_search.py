"""Descent on a grid of hyper-parameters, for errors that take long to compute."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product

Choice = tuple[float, ...]
"""A point of the grid."""

CLOSE = 0.0025
"""Relative difference of errors on a sample below which the choice is made on all data."""


def descend(
    error: Callable[..., float], grids: Sequence[tuple[float, ...]], start: Sequence[float | None]
) -> tuple[Choice, float]:
    """Minimize an error over a product of grids, going from each point to the best one around it.

    Diagonal steps are taken too, as the error of a kriging changes little along the ridge of a longer range with a smaller
    nugget. No point is computed twice.

    Args:
        error: Called with one value of each grid.
        grids: Increasing values of each parameter.
        start: For each parameter, a value near which to begin, by ratio; ``None`` for the middle of its grid.

    Returns:
        The best point found, and its error.
    """
    errors: dict[Choice, float] = {}

    def known(choice: Choice) -> float:
        if choice not in errors:
            errors[choice] = error(*choice)
        return errors[choice]

    best = tuple(_nearest(grid, value) for grid, value in zip(grids, start, strict=True))
    while True:
        before = best
        best = min(product(*(_around(grid, value) for grid, value in zip(grids, best, strict=True))), key=known)
        if best == before:
            return best, errors[best]


def least_along_ridge(
    error: Callable[[float, float], float],
    ranges: tuple[float, ...],
    nuggets: tuple[float, ...],
    start: tuple[float, float],
    thorough: Callable[[float, float], float] | None = None,
) -> tuple[tuple[float, float], float]:
    """Minimize an error over ranges and nuggets, by descent over the nuggets of every range.

    Along the ridge of a longer range with a smaller nugget, the error has several minima.

    Args:
        error: Called with a range and a nugget.
        ranges: Increasing.
        nuggets: Increasing.
        start: Range and nugget near which to begin.
        thorough: A better estimate of the error, that takes longer; it decides between choices whose ``error`` is at most
            :data:`CLOSE` above the least.

    Returns:
        The best range and nugget found, and their error.
    """
    errors: dict[tuple[float, float], float] = {}

    def known(range_km: float, nugget: float) -> float:
        errors[range_km, nugget] = error(range_km, nugget)
        return errors[range_km, nugget]

    first = ranges.index(_nearest(ranges, start[0]))
    for half in (ranges[first:], ranges[:first][::-1]):
        nugget = start[1]
        for range_km in half:
            nugget = descend(known, ((range_km,), nuggets), (range_km, nugget))[0][1]
    if thorough is not None:
        least = min(errors.values())
        errors = {choice: thorough(*choice) for choice in errors if errors[choice] <= (1 + CLOSE) * least}
    best = min(sorted(errors), key=errors.__getitem__)
    return best, errors[best]


def _nearest(grid: tuple[float, ...], value: float | None) -> float:
    if value is None or len(grid) == 1:
        return grid[len(grid) // 2]
    return min(grid, key=lambda point: abs(math.log(point / value)))


def _around(grid: tuple[float, ...], value: float) -> tuple[float, ...]:
    return grid[max(grid.index(value) - 1, 0) : grid.index(value) + 2]
