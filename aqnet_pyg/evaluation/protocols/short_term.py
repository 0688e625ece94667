"""Hourly forecasts of 6, 12 and 24 hours: the short-term table of the AQ-Net paper (arXiv 2502.11941)."""

from __future__ import annotations

import numpy as np

from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.forecasting import ForecastProtocol
from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.evaluation.protocols.build_forecast_case import build_forecast_case
from aqnet_pyg.windows import Window

LEADS = (6, 12, 24)


class ShortTerm(ForecastProtocol):
    """A forecast is issued every six hours from midnight, local time, with 336 hours of history; errors over 6, 12 and 24 hours.

    With forecasts issued at midnight only, the first six hours would all be at night.
    """

    def cases(self, request: Request) -> list[Case]:
        """Return the case."""
        return [build_forecast_case(request, Window(336, 24), (0, 6, 12, 18))]

    def aggregates(self, truth: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
        """Return the hours up to each lead, ``[issue, lead, station]``; arguments as for :meth:`ForecastProtocol.aggregates`."""
        return {f"{leads}h": values[:, :leads] for leads in LEADS}
