"""PyG transforms that hide stations: what they measured is removed, and they send nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.data.datapipes import functional_transform
from torch_geometric.transforms import BaseTransform

from aqnet_pyg.errors import InputError, optional_imports
from aqnet_pyg.graph.sphere import great_circle_distance
from aqnet_pyg.stations import EARTH_RADIUS_KM

if TYPE_CHECKING:
    import shapely

    from aqnet_pyg.graph.regions import Region

__all__ = ["HideBlockedStations", "HideRandomStations", "HideRegionStations", "HideStations", "hide"]


def hide(data: Data, hidden: Tensor) -> Data:
    """Make stations hidden: they send nothing, and what they measured is removed from ``x``.

    Args:
        data: A window, or any graph over stations; changed in place. Without ``visible``, all were visible.
        hidden: bool, shape ``[N]``.
    """
    data.visible = visible_of(data) & ~hidden
    for name in ("x", "x_mask"):
        if name in data:
            values = data[name]
            data[name] = values.masked_fill(hidden.view(-1, *[1] * (values.dim() - 1)), 0)
    return data


def visible_of(data: Data) -> Tensor:
    """Which stations of a graph are visible: ``data.visible``, or all where there is none."""
    if "visible" in data:
        return data.visible
    return torch.ones(len(data.pos), dtype=torch.bool, device=data.pos.device)


@functional_transform("hide_stations")
class HideStations(BaseTransform):
    r"""Hides given stations (functional name: :obj:`hide_stations`).

    Args:
        stations: Their positions among the stations, or a bool mask of all, shape ``[N]``.

    Raises:
        InputError: If a position is negative.
    """

    def __init__(self, stations: Sequence[int] | Sequence[bool] | Tensor) -> None:
        chosen = torch.as_tensor(stations)
        chosen = chosen.nonzero().flatten() if chosen.dtype == torch.bool else chosen.unique()
        self.stations: list[int] = chosen.long().tolist()
        if self.stations and self.stations[0] < 0:
            raise InputError(f"stations: {self.stations[0]} was given; use positions from 0 on, or a mask.")

    def forward(self, data: Data) -> Data:
        """Hide them."""
        hidden = torch.zeros(len(data.pos), dtype=torch.bool, device=data.pos.device)
        if self.stations and self.stations[-1] >= len(hidden):
            raise InputError(f"stations: {self.stations[-1]} was given, but there are {len(hidden)}, numbered from 0.")
        hidden[self.stations] = True
        return hide(data, hidden)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.stations})"


@functional_transform("hide_random_stations")
class HideRandomStations(BaseTransform):
    r"""Hides random visible stations, and sometimes all those around a random one, so that a model learns to do
    without near neighbors (functional name: :obj:`hide_random_stations`).

    Args:
        fraction: Largest fraction of the visible stations that is hidden; the fraction is drawn anew for each window.
        radius_km: Largest radius of the region that is emptied; drawn anew for each window.
        region_probability: How often a region is emptied.

    Raises:
        InputError: If the fraction is out of range.
    """

    def __init__(self, fraction: float = 0.5, radius_km: float = 100.0, region_probability: float = 0.5) -> None:
        _check_fraction(fraction)
        self.fraction = fraction
        self.radius_km = radius_km
        self.region_probability = region_probability

    def forward(self, data: Data) -> Data:
        """Hide stations; at least two stay visible wherever there are two."""
        visible = visible_of(data).nonzero().flatten()
        if len(visible) <= 2:
            return data
        order = visible[torch.randperm(len(visible))]
        hidden = torch.zeros(len(data.pos), dtype=torch.bool, device=data.pos.device)
        hidden[order[: int(torch.rand(()) * self.fraction * len(visible))]] = True
        if torch.rand(()) < self.region_probability:
            center = data.pos[order[-1]].expand(len(data.pos), 2)
            hidden |= great_circle_distance(center, data.pos) <= torch.rand(()) * self.radius_km
        hidden[order[-2:]] = False
        return hide(data, hidden)

    def __repr__(self) -> str:
        return (
            f"{self.__class__.__name__}(fraction={self.fraction}, radius_km={self.radius_km}, "
            f"region_probability={self.region_probability})"
        )


@functional_transform("hide_blocked_stations")
class HideBlockedStations(BaseTransform):
    r"""Hides all visible stations of random blocks, so that a hidden station has no visible one nearby (functional name:
    :obj:`hide_blocked_stations`).

    The blocks are those of :func:`aqnet_pyg.splits.blocked_hidden`, about ``block_km`` on each side, but shifted at random
    for each window. In random order, each is hidden unless that would hide more than the fraction.

    Args:
        fraction: Largest fraction of the visible stations that is hidden.
        block_km: Side of a block in kilometers.

    Raises:
        InputError: If the fraction is out of range or the side is not positive.
    """

    def __init__(self, fraction: float = 0.2, block_km: float = 150.0) -> None:
        _check_fraction(fraction)
        if not block_km > 0:
            raise InputError(f"block_km: {block_km} was given; use a positive number of kilometers.")
        self.fraction = fraction
        self.block_km = block_km

    def forward(self, data: Data) -> Data:
        """Hide blocks; at least two stations stay visible wherever there are two."""
        visible = visible_of(data).nonzero().flatten()
        left = min(int(self.fraction * len(visible)), len(visible) - 2)
        if left <= 0:
            return data
        longitude, latitude = data.pos[visible].double().T
        down, along = torch.rand(2, dtype=torch.float64).tolist()
        height = math.degrees(self.block_km / EARTH_RADIUS_KM)  # of a block, in degrees
        row = torch.floor(latitude / height + down)
        middle = torch.deg2rad((row + 0.5 - down) * height)
        width = height / middle.cos().clamp(min=0.01)
        column = torch.floor(torch.remainder(longitude, 360) / width + along)
        _, block, size = torch.stack([row, column], dim=1).unique(dim=0, return_inverse=True, return_counts=True)
        chosen, size = [], size.tolist()
        for number in torch.randperm(len(size)).tolist():
            if size[number] <= left:
                chosen.append(number)
                left -= size[number]
        hidden = torch.zeros(len(data.pos), dtype=torch.bool, device=data.pos.device)
        hidden[visible[torch.isin(block, torch.tensor(chosen, dtype=torch.long, device=block.device))]] = True
        return hide(data, hidden)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(fraction={self.fraction}, block_km={self.block_km})"


@functional_transform("hide_region_stations")
class HideRegionStations(BaseTransform):
    r"""Hides all stations of a region, its boundary included (functional name: :obj:`hide_region_stations`).

    Args:
        region: A :class:`aqnet_pyg.graph.Region`, or a polygon of shapely in degrees, longitude first.

    Raises:
        InputError: If the polygon cannot be used.
    """

    def __init__(self, region: Region | shapely.Geometry) -> None:
        with optional_imports():
            from aqnet_pyg.graph.regions import Region

        self.region = region if isinstance(region, Region) else Region(region)

    def forward(self, data: Data) -> Data:
        """Hide them."""
        inside = torch.from_numpy(self.region.contains(*data.pos.detach().cpu().numpy().T))
        return hide(data, inside.to(data.pos.device))

    def __repr__(self) -> str:
        import shapely

        wkt = shapely.to_wkt(self.region.polygon, rounding_precision=-1)
        return f"{self.__class__.__name__}(Region.from_wkt({wkt!r}, {self.region.name!r}))"


def _check_fraction(fraction: float) -> None:
    if not 0 <= fraction < 1:
        raise InputError(f"fraction: {fraction} was given; use a number from 0 to below 1.")
