"""Descent on a grid of hyper-parameters, for errors that take long to compute."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from itertools import product

from tqdm import tqdm

Choice = tuple[float, ...]
"""A point of the grid."""

CLOSE = 0.0025
"""Relative difference of errors on a sample below which the choice is made on all data."""

MOST = 6
"""Choices that are compared on all data."""

FAR = 0.05
"""Relative difference of errors above which the search goes no further in the direction of longer or shorter ranges."""


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
    error: Callable[..., float],
    ranges: tuple[float, ...],
    others: Sequence[tuple[float, ...]],
    start: Sequence[float],
    thorough: Callable[..., float] | None = None,
) -> tuple[Choice, float]:
    """Minimize an error over ranges and further parameters, by descent over the others at every range.

    Along the ridge of a longer range with a smaller nugget, the error has several minima. Ranges beyond one whose least error is
    more than :data:`FAR` above the least of all are not tried.

    Args:
        error: Called with a range and one value of each further grid; with all of one range, one after another.
        ranges: Increasing.
        others: Increasing values of each further parameter.
        start: Range and further parameters near which to begin.
        thorough: A better estimate of the error, that takes longer; it decides between the :data:`MOST` best choices whose
            ``error`` is at most :data:`CLOSE` above the least.

    Returns:
        The best choice found, a range and further parameters, and its error.
    """
    errors: dict[Choice, float] = {}

    def known(*choice: float) -> float:
        errors[choice] = error(*choice)
        return errors[choice]

    first = ranges.index(_nearest(ranges, start[0]))
    with tqdm(ranges, "tuning", leave=False, delay=2, disable=not sys.stderr.isatty()) as shown:
        for half in (ranges[first:], ranges[:first][::-1]):
            choice = tuple(start)
            for number, range_km in enumerate(half, start=1):
                choice, least = descend(known, ((range_km,), *others), (range_km, *choice[1:]))
                far = least > (1 + FAR) * min(errors.values())
                shown.update(len(half) - number + 1 if far else 1)
                if far:
                    break
    if thorough is not None:
        least = min(errors.values())
        close = [choice for choice, found in errors.items() if found <= (1 + CLOSE) * least]
        errors = {choice: thorough(*choice) for choice in sorted(sorted(close, key=errors.__getitem__)[:MOST])}
    best = min(sorted(errors), key=errors.__getitem__)
    return best, errors[best]


def _nearest(grid: tuple[float, ...], value: float | None) -> float:
    if value is None or len(grid) == 1:
        return grid[len(grid) // 2]
    return min(grid, key=lambda point: abs(math.log(point / value)))


def _around(grid: tuple[float, ...], value: float) -> tuple[float, ...]:
    return grid[max(grid.index(value) - 1, 0) : grid.index(value) + 2]
