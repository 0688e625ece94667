"""Ordinary kriging from the stations around each place, for networks that are too large for a dense covariance matrix."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from aqnet_pyg.baselines.neighborhoods import FEWEST, NEIGHBORS, candidate_order
from aqnet_pyg.graph.sphere import unit_sphere

_CHUNK = 4000
"""Systems that are solved together, to limit the memory."""

_SIZES = (0, 1, 2, 4, 6, 8, 10, 12, NEIGHBORS - FEWEST)
"""Systems of missing stations are solved in groups of at most so many, as padding all to the largest would cost more."""


class Neighborhoods(NamedTuple):
    """Stations around ``M`` places and their solved kriging systems, for as long as stations and covariance stay the same.

    Args:
        order: Stations of each place in the order of :func:`aqnet_pyg.baselines.neighborhoods.candidate_order`, shape
            ``[M, candidates]``.
        weights: Kriging weights of the first :data:`NEIGHBORS` of them if all have a value, shape ``[M, NEIGHBORS]``.
        precision: Their precision matrix with unknown mean, ``C^-1 - C^-1 1 1' C^-1 / (1' C^-1 1)``, shape
            ``[M, NEIGHBORS, NEIGHBORS]``.
        sphere: The places on the unit sphere, shape ``[M, 3]``.
        own: The station of each place, which is left out, or -1, shape ``[M]``.
    """

    order: Tensor
    weights: Tensor
    precision: Tensor
    sphere: Tensor
    own: Tensor


Covariance = Callable[[Tensor, Tensor], Tensor]
"""Covariance without nugget of points on the unit sphere, ``[..., m, 3]`` and ``[..., n, 3]``, as ``[..., m, n]``."""


@torch.no_grad()
def neighborhoods(pos: Tensor, pos_dst: Tensor | None, covariance: Covariance, nugget: Tensor) -> Neighborhoods:
    """Find the stations around each place, and solve their kriging system.

    Args:
        pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``, with ``N`` above :data:`NEIGHBORS`.
        pos_dst: Likewise of the places; None for the stations themselves, each of which is left out of its own system.
        covariance: Covariance without nugget.
        nugget: Measurement error variance.
    """
    places = None if pos_dst is None else tuple(pos_dst.double().cpu().numpy().T)
    order = torch.from_numpy(candidate_order(tuple(pos.double().cpu().numpy().T), places)).to(pos.device)
    stations, sphere = unit_sphere(pos), unit_sphere(pos if pos_dst is None else pos_dst)
    parts = []
    for rows in _chunks(len(order)):
        near = stations[order[rows, :NEIGHBORS]]
        parts.append(_ordinary(near, sphere[rows], covariance, nugget))
    weights, precision = (torch.cat(each) for each in zip(*parts, strict=True))
    own = torch.arange(len(pos), device=pos.device) if pos_dst is None else torch.full_like(order[:, 0], -1)
    return Neighborhoods(order, weights, precision, sphere, own)


def krige(
    around: Neighborhoods, value: Tensor, valid: Tensor, pos: Tensor, covariance: Covariance, nugget: Tensor
) -> Tensor:
    """Krige at the places from stations that have a value, step by step.

    A place conditions on those of its first :data:`NEIGHBORS` stations that have a value; where fewer than :data:`FEWEST`
    have one, on the first :data:`NEIGHBORS` with a value of its whole order; and where none has one, the estimate is the mean
    of all values of the step, without that of the place itself.

    Args:
        around: The stations around each place.
        value: Values, shape ``[N, S]``; gradients flow to them.
        valid: Whether there is a value, shape ``[N, S]``.
        pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``.
        covariance: Covariance without nugget.
        nugget: Measurement error variance.

    Returns:
        Estimates ``[M, S]``, zero where no station but the place itself has a value.
    """
    value = value.masked_fill(~valid, 0.0)
    first = around.order[:, :NEIGHBORS]
    # Steps at which the same stations have a value share their weights; in a forecast, all of them do.
    patterns, number = torch.unique(valid, dim=1, return_inverse=True)
    weights, few = _weights(around, patterns[first].transpose(1, 2))
    estimate = (weights.transpose(1, 2)[:, :, number] * value[first]).sum(dim=1)
    rows, step = few[:, number].nonzero().unbind(1)
    if len(rows):
        farther = [
            _from_whole_order(around, rows[part], step[part], value, valid, pos, covariance, nugget)
            for part in _chunks(len(rows))
        ]
        estimate = estimate.index_put((rows, step), torch.cat(farther))
    return estimate


@torch.no_grad()
def _weights(around: Neighborhoods, use: Tensor) -> tuple[Tensor, Tensor]:
    """Weights of the first stations, of which those in ``use`` have a value, both ``[M, patterns, NEIGHBORS]``.

    They are zero where too few have one, which is the second result, ``[M, patterns]``.
    """
    missing = NEIGHBORS - use.sum(dim=2)
    weights = around.weights[:, None].expand_as(use).masked_fill(~use, 0.0)
    for fewest, most in pairwise(_SIZES):
        rows, pattern = ((missing > fewest) & (missing <= most)).nonzero().unbind(1)
        for part in _chunks(len(rows)):
            at = rows[part], pattern[part]
            weights[at] = _without(around, at[0], use[at], most)
    few = missing > _SIZES[-1]
    return weights.masked_fill(few[..., None], 0.0), few


def _without(around: Neighborhoods, rows: Tensor, use: Tensor, most: int) -> Tensor:
    """Weights of systems ``[B]`` of the places ``rows`` that lack up to ``most`` stations, ``[B, NEIGHBORS]``.

    With P the precision matrix and m the missing stations, these are ``w - P_m P_mm^-1 w_m``.
    """
    absent, slot = torch.sort((~use).to(torch.uint8), dim=1, descending=True, stable=True)
    absent, slot = absent[:, :most].bool(), slot[:, :most]
    weights = around.weights[rows]
    columns = around.precision[rows[:, None], slot]  # [B, most, NEIGHBORS]
    square = columns.gather(2, slot[:, None].expand(-1, most, -1))
    both = absent[:, :, None] & absent[:, None]
    square = torch.where(both, square, torch.eye(most, dtype=square.dtype, device=square.device))
    right = weights.gather(1, slot).masked_fill(~absent, 0.0)
    solved = torch.cholesky_solve(right[..., None], torch.linalg.cholesky_ex(square)[0])
    return (weights - (solved.mT @ columns).squeeze(1)).masked_fill(~use, 0.0)


def _from_whole_order(
    around: Neighborhoods,
    rows: Tensor,
    step: Tensor,
    value: Tensor,
    valid: Tensor,
    pos: Tensor,
    covariance: Covariance,
    nugget: Tensor,
) -> Tensor:
    """Estimates ``[B]`` from the first stations with a value, or the mean of the step where there is none."""
    with torch.no_grad():
        order = around.order[rows]
        use = valid[order, step[:, None]] & (order >= 0)
        use, slot = torch.sort(use.to(torch.uint8), dim=1, descending=True, stable=True)
        use, chosen = use[:, :NEIGHBORS].bool(), order.gather(1, slot)[:, :NEIGHBORS]
        weights, _ = _ordinary(unit_sphere(pos)[chosen], around.sphere[rows], covariance, nugget, use)
    estimate = (weights * value[chosen, step[:, None]]).sum(dim=1)
    (none,) = (~use.any(dim=1)).nonzero(as_tuple=True)
    station = torch.arange(len(value), device=value.device)[:, None]
    others = valid[:, step[none]] & (station != around.own[rows[none]])
    mean = (value[:, step[none]] * others).sum(dim=0) / others.sum(dim=0).clamp(min=1)
    return estimate.index_put((none,), mean)


def _ordinary(
    near: Tensor, sphere: Tensor, covariance: Covariance, nugget: Tensor, use: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Weights and precision with unknown mean of stations ``[B, m, 3]`` for places ``[B, 3]``; those not in ``use`` have none."""
    matrix, vector = covariance(near, near), covariance(sphere[:, None], near)[:, 0]
    ones = torch.ones_like(vector)
    matrix.diagonal(dim1=1, dim2=2).add_(nugget.clamp(min=1e-6))
    if use is not None:
        matrix = torch.where(
            use[:, :, None] & use[:, None], matrix, torch.eye(use.size(1), dtype=matrix.dtype, device=use.device)
        )
        vector, ones = vector * use, ones * use
    inverse = torch.cholesky_inverse(torch.linalg.cholesky_ex(matrix)[0])
    row = (inverse @ ones[..., None]).squeeze(2)
    total = (row * ones).sum(dim=1, keepdim=True).clamp(min=1e-12)
    weights = (inverse @ vector[..., None]).squeeze(2)
    weights = weights + row * (1 - (weights * ones).sum(dim=1, keepdim=True)) / total
    return weights, inverse - row[:, :, None] * (row / total)[:, None]


def _chunks(count: int) -> tuple[Tensor, ...]:
    return torch.arange(count).split(_CHUNK)
