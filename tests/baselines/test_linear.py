import numpy as np
import pytest
from baselines.forecaster_checks import HOURS, ForecasterChecks, series

from aqnet_pyg.baselines import DampedPersistence, LinearLags
from aqnet_pyg.errors import InputError


class TestLinearLags(ForecasterChecks):
    forecaster = LinearLags(**HOURS)
    constant_within = 1e-6

    def test_continues_waves(self):
        fitted, history, future, end = self.example
        error = np.nanmean(np.abs(fitted.predict(history, end) - future))
        damped = DampedPersistence(**HOURS).fit(*series()).predict(history, end)
        assert error < 0.2 * np.nanmean(np.abs(damped - future))

    def test_histories_of_any_length(self):
        values, time = series()
        for history in (7, 30, 53):
            forecast = (
                LinearLags(history, 5).fit(values, time).predict(values[None, :history], time[history - 1 : history])
            )
            assert np.isfinite(forecast).all()

    def test_another_seed_draws_other_windows(self):
        values, time = series()
        one, other = (LinearLags(**HOURS, windows=100, seed=seed).fit(values, time).coefficients_ for seed in (0, 1))
        assert not np.allclose(one, other)

    def test_too_few_hours(self):
        values, time = series(hours=50)
        with pytest.raises(
            InputError, match=r"values: no station has measurements in half of 48 hours.*in 50 training hours"
        ):
            LinearLags(**HOURS).fit(values, time)
