"""Networks and regression, weighted by held-out skill."""

import numpy as np
import pytest
from evaluation.evaluation_data import small_forecast_case

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.forecast_ensemble import ForecastEnsemble
from aqnet_pyg.evaluation.forecast_methods import Forecast, ForecastAt
from aqnet_pyg.windows import Window

HOURS = Window(48, horizon=48)


class Shifted(Forecast):
    """A forecast with a constant error on each day.

    Args:
        data: The measurements.
        error: Of each day of the horizon, µg/m³.
    """

    def __init__(self, data, error):
        super().__init__()
        self.truth, self.error = data.pm25, np.repeat(error, 24)[:, None]

    def fit(self, *views):
        return self

    def predict(self, windows, coordinates):
        visible = [
            self.truth.sel(station=window.station, time=window.time[HOURS.history :]).values + self.error
            for window in windows
        ]
        return ForecastAt(np.stack(visible), np.zeros((len(windows), HOURS.horizon, len(coordinates[0]))) + self.error)


@pytest.fixture
def ensemble():
    case = small_forecast_case(hours=24 * 60, window=HOURS)

    def fitted(linear, *networks):
        method = ForecastEnsemble(Shifted(case.data, linear), [Shifted(case.data, error) for error in networks])
        method.fit(case.training_data(), case.validation_data(), "pm25", HOURS, 0)
        forecast, truth = method.predict(case.windows(), case.targets), case.future(case.visible)
        return method, forecast.hidden, (forecast.visible - truth)[np.isfinite(truth)]

    return fitted


def test_each_day_has_its_share_of_the_mean_of_the_networks(ensemble):
    # The mean of the networks is 30 off on the first day and right on the second.
    method, hidden, error = ensemble((0, 30), (10, 20), (50, -20))
    assert method.chosen == {"weight_day_1": 0.0, "weight_day_2": 1.0}
    np.testing.assert_allclose(error, 0.0, atol=1e-3)
    np.testing.assert_allclose(hidden, 0.0, atol=1e-3)


def test_errors_that_are_opposite_cancel(ensemble):
    method, _, error = ensemble((-10, -10), (20, 40), (40, 20))
    assert method.chosen["weight_day_1"] == pytest.approx(0.25, abs=1e-3)
    np.testing.assert_allclose(error, 0.0, atol=1e-3)


def test_there_is_no_more_trust_than_all(ensemble):
    method, _, error = ensemble((20, 20), (10, 10), (10, 10))
    assert method.chosen["weight_day_2"] == 1.0
    np.testing.assert_allclose(error, 10.0, atol=1e-3)


def test_a_validation_without_room_for_a_window_is_refused():
    case = small_forecast_case(window=HOURS)
    base, *members = (Shifted(case.data, (0, 0)) for _ in range(3))
    method = ForecastEnsemble(base, members)
    with pytest.raises(InputError, match=r"no window of 48 \+ 48 hours fits into its 48 measured"):
        method.fit(case.training_data(), case.validation_data(), "pm25", HOURS, 0)
