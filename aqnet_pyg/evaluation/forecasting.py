"""Protocols that score forecasts at visible and at hidden stations."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from aqnet_pyg.ensembles.forecast_methods import FORECASTERS, Forecast, ForecastCase, classical_forecast
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.protocol import MethodOptions, Protocol, Scored
from aqnet_pyg.evaluation.result_cache import ClassPath
from aqnet_pyg.local_dates import local_days

__all__ = ["ForecastProtocol"]


class ForecastProtocol(Protocol):
    """Scores forecasts; the tables are named by horizon and place, such as ``2d_station_visible``."""

    models = (*FORECASTERS, "paper", "aqnet")
    reference = "linear"

    def known_models(self) -> list[str]:
        """Rows by single stations, and the network with its ablations."""
        from aqnet_pyg.ensembles.forecast import FORECASTS

        return [*FORECASTERS, *FORECASTS]

    def method(self, name: str, options: MethodOptions) -> Forecast:
        """A forecaster of single stations, or a network."""
        if name in FORECASTERS or "." in name:
            return classical_forecast(name)
        from aqnet_pyg.ensembles.forecast import forecast_network

        return forecast_network(name, options)

    def run(self, case: Case, method: Forecast, seed: int, shown: ForecastCase) -> Part:
        """Fit, and forecast from every issue."""
        method.fit(case.training_data(), case.validation_data(), case.target, shown.window, seed)
        forecasts = method.predict(shown.windows(), case.targets)
        return Part({name: values.astype(np.float32) for name, values in forecasts._asdict().items()}, method.chosen)

    def truths(self, case: ForecastCase) -> dict[str, Scored]:
        """What was measured over the horizons; the blocks of the bootstrap are as many days as a horizon is long."""
        day = local_days(case.data.indexes["time"][case.issues], case.data.attrs["time_zone"])
        block = day // -(-case.window.horizon // 24)
        result = {}
        for place, codes in _places(case):
            truth = case.future(codes)
            for name, scored in self.aggregates(truth, truth).items():
                result[f"{name}_{place}"] = Scored(scored.ravel(), np.repeat(block, scored[0].size))
        return result

    def predictions(self, case: ForecastCase, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Forecasts, cut and averaged like the truth."""
        result = {}
        for place, codes in _places(case):
            forecast = self.aggregates(case.future(codes), arrays[place].astype(np.float64))
            result |= {f"{name}_{place}": scored.ravel() for name, scored in forecast.items()}
        return result

    @abstractmethod
    def aggregates(self, truth: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
        """What is scored of ``values``, by name, each of shape ``[issue, ...]``.

        Args:
            truth: ``[issue, lead, station]``; says which values count.
            values: The truth or forecasts, of the same shape.
        """


def _places(case: Case) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("visible", case.visible), ("hidden", case.hidden)
