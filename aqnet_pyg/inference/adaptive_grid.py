"""Evaluation of a smooth function on a regular grid: on every n-th cell, and where it varies."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

BLOCK = 5
"""Side of the largest blocks in cells."""

TOLERANCE = 0.01
"""Largest root mean square difference over the steps, in standard deviations of the pollutant, that is not refined."""


def evaluate_adaptively(
    evaluate: Callable[[Tensor], Tensor],
    shape: tuple[int, int],
    block: int = BLOCK,
    tolerance: float = TOLERANCE,
    tested: int | None = None,
) -> Tensor:
    """Evaluate a function on a regular grid where it varies, and interpolate it bilinearly elsewhere.

    The grid is divided into blocks of ``block`` by ``block`` cells, of which corners and center are evaluated. Where the
    center differs from the mean of the corners (bilinear interpolation) by more than the tolerance, the block is divided into
    four, down to single cells; else its other cells are interpolated. A cell that is interpolated in two adjacent blocks has
    the value of the smaller one.

    The difference is tested at the centers, and is there at most the tolerance. Between them a function with jumps, such as
    one of the nearest stations, can differ by more.

    Args:
        evaluate: Function of the positions of ``n`` cells, row by row, int64, shape ``[n]``, which returns ``[n, steps]``.
            It is called for each cell once at most.
        shape: Rows and columns of the grid.
        block: Side of the largest blocks in cells.
        tolerance: Largest root mean square difference over the steps.
        tested: Number of the first steps whose difference is tested; the others are interpolated along with them. Default all.

    Returns:
        The function at all cells, shape ``[rows * columns, steps]``.
    """
    rows, columns = (_cuts(size, block) for size in shape)
    # First and last row, first and last column of each block.
    blocks = torch.cartesian_prod(torch.arange(len(rows) - 1), torch.arange(len(columns) - 1))
    blocks = torch.stack(
        [rows[blocks[:, 0]], rows[blocks[:, 0] + 1], columns[blocks[:, 1]], columns[blocks[:, 1] + 1]], dim=1
    )
    done = torch.zeros(shape[0] * shape[1], dtype=torch.bool)
    result = interpolated = None
    while len(blocks):
        corners, centers = _corners(blocks, shape[1]), _centers(blocks, shape[1])
        new = torch.cat([corners.flatten(), centers]).unique()
        new = new[~done[new]]
        values = evaluate(new)
        if result is None or interpolated is None:
            result = values.new_empty(len(done), values.size(1))
            interpolated = torch.zeros_like(result)
        result[new] = values
        done[new] = True
        expected = _bilinear(blocks, result[corners], blocks[:, ::2] + (blocks[:, 1::2] - blocks[:, ::2]) // 2)
        # Not the other way around, so that a difference that is NaN is refined; all cells of the smallest blocks are corners.
        smooth = (expected - result[centers])[:, :tested].square().mean(dim=1).sqrt() <= tolerance
        _fill(interpolated, blocks[smooth], result[corners[smooth]], shape[1])
        single = (blocks[:, 1::2] - blocks[:, ::2] == 1).all(dim=1)
        blocks = _quarters(blocks[~smooth & ~single])
    assert result is not None
    assert interpolated is not None
    return torch.where(done[:, None].to(result.device), result, interpolated)


def _cuts(size: int, block: int) -> Tensor:
    """Positions of the edges of blocks: every ``block``-th one, and the last."""
    return torch.cat([torch.arange(0, size - 1, block), torch.tensor([size - 1])])


def _corners(blocks: Tensor, columns: int) -> Tensor:
    """Cells at the corners of blocks, ``[B, 4]``."""
    top, bottom, left, right = blocks.unbind(1)
    return torch.stack([row * columns + column for row in (top, bottom) for column in (left, right)], dim=1)


def _centers(blocks: Tensor, columns: int) -> Tensor:
    """Cells at the centers of blocks, ``[B]``."""
    top, bottom, left, right = blocks.unbind(1)
    return (top + bottom) // 2 * columns + (left + right) // 2


def _bilinear(blocks: Tensor, values: Tensor, cells: Tensor) -> Tensor:
    """Interpolate values at the corners, ``[B, 4, S]``, to a cell of each block, given by row and column, ``[B, 2]``."""
    down, right = ((cells - blocks[:, ::2]).to(values) / (blocks[:, 1::2] - blocks[:, ::2]).to(values)).unbind(1)
    weights = torch.stack([(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right], dim=1)
    return (weights[..., None] * values).sum(dim=1)


def _fill(grid: Tensor, blocks: Tensor, values: Tensor, columns: int) -> None:
    """Interpolate from the corners of blocks, ``[B, 4, S]``, to all cells of the blocks, in place."""
    sides = blocks[:, 1::2] - blocks[:, ::2]
    for side in sides.unique(dim=0):
        alike = (sides == side).all(dim=1).nonzero().flatten()
        for row, column in torch.cartesian_prod(*(torch.arange(int(each) + 1) for each in side)):
            cells = blocks[alike, ::2] + torch.stack([row, column])
            grid[cells[:, 0] * columns + cells[:, 1]] = _bilinear(blocks[alike], values[alike], cells)


def _quarters(blocks: Tensor) -> Tensor:
    """Divide blocks at their centers, without those whose cells are all corners of the whole."""
    top, bottom, left, right = blocks.unbind(1)
    middle, center = (top + bottom) // 2, (left + right) // 2
    parts = [
        torch.stack([first, last, west, east], dim=1)
        for first, last in ((top, middle), (middle, bottom))
        for west, east in ((left, center), (center, right))
    ]
    quarters = torch.cat(parts)
    sides = quarters[:, 1::2] - quarters[:, ::2]
    return quarters[(sides > 0).all(dim=1)]
