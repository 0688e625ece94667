"""Hourly forecasts of 6, 12 and 24 hours: the short-term table of the AQ-Net paper (arXiv 2502.11941)."""

from __future__ import annotations

import numpy as np

from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.forecasting import ForecastProtocol
from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.evaluation.protocols.forecast_cases import forecast_case
from aqnet_pyg.windows import Window

LEADS = (6, 12, 24)


class ShortTerm(ForecastProtocol):
    """A forecast is issued every six hours, from midnight, local time; 336 hours in; errors of all hours up to 6, 12, 24.

    Issued at midnight only, six hours ahead would be nights only.
    """

    def cases(self, request: Request) -> list[Case]:
        """The one case."""
        return [forecast_case(request, Window(336, 24), (0, 6, 12, 18))]

    def aggregates(self, truth: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
        """Hours up to each lead, ``[issue, lead, station]``."""
        return {f"{leads}h": values[:, :leads] for leads in LEADS}
