"""Base class of tests for PyTorch Geometric models of one's own as predictors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection

import numpy as np
import pytest
import torch
import xarray as xr

from aqnet_pyg.grid import Grid
from aqnet_pyg.inference import ModulePredictor, TrainedModel, reanalyze
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.testing.invariants import assert_equivariant, assert_no_leak
from aqnet_pyg.testing.models import synthetic_stations
from aqnet_pyg.windows import Window


class ModulePredictorTests(ABC):
    """Tests of a model ``forward(data) -> [N, steps]`` in a :class:`aqnet_pyg.inference.ModulePredictor`.

    Override :meth:`make`. The data have the variables ``pm25`` and ``no2`` at nine stations.
    """

    windows = (Window(12, margin=2), Window(12, horizon=6))
    """Windows of the tests: those for which the model is made."""

    @abstractmethod
    def make(self, window: Window, scaler: Scaler) -> ModulePredictor:
        """Make a predictor, with the same weights at every call.

        Args:
            window: Hours to read and to predict.
            scaler: Standardization of ``pm25`` and ``no2``.
        """

    def test_predicts_stations_and_cells(self) -> None:
        """Finite values at hidden stations and at every cell."""
        data = synthetic_stations(24)
        for window in self.windows:
            stations, grid = reanalyze(self._made(window), data, hidden=HIDDEN, grid=Grid.around(data, 5.0))
            assert grid is not None
            for name, product in (("hidden stations", stations.sel(station=HIDDEN)), ("grid", grid)):
                assert bool(np.isfinite(product.pm25).all()), f"a prediction of the {name} is not finite."

    def test_hidden_stations_and_later_hours_have_no_effect(self) -> None:
        """Not a bit of any prediction."""
        for window in self.windows:
            data = synthetic_stations(window.length)
            assert_no_leak(self._predict(window), data, HIDDEN, history=window.history)

    def test_the_order_of_stations_has_no_effect(self) -> None:
        """Nor do their names and full turns of longitude."""
        for window in self.windows:
            assert_equivariant(self._predict(window, at_visible=False), synthetic_stations(window.length), HIDDEN)

    def test_cells_have_no_effect_on_each_other(self) -> None:
        """Nor on the stations, so that a grid can be predicted in parts."""
        data = synthetic_stations(24)
        for window in self.windows:
            whole, parts = self.make(window, SCALER), self.make(window, SCALER)
            parts.cells_per_call = 3
            grid = Grid.around(data, 5.0)
            first, second = (reanalyze(each, data, hidden=HIDDEN, grid=grid) for each in (whole, parts))
            for one, other in zip(first, second, strict=True):
                assert one is not None
                assert other is not None
                xr.testing.assert_allclose(one.pm25, other.pm25, rtol=1e-4, atol=1e-3)

    def test_a_file_restores_the_model(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        """A checkpoint and a new module give the same predictions, bit for bit."""
        from aqnet_pyg.training.checkpoint import load_model, save_model

        path = tmp_path_factory.mktemp("module") / "model.ckpt"
        for window in self.windows:
            made, new = self.make(window, SCALER), self.make(window, SCALER)
            with torch.no_grad():
                for weights in made.module.parameters():
                    weights.add_(0.01)
            save_model(TrainedModel(made), path)
            again = load_model(path, module=new.module, transform=new.transform)
            first, second = (reanalyze(each, synthetic_stations(24), hidden=HIDDEN)[0] for each in (made, again))
            xr.testing.assert_equal(first.pm25, second.pm25)

    def _made(self, window: Window) -> TrainedModel:
        return TrainedModel(self.make(window, SCALER))

    def _predict(self, window: Window, at_visible: bool = True) -> Callable[[xr.Dataset, Collection[str]], np.ndarray]:
        model = self._made(window)

        def predict(data: xr.Dataset, hidden: Collection[str]) -> np.ndarray:
            result, _ = reanalyze(model, data, hidden=hidden, at_visible=at_visible)
            return result.pm25.transpose("station", ...).values

        return predict


SCALER = Scaler(("pm25", "no2"), (60.0, 30.0), (40.0, 20.0))
HIDDEN = ["S01", "S06"]
