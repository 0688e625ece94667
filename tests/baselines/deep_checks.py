"""Tests that all neural-network forecasters of the package share."""

import numpy as np
import pytest
import torch
from baselines.forecaster_checks import ForecasterChecks, series

from aqnet_pyg.errors import InputError
from aqnet_pyg.testing.baselines import synthetic_windows as windows

TINY = {"epochs": 2, "windows": 200}


class DeepChecks(ForecasterChecks):
    rtol = 1e-4
    constant_within = 0.5

    def test_learns_waves(self):
        values, time = series(hours=1000)
        forecaster = self.forecaster.__class__(**self.forecaster.get_params())
        forecaster.set_params(epochs=8, windows=2000, learning_rate=1e-2, dropout=0.0)
        history, future, end = windows(*series(seed=1))
        forecast = forecaster.fit(values, time).predict(history, end)
        assert np.nanmean(np.abs(forecast - future)) < 4, "the waves are 20 high, 13 on average"

    def test_another_seed_gives_other_weights(self):
        fitted, history, _, end = self.example
        other = self.forecaster.__class__(**self.forecaster.get_params()).set_params(seed=1).fit(*series())
        assert not np.allclose(other.predict(history, end), fitted.predict(history, end))

    def test_state_of_the_random_generator_is_unchanged(self):
        torch.manual_seed(7)
        expected = torch.rand(1)
        torch.manual_seed(7)
        self.fitted(*series())
        assert torch.rand(1) == expected

    def test_too_few_hours(self):
        values, time = series(hours=70)
        with pytest.raises(InputError, match=r"values: 70 hours.*last 12 are held out; give at least 72"):
            self.fitted(values, time)
