"""Ordinary kriging from the stations around each place, for networks that are too large for a dense covariance matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from aqnet_pyg.baselines.neighborhoods import FEWEST, NEIGHBORS, candidate_order
from aqnet_pyg.graph.sphere import unit_sphere

_SYSTEMS = 4000
"""Systems that are solved together, to limit the memory."""

_PLACES = 1000
"""Places that are estimated together, so that their systems stay in the cache."""


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
    for rows in _chunks(len(order), _SYSTEMS):
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
    # Steps at which the same stations have a value share their weights; in a forecast, all of them do.
    patterns, number = torch.unique(valid, dim=1, return_inverse=True)
    estimates, too_few = [], []
    for places in _chunks(len(around.order), _PLACES):
        first = around.order[places, :NEIGHBORS]
        weights, few = _weights(around.weights[places], around.precision[places], ~patterns[first])
        estimates.append((weights[:, :, number] * value[first]).sum(dim=1))
        too_few.append(few)
    estimate = torch.cat(estimates)
    rows, step = torch.cat(too_few)[:, number].nonzero().unbind(1)
    if len(rows):
        farther = [
            _from_whole_order(around, rows[part], step[part], value, valid, pos, covariance, nugget)
            for part in _chunks(len(rows), _SYSTEMS)
        ]
        estimate = estimate.index_put((rows, step), torch.cat(farther))
    return estimate


@torch.no_grad()
def _weights(weights: Tensor, precision: Tensor, absent: Tensor) -> tuple[Tensor, Tensor]:
    """Weights of stations of which some are missing, which other ones in each pattern, ``[M, NEIGHBORS, patterns]``.

    With P the precision matrix and m the missing stations, they are ``w - P_m P_mm^-1 w_m``. They are zero where fewer than
    :data:`FEWEST` stations are left, which is the second result, ``[M, patterns]``.

    Args:
        weights: Weights if all have a value, shape ``[M, NEIGHBORS]``.
        precision: Their precision matrix with unknown mean, shape ``[M, NEIGHBORS, NEIGHBORS]``.
        absent: Whether a station is missing in a pattern, shape ``[M, NEIGHBORS, patterns]``.
    """
    missing = absent.sum(dim=1)
    few = missing > NEIGHBORS - FEWEST
    # The entries of a system are side by side, so that those of all systems that lack equally many are a matrix.
    place, pattern, station = (absent & ~few[:, None]).transpose(1, 2).nonzero().unbind(1)
    number = missing[place, pattern]
    removed = torch.zeros_like(absent, dtype=weights.dtype)  # P_mm^-1 w_m
    for most in number.unique().tolist():
        entries = (number == most).nonzero().view(-1, most)
        at, which = place[entries], station[entries]
        square, right = precision[at[..., None], which[..., None], which[:, None]], weights[at, which]
        factor = torch.linalg.cholesky_ex(square)[0]
        removed[at, which, pattern[entries]] = torch.cholesky_solve(right[..., None], factor).squeeze(2)
    found = (weights[..., None] - precision @ removed).masked_fill_(absent | few[:, None], 0.0)
    return found, few


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


def _chunks(count: int, most: int) -> list[slice]:
    return [slice(start, start + most) for start in range(0, count, most)]
