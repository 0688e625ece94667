"""Windows over station data, as a PyG data set."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
import pandas as pd
import torch
import xarray as xr
from torch import Tensor
from torch_geometric.data import Data, Dataset

from aqnet_pyg.datasets.visible import which_visible
from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import hide
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.stations import check_station_data, pollutants_in
from aqnet_pyg.windows import Window


class StationDataset(Dataset):
    r"""Windows over station data, sliced from one tensor without copies of the whole data.

    Stations are sorted by code. An item is a plain
    :class:`~torch_geometric.data.Data` over all of them:

    ================  ========================  ====================================================
    attribute         shape                     meaning
    ================  ========================  ====================================================
    ``x``             ``[N, history, P]``       standardized measurements, 0 where missing
    ``x_mask``        ``[N, history, P]``       whether measured
    ``y``             ``[N, steps]``            target pollutant in physical units, 0 where missing
    ``y_mask``        ``[N, steps]``            whether measured
    ``visible``       ``[N]``                   whether the station may be a source of edges and ``x`` an input
    ``pos``           ``[N, 2]``                longitude, latitude in degrees, float64
    ``time``          ``[1, length]``           hours since 1970-01-01 UTC, int64
    ``utc_offset``    ``[1, length]``           hours from UTC to local time
    ``known``         ``[N, steps, 2 C]``       with ``known``: standardized covariates at the predicted hours, and
                                                a mask of their values
    ================  ========================  ====================================================

    A visible station without measurements of the target pollutant in the history is hidden in that window.

    Args:
        stations: Station data.
        window: Hours of input and hours to predict.
        scaler: Standardization; by default fitted to the stations that are not hidden, in all hours given.
        variables: Input variables, including the target pollutant; default those of the scaler, or all pollutants
            in the data.
        target: The pollutant to predict.
        hidden: Codes of stations whose measurements are targets only.
        stride: Hours between the starts of windows.
        transform: Applied to each item.
        known: Standardization of covariates that are known at the predicted hours at all stations, also hidden ones,
            such as reanalysis weather.

    Raises:
        InputError: If the data are shorter than a window, or codes or variables are unknown.
    """

    def __init__(
        self,
        stations: xr.Dataset,
        window: Window,
        *,
        scaler: Scaler | None = None,
        variables: Sequence[str] | None = None,
        target: str = "pm25",
        hidden: Collection[str] = (),
        stride: int = 1,
        transform: Callable[[Data], Data] | None = None,
        known: Scaler | None = None,
    ) -> None:
        super().__init__(None, transform)
        self._open(stations, window, scaler, variables, target, hidden, stride, known)

    def _open(
        self,
        stations: xr.Dataset,
        window: Window,
        scaler: Scaler | None,
        variables: Sequence[str] | None,
        target: str,
        hidden: Collection[str],
        stride: int,
        known: Scaler | None = None,
    ) -> None:
        stations = check_station_data(stations)
        if stations.sizes["time"] < window.length:
            raise InputError(
                f"history: a window has {window.length} hours (history {window.history}, horizon {window.horizon}), "
                f"but the station data have {stations.sizes['time']}; shorten it or give more data."
            )
        if stride < 1:
            raise InputError(f"stride: {stride} was given; use at least 1 hour.")
        stations = stations.sortby("station")
        self.codes = [str(code) for code in stations.station.values]
        visible = which_visible(self.codes, hidden)
        if scaler is not None and variables is not None and tuple(variables) != scaler.variables:
            raise InputError(
                f"variables: {', '.join(variables)} were given, but the scaler is for {', '.join(scaler.variables)}; "
                "give one of the two."
            )
        if scaler is None:
            names = tuple(variables or pollutants_in(stations))
            scaler = Scaler.fit(stations.isel(station=visible), names)
        if target not in scaler.variables:
            raise InputError(f"target: {target!r} is not among the variables {', '.join(scaler.variables)}.")
        covariates = () if known is None else known.variables
        missing = [name for name in (*scaler.variables, *covariates) if name not in stations]
        if missing:
            raise InputError(
                f"variables: {missing[0]!r} is not in the station data; it has {', '.join(map(str, stations))}."
            )

        # All but the inputs: coordinates, attributes, flags, further variables.
        self._about = stations.drop_vars(scaler.variables)
        self._attrs = {name: stations[name].attrs for name in scaler.variables}
        self.window = window
        self.scaler = scaler
        self.target = target
        self.stride = stride
        self.hidden = torch.from_numpy(~visible)
        self.pos = torch.from_numpy(np.stack([stations.longitude.values, stations.latitude.values], axis=1))
        self.time, self.utc_offset = _hours(stations)
        # Filled one variable at a time, so that station data on disk are not in memory twice. Lazily opened values are loaded
        # before they are transposed, as their order in the file differs.
        self.values = torch.empty(stations.sizes["time"], len(self.codes), len(scaler.variables))
        for column, name in enumerate(scaler.variables):
            values = stations[name].compute().transpose("time", "station").values
            self.values[:, :, column] = torch.from_numpy(np.asarray(values, np.float32))
        self._mean, self._std = torch.tensor(scaler.mean), torch.tensor(scaler.std)
        self.known = None if known is None else torch.from_numpy(known.standardize(stations, "station"))

    @property
    def starts(self) -> range:
        """Position of the first hour of each window on the time axis."""
        return range(0, len(self.time) - self.window.length + 1, self.stride)

    def len(self) -> int:
        """Number of windows."""
        return len(self.starts)

    def get(self, idx: int) -> Data:
        """Return the window ``idx``."""
        start = self.starts[idx]
        window, column = self.window, self.scaler.variables.index(self.target)
        x = self.values[start : start + window.history].transpose(0, 1)
        x_mask = ~torch.isnan(x)
        x = torch.where(x_mask, (x - self._mean) / self._std, 0.0)
        first = start + window.first_step
        y = self.values[first : first + window.steps, :, column].T
        y_mask = ~torch.isnan(y)
        hours = slice(start, start + window.length)
        data = Data(
            x=x,
            x_mask=x_mask,
            y=torch.where(y_mask, y, 0.0),
            y_mask=y_mask,
            visible=torch.ones(len(self.codes), dtype=torch.bool),
            pos=self.pos,
            time=self.time[None, hours],
            utc_offset=self.utc_offset[None, hours],
        )
        if self.known is not None:
            data.known = self.known[first : first + window.steps].transpose(0, 1)
        return hide(data, self.hidden | ~x_mask[:, :, column].any(dim=1))

    def to_xarray(self) -> xr.Dataset:
        """Return the station data of all hours, with their metadata, sorted by code."""
        values = self.values.numpy()
        read = {
            name: (("time", "station"), values[:, :, column], self._attrs[name])
            for column, name in enumerate(self.scaler.variables)
        }
        return self._about.assign(read)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({len(self)}, stations={len(self.codes)}, window={self.window})"


def _hours(stations: xr.Dataset) -> tuple[Tensor, Tensor]:
    """Return hours since 1970 in UTC and offsets of local time, both of shape ``[time]``."""
    index = pd.DatetimeIndex(stations.time.values)
    hours = index.to_numpy("datetime64[h]").astype(np.int64)
    local = index.tz_localize("UTC").tz_convert(stations.attrs["time_zone"]).tz_localize(None)
    offset = (local.to_numpy("datetime64[s]") - index.to_numpy("datetime64[s]")).astype(np.int64) / 3600
    return torch.from_numpy(hours), torch.from_numpy(offset.astype(np.float32))
