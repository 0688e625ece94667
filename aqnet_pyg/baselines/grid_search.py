"""Descent on a grid of hyper-parameters, for errors that take long to compute."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product

Choice = tuple[float, ...]
"""A point of the grid."""


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


def _nearest(grid: tuple[float, ...], value: float | None) -> float:
    if value is None or len(grid) == 1:
        return grid[len(grid) // 2]
    return min(grid, key=lambda point: abs(math.log(point / value)))


def _around(grid: tuple[float, ...], value: float) -> tuple[float, ...]:
    return grid[max(grid.index(value) - 1, 0) : grid.index(value) + 2]
