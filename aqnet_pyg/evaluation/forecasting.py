"""Protocols that score forecasts at visible and at hidden stations."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.forecast_case import ForecastCase
from aqnet_pyg.evaluation.protocol import MethodOptions, Protocol, Scored
from aqnet_pyg.evaluation.result_cache import MethodResult
from aqnet_pyg.evaluation.rows import ENSEMBLE, FORECASTERS, forecast, forecast_names
from aqnet_pyg.local_dates import local_days

if TYPE_CHECKING:
    from aqnet_pyg.evaluation.forecast_methods import Forecast


class ForecastProtocol(Protocol):
    """Protocol that scores forecasts; tables are named by horizon and stations, such as ``2d_station_visible``."""

    models = (*FORECASTERS, "paper", "network", ENSEMBLE)
    reference = "linear"

    def known_models(self) -> list[str]:
        """Names of all rows of forecasts."""
        return forecast_names()

    def method(self, name: str, options: MethodOptions) -> Forecast:
        """Create a forecaster of single stations, a network or the ensemble; arguments as for :meth:`Protocol.method`."""
        return forecast(name, options)

    def run(self, case: Case, method: Forecast, seed: int, predicted_from: ForecastCase) -> MethodResult:
        """Fit, and forecast from every issue; arguments as for :meth:`Protocol.run`."""
        method.fit(case.training_data(), case.validation_data(), case.target, predicted_from.window, seed)
        forecasts = method.predict(predicted_from.windows(), case.targets)
        return MethodResult(
            {name: values.astype(np.float32) for name, values in forecasts._asdict().items()}, method.chosen
        )

    def truths(self, case: ForecastCase) -> dict[str, Scored]:
        """Measurements over the horizons; a block of the bootstrap has as many days as a horizon."""
        day = local_days(case.time[case.issues], case.data.attrs["time_zone"])
        block = day // -(-case.window.horizon // 24)
        result = {}
        for place, codes in _places(case):
            truth = case.future(codes)
            for name, scored in self.aggregates(truth, truth).items():
                result[f"{name}_{place}"] = Scored(scored.ravel(), np.repeat(block, scored[0].size))
        return result

    def predictions(self, case: ForecastCase, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Forecasts, selected and averaged like the truth; arguments as for :meth:`Protocol.predictions`."""
        result: dict[str, np.ndarray] = {}
        for place, codes in _places(case):
            values = self.aggregates(case.future(codes), arrays[place].astype(np.float64))
            result |= {f"{name}_{place}": scored.ravel() for name, scored in values.items()}
        return result

    @abstractmethod
    def aggregates(self, truth: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
        """Return the scored aggregates of ``values`` by name, each of shape ``[issue, ...]``.

        Args:
            truth: Measurements, shape ``[issue, lead, station]``; missing values are left out.
            values: The truth or forecasts, of the same shape.
        """


def _places(case: Case) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("visible", case.visible), ("hidden", case.hidden)
