"""Forecasts of daily means over one week from two weeks: the long-term table of the AQ-Net paper (arXiv 2502.11941)."""

from __future__ import annotations

import numpy as np

from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.forecasting import ForecastProtocol
from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.evaluation.protocols.build_forecast_case import build_forecast_case
from aqnet_pyg.windows import Window

DAYS = (2, 4, 7)

MIN_HOURS = 20
"""Minimum number of hours of a daily mean (GB 3095-2012)."""


class LongTerm(ForecastProtocol):
    """A forecast is issued every midnight, local time: 336 hours of history, 168 ahead; errors of daily means over 2, 4, 7 days.

    ``station``: daily means of every station. ``network``: daily means over all measuring stations, an easier quantity. A
    day counts at a station with at least 20 measured hours; the forecast is averaged over the same hours.
    """

    def cases(self, request: Request) -> list[Case]:
        """Return the case."""
        return [build_forecast_case(request, Window(336, 168), (0,))]

    def aggregates(self, truth: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
        """Return daily means of stations, ``[issue, day, station]``, and of the network, ``[issue, day]``.

        Arguments as for :meth:`ForecastProtocol.aggregates`.
        """
        measured = np.isfinite(truth).reshape(len(truth), -1, 24, truth.shape[2])
        hours = values.reshape(measured.shape)
        counted = measured.sum(axis=2)
        enough = counted >= MIN_HOURS
        daily = np.where(enough, np.sum(hours, axis=2, where=measured) / np.maximum(counted, 1), np.nan)
        stations = enough.sum(axis=2)
        network = np.sum(daily, axis=2, where=enough) / np.where(stations > 0, stations, np.nan)
        result = {f"{days}d_station": daily[:, :days] for days in DAYS}
        return result | {f"{days}d_network": network[:, :days] for days in DAYS}
