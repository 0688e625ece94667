"""The background: a classical estimate from all stations at that hour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from aqnet_pyg.baselines.neighborhoods import DENSE_STATIONS
from aqnet_pyg.graph.sphere import unit_sphere, vector_norm
from aqnet_pyg.nn.neighborhood_kriging import Neighborhoods, krige, neighborhoods
from aqnet_pyg.stations import EARTH_RADIUS_KM

CACHE_SIZE = 50_000_000
"""Numbers that are kept from one step to the next: matrices of stations and places that stay the same."""

PLACES_PER_PART = 5000
"""Places whose covariances are computed at once."""


class KrigingBackground(nn.Module):
    r"""Ordinary kriging from the stations that have a value, with an exponential covariance of chord distance.

    The nearest stations of a rural target are often all in one town, and the neighbors of a kNN interpolator then carry
    little information about the other side; kriging from all stations does.

    Where more than :data:`aqnet_pyg.baselines.neighborhoods.DENSE_STATIONS` stations have a value, each place conditions on some
    tens of stations around it, see :func:`aqnet_pyg.nn.neighborhood_kriging.krige`, so that the cost is linear. They are chosen
    among the stations with a value at any step, as :class:`aqnet_pyg.baselines.OrdinaryKriging` chooses among those that it
    was fitted to; in training, where others are hidden at every step, among all.

    At a station itself, the value is the leave-one-out estimate from the others (in closed form, Dubrule 1983,
    doi 10.1007/BF01033232). Range and nugget are not learned by gradient descent but set by :meth:`set_covariance`, in
    training by leave-one-out cross-validation at the training stations. Gradients flow to the values.

    Args:
        range_km: Initial distance at which the covariance has fallen to 1/e.
        nugget: Initial measurement error variance as a fraction of the sill.

    **Shapes:** values and their validity ``(N, S)``, positions (longitude, latitude) in degrees ``(N, 2)`` and ``(M, 2)``
    (or None for the stations themselves), and in a batch, without other targets, the graph of each station ``(N,)`` →
    ``(M, S)``, zero in hours without a value.
    """

    range_km: Tensor
    nugget: Tensor

    def __init__(self, range_km: float = 200.0, nugget: float = 0.05) -> None:
        super().__init__()
        self.initial_covariance = (range_km, nugget)
        self._cache: dict[Any, tuple[Tensor, ...]] = {}
        self.register_buffer("range_km", torch.empty((), dtype=torch.float64))
        self.register_buffer("nugget", torch.empty((), dtype=torch.float64))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Reset range and nugget to their initial values."""
        self.set_covariance(*self.initial_covariance)

    def set_covariance(self, range_km: float, nugget: float) -> None:
        """Set the range in kilometers and the nugget as a fraction of the sill."""
        self.range_km.fill_(range_km)
        self.nugget.fill_(nugget)

    def forward(
        self,
        value: Tensor,
        valid: Tensor,
        pos: Tensor,
        pos_dst: Tensor | None = None,
        batch: Tensor | None = None,
        targets: Tensor | None = None,
    ) -> Tensor:
        """Interpolate each step of each graph from the stations that have a value at that step.

        Estimates at stations other than the ``targets``, bool, shape ``(N,)``, are not needed, and can be zero.
        """
        out = value.new_zeros(len(pos) if pos_dst is None else len(pos_dst), value.size(1))
        if batch is None:
            estimate = self._interpolate(value.double(), valid, pos, pos_dst, targets)
            return out if estimate is None else estimate.to(out.dtype)
        for graph in range(int(batch.max()) + 1):
            rows = (batch == graph).nonzero().flatten()
            here = None if targets is None else targets[rows]
            estimate = self._interpolate(value[rows].double(), valid[rows], pos[rows], None, here)
            if estimate is not None:
                out = out.index_copy(0, rows, estimate.to(out.dtype))
        return out

    def _interpolate(
        self, value: Tensor, valid: Tensor, pos: Tensor, pos_dst: Tensor | None, targets: Tensor | None
    ) -> Tensor | None:
        """Interpolate one graph; None without any value."""
        stations = valid.any(dim=1).nonzero().flatten()
        if not len(stations):
            return None
        if len(stations) > DENSE_STATIONS:
            # In training other stations are hidden at every step: each place then conditions on the first with a value of all.
            if self.training:
                stations = torch.arange(len(pos), device=pos.device)
            return self._from_around(value, valid, pos, pos_dst, stations, targets)
        own = None
        if pos_dst is None:
            own = torch.full((len(pos),), -1, device=pos.device)
            own[stations] = torch.arange(len(stations), device=pos.device)
        (covariance,) = self._kept(self._between, pos if pos_dst is None else pos_dst, pos)
        # In training other stations are hidden at every step.
        (inverse,) = self._inverse(pos[stations]) if self.training else self._kept(self._inverse, pos[stations])
        if len(stations) < len(pos):
            covariance = covariance[:, stations]
        return self._krige(value[stations], valid[stations], inverse, covariance, own)

    def _from_around(
        self,
        value: Tensor,
        valid: Tensor,
        pos: Tensor,
        pos_dst: Tensor | None,
        stations: Tensor,
        targets: Tensor | None,
    ) -> Tensor:
        """Krige from ``stations`` around each place; if these are all stations, only to the ``targets``."""

        def at(places: Tensor | None, chosen: Tensor | None = None) -> Tensor:
            around = Neighborhoods(*self._kept(self._neighborhoods, pos[stations], places))
            if chosen is not None:
                around = Neighborhoods(*(part[chosen] for part in around))
            return krige(around, value[stations], valid[stations], pos[stations], self._covariance, self.nugget)

        if pos_dst is not None:
            return at(pos_dst)
        others = torch.ones(len(pos), dtype=torch.bool, device=pos.device).index_fill(0, stations, False)
        if not others.any():
            if targets is None:
                return at(None)
            chosen = targets.nonzero().flatten()
            return value.new_zeros(len(pos), value.size(1)).index_copy(0, chosen, at(None, chosen))
        estimate = value.new_zeros(len(pos), value.size(1)).index_copy(0, stations, at(None))
        return estimate.masked_scatter(others[:, None], at(pos[others]))

    def _kept(self, make: Callable[..., tuple[Tensor, ...]], pos: Tensor, *others: Tensor | None) -> tuple[Tensor, ...]:
        """Return what ``make`` computes from positions, which stay the same from step to step, and from the covariance."""
        places = tuple(None if each is None else each.cpu().numpy().tobytes() for each in (pos, *others))
        key = (make.__name__, self.range_km.item(), self.nugget.item(), pos.device, places)
        # Threads of dask share the module, so that the cache may change at any time.
        made = self._cache.get(key)
        if made is None:
            # Not in inference mode, whose tensors cannot be part of a later training step.
            with torch.inference_mode(False), torch.no_grad():
                made = make(pos, *others)
            if sum(part.numel() for each in (*self._cache.values(), made) for part in each) > CACHE_SIZE:
                self._cache.clear()
            self._cache[key] = made
        return made

    def _neighborhoods(self, pos: Tensor, pos_dst: Tensor | None) -> Neighborhoods:
        return neighborhoods(pos, pos_dst, self._covariance, self.nugget)

    def _between(self, pos: Tensor, pos_src: Tensor) -> tuple[Tensor]:
        sphere, stations = unit_sphere(pos), unit_sphere(pos_src)
        # In parts, to limit the memory; no nugget, which is error.
        return (torch.cat([self._covariance(part, stations) for part in sphere.split(PLACES_PER_PART)]),)

    @torch.no_grad()
    def _inverse(self, pos: Tensor) -> tuple[Tensor]:
        (matrix,) = self._between(pos, pos)
        matrix.diagonal().add_(self.nugget.clamp(min=1e-6))
        return (torch.cholesky_inverse(torch.linalg.cholesky(matrix)),)

    def _covariance(self, a: Tensor, b: Tensor) -> Tensor:
        # Differences, not torch.cdist, whose matrix multiplication is off by kilometers between nearby points.
        chord = vector_norm((a[..., :, None, :] - b[..., None, :, :]).unbind(-1)) * EARTH_RADIUS_KM
        return (1 - self.nugget) * torch.exp(-chord / self.range_km)

    def _krige(self, value: Tensor, valid: Tensor, inverse: Tensor, covariance: Tensor, own: Tensor | None) -> Tensor:
        """Krige from ``n`` stations, ``[n, S]``, to ``m`` targets, ``[m, S]``; ``own`` is the station of each target, or -1."""
        # Steps at which the same stations have a value share a system; in a forecast, all of them do.
        patterns, number = torch.unique(valid, dim=1, return_inverse=True)
        estimates, order = [], []
        for pattern, use in enumerate(patterns.T):
            steps = (number == pattern).nonzero().flatten()
            order.append(steps)
            estimates.append(self._solve(inverse, value[:, steps], use, covariance, own))
        return torch.cat(estimates, dim=1)[:, torch.cat(order).argsort()]

    @staticmethod
    def _solve(inverse: Tensor, value: Tensor, use: Tensor, covariance: Tensor, own: Tensor | None) -> Tensor:
        """Kriging of steps ``[n, s]`` at which the same stations, ``use``, have a value."""
        if not use.any():
            return value.new_zeros(len(covariance), value.size(1))
        level = value[use].mean(dim=0)
        anomaly = torch.where(use[:, None], value - level, 0.0)
        both = inverse @ torch.cat([anomaly, use[:, None].to(value.dtype)], dim=1)  # [n, s + 1]
        diagonal = inverse.diagonal()
        if not use.all():
            # With Q the inverse for all stations, the inverse for those with a value is Q_oo - Q_om Q_mm^-1 Q_mo.
            missing = (~use).nonzero().flatten()
            columns, width = inverse[:, missing], both.size(1)
            solved = torch.linalg.solve(columns[missing], torch.cat([both[missing], columns.T], dim=1))
            both = (both - columns @ solved[:, :width]).masked_fill(~use[:, None], 0.0)
            diagonal = diagonal - (columns * solved[:, width:].T).sum(dim=1)
        dual, ones = both[:, :-1], both[:, -1]
        mean = dual.sum(dim=0) / ones.sum()
        dual = dual - ones[:, None] * mean
        estimate = level + mean + covariance @ dual
        if own is not None and use.sum() > 1:
            left_out = value - dual / (diagonal - ones.square() / ones.sum()).clamp(min=1e-9)[:, None]
            station = own.clamp(min=0)
            estimate = torch.where(((own >= 0) & use[station])[:, None], left_out.index_select(0, station), estimate)
        return estimate

    def __getstate__(self) -> dict[str, Any]:
        return super().__getstate__() | {"_cache": {}}

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(range_km={self.range_km.item():g}, nugget={self.nugget.item():g})"


class NoBackground(nn.Module):
    """No background: the interpolator starts from the weighted mean of the neighbors; arguments as :class:`KrigingBackground`."""

    def reset_parameters(self) -> None:
        """Do nothing; there are no parameters."""

    def forward(
        self,
        value: Tensor,
        valid: Tensor,
        pos: Tensor,
        pos_dst: Tensor | None = None,
        batch: Tensor | None = None,
    ) -> None:
        """Return None."""
