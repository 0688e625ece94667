"""One experiment with forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.windows import Window

LONG = Window(336, horizon=168)
"""Two weeks in, a week out."""


@dataclass(frozen=True)
class ForecastCase(Case):
    """A case whose test is forecasts, issued at fixed local hours of the test hours.

    A window, history and horizon, lies in the test hours as a whole, so that none straddles the parts.

    Args:
        window: Hours of history and horizon.
        issue_hours: Local hours of the day at which a forecast is issued: the last hour of the history ends then.
        known: Further variables whose values over the horizon a method may use, at visible stations.
    """

    window: Window = LONG
    issue_hours: tuple[int, ...] = (0,)
    known: tuple[str, ...] = ()

    @property
    def issues(self) -> np.ndarray:
        """Positions on the time axis of the last hour of each history, shape ``[window]``."""
        time = self.data.indexes["time"]
        hour = time.tz_localize("UTC").tz_convert(self.data.attrs["time_zone"]).hour
        within = np.cumsum(np.concatenate([[0], self.test]))
        positions = np.flatnonzero(np.isin(hour, self.issue_hours))
        first, last = positions - self.window.history + 1, positions + self.window.horizon
        positions = positions[(first >= 0) & (last < len(time))]
        first, last = positions - self.window.history + 1, positions + self.window.horizon
        issues = positions[within[last + 1] - within[first] == self.window.length]
        if not issues.size:
            raise InputError(
                f"test: no window of {self.window.history} + {self.window.horizon} hours lies in its {self.test.sum()} hours; "
                "choose a longer test."
            )
        return issues

    def windows(self) -> list[xr.Dataset]:
        """Visible stations, history and horizon of each issue; over the horizon all but what is known is NaN."""
        measured = self.measured()
        past = xr.DataArray(np.arange(self.window.length) < self.window.history, dims="time")
        windows = []
        for issue in self.issues:
            first = issue - self.window.history + 1
            whole = measured.isel(time=slice(first, first + self.window.length))
            windows.append(whole.where(past).assign({name: whole[name] for name in self.known}))
        return windows

    def future(self, stations: Sequence[str]) -> np.ndarray:
        """Measurements over the horizons, ``[issue, lead, station]``."""
        values = self.data[self.target].sel(station=list(stations)).transpose("time", "station").values
        return values[self.issues[:, None] + 1 + np.arange(self.window.horizon)]
