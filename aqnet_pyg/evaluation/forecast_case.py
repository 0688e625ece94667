"""One experiment of a forecast protocol: the hours at which forecasts are issued, their inputs and their truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.windows import Window

LONG = Window(336, horizon=168)
"""Two weeks of history and a horizon of one week."""


@dataclass(frozen=True)
class ForecastCase(Case):
    """A case of forecasts that are issued at fixed local hours in the test hours.

    Each window, history and horizon, lies completely in the test hours, so that none straddles the split.

    Args:
        window: Hours of history and horizon.
        issue_hours: Local hours of the day at which forecasts are issued; the history ends there.
        known: Further variables whose values over the horizon a method may use, at visible stations.
    """

    window: Window = LONG
    issue_hours: tuple[int, ...] = (0,)
    known: tuple[str, ...] = ()

    @property
    def issues(self) -> np.ndarray:
        """Positions on the time axis of the last hour of each history, shape ``[issue]``."""
        time = self.time
        hour = time.tz_localize("UTC").tz_convert(self.data.attrs["time_zone"]).hour
        within = np.cumsum(np.concatenate([[0], self.test]))
        positions = np.flatnonzero(np.isin(hour, self.issue_hours))
        first, last = positions - self.window.history + 1, positions + self.window.horizon
        positions = positions[(first >= 0) & (last < len(time))]
        first, last = positions - self.window.history + 1, positions + self.window.horizon
        issues = positions[within[last + 1] - within[first] == self.window.length]
        if not issues.size:
            raise InputError(
                f"test: no window of {self.window.history} + {self.window.horizon} hours fits into its {self.test.sum()} hours; "
                "choose a longer test."
            )
        return issues

    def windows(self) -> list[xr.Dataset]:
        """Visible stations over history and horizon of each issue; over the horizon all variables but the known ones are NaN."""
        measured = self.measured()
        past = xr.DataArray(np.arange(self.window.length) < self.window.history, dims="time")
        windows = []
        for issue in self.issues:
            first = issue - self.window.history + 1
            whole = measured.isel(time=slice(first, first + self.window.length))
            windows.append(whole.where(past).assign({name: whole[name] for name in self.known}))
        return windows

    def future(self, stations: Sequence[str]) -> np.ndarray:
        """Return the measurements over the horizons, shape ``[issue, lead, station]``."""
        values = self.data[self.target].sel(station=list(stations)).transpose("time", "station").values
        return values[self.issues[:, None] + 1 + np.arange(self.window.horizon)]
