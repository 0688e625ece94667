"""PyG transforms that hide stations: their measurements are removed and they are no longer sources of edges."""

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


def hide(data: Data, hidden: Tensor) -> Data:
    """Hide stations: remove their measurements from ``x`` and ``x_mask`` and exclude them from ``visible``.

    Args:
        data: Any graph over stations; changed in place. Without ``visible``, all stations are visible.
        hidden: Mask of the stations to hide, bool, shape ``[N]``.
    """
    data.visible = visible_mask(data) & ~hidden
    for name in ("x", "x_mask"):
        if name in data:
            values = data[name]
            data[name] = values.masked_fill(hidden.view(-1, *[1] * (values.dim() - 1)), 0)
    return data


def visible_mask(data: Data) -> Tensor:
    """Mask of the visible stations, bool, shape ``[N]``: ``data.visible`` if it exists, else all."""
    if "visible" in data:
        visible: Tensor = data.visible
        return visible
    return torch.ones(len(data.pos), dtype=torch.bool, device=data.pos.device)


@functional_transform("hide_stations")
class HideStations(BaseTransform):
    r"""Hides given stations (functional name: :obj:`hide_stations`).

    Args:
        stations: Indices of the stations, or a mask, bool, shape ``[N]``.

    Raises:
        InputError: If an index is negative or, when called, beyond the number of stations.
    """

    def __init__(self, stations: Sequence[int] | Sequence[bool] | Tensor) -> None:
        chosen = torch.as_tensor(stations)
        chosen = chosen.nonzero().flatten() if chosen.dtype == torch.bool else chosen.unique()
        self.stations: list[int] = chosen.long().tolist()
        if self.stations and self.stations[0] < 0:
            raise InputError(f"stations: got index {self.stations[0]}; use indices from 0 on, or a mask.")

    def forward(self, data: Data) -> Data:
        """Hide the stations."""
        hidden = torch.zeros(len(data.pos), dtype=torch.bool, device=data.pos.device)
        if self.stations and self.stations[-1] >= len(hidden):
            raise InputError(f"stations: got index {self.stations[-1]} for {len(hidden)} stations, numbered from 0.")
        hidden[self.stations] = True
        return hide(data, hidden)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.stations})"


@functional_transform("hide_random_stations")
class HideRandomStations(BaseTransform):
    r"""Hides random visible stations, and sometimes all stations around a random one, so that a model is also trained
    without near neighbors (functional name: :obj:`hide_random_stations`).

    Args:
        fraction: Largest fraction of the visible stations to hide; the fraction is drawn uniformly in each call.
        radius_km: Largest radius of the region to hide, in kilometers; drawn uniformly in each call.
        region_probability: Probability of hiding a region.

    Raises:
        InputError: If the fraction is out of range.
    """

    def __init__(self, fraction: float = 0.5, radius_km: float = 100.0, region_probability: float = 0.5) -> None:
        _check_fraction(fraction)
        self.fraction = fraction
        self.radius_km = radius_km
        self.region_probability = region_probability

    def forward(self, data: Data) -> Data:
        """Hide stations; at least two stay visible if there are two."""
        visible = visible_mask(data).nonzero().flatten()
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
    r"""Hides all visible stations of random spatial blocks, so that hidden stations have no visible station nearby
    (functional name: :obj:`hide_blocked_stations`).

    The blocks are those of :func:`aqnet_pyg.splits.blocked_hidden`, about ``block_km`` on each side, with a random offset in
    each call. Blocks are hidden in random order, except those that would exceed the fraction.

    Args:
        fraction: Largest fraction of the visible stations to hide.
        block_km: Side length of a block in kilometers.

    Raises:
        InputError: If the fraction is out of range or the side length is not positive.
    """

    def __init__(self, fraction: float = 0.2, block_km: float = 150.0) -> None:
        _check_fraction(fraction)
        if not block_km > 0:
            raise InputError(f"block_km: got {block_km}; use a positive number of kilometers.")
        self.fraction = fraction
        self.block_km = block_km

    def forward(self, data: Data) -> Data:
        """Hide blocks; at least two stations stay visible if there are two."""
        visible = visible_mask(data).nonzero().flatten()
        left = min(int(self.fraction * len(visible)), len(visible) - 2)
        if left <= 0:
            return data
        longitude, latitude = data.pos[visible].double().T
        down, along = torch.rand(2, dtype=torch.float64).tolist()
        height = math.degrees(self.block_km / EARTH_RADIUS_KM)  # of a block in degrees
        row = torch.floor(latitude / height + down)
        middle = torch.deg2rad((row + 0.5 - down) * height)
        width = height / middle.cos().clamp(min=0.01)
        column = torch.floor(torch.remainder(longitude, 360) / width + along)
        _, block, count = torch.stack([row, column], dim=1).unique(dim=0, return_inverse=True, return_counts=True)
        chosen, size = [], count.tolist()
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
    r"""Hides all stations of a region, including its boundary (functional name: :obj:`hide_region_stations`).

    Args:
        region: A :class:`aqnet_pyg.graph.Region` or a shapely polygon in degrees, longitude first.

    Raises:
        InputError: If the polygon is invalid.
    """

    def __init__(self, region: Region | shapely.Geometry) -> None:
        with optional_imports():
            from aqnet_pyg.graph.regions import Region

        self.region = region if isinstance(region, Region) else Region(region)

    def forward(self, data: Data) -> Data:
        """Hide the stations of the region."""
        inside = torch.from_numpy(self.region.contains(*data.pos.detach().cpu().numpy().T))
        return hide(data, inside.to(data.pos.device))

    def __repr__(self) -> str:
        import shapely

        wkt = shapely.to_wkt(self.region.polygon, rounding_precision=-1)
        return f"{self.__class__.__name__}(Region.from_wkt({wkt!r}, {self.region.name!r}))"


def _check_fraction(fraction: float) -> None:
    if not 0 <= fraction < 1:
        raise InputError(f"fraction: got {fraction}; use a number of at least 0 and below 1.")
