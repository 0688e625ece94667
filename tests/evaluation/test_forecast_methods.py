"""Forecasts of single stations, interpolated to targets."""

import numpy as np
from evaluation.evaluation_data import small_forecast_case

from aqnet_pyg.baselines import OrdinaryKriging
from aqnet_pyg.baselines.coordinates import coordinates_of
from aqnet_pyg.baselines.persistence import Persistence
from aqnet_pyg.evaluation.forecast_methods import InterpolatedForecast


def test_forecasts_at_targets_are_interpolated_lead_by_lead():
    case = small_forecast_case()
    method = InterpolatedForecast(Persistence, OrdinaryKriging())
    method.fit(case.training_data(), case.validation_data(), "pm25", case.window, 0)
    visible, hidden = method.predict(case.windows(), case.targets)
    assert visible.shape == (len(case.issues), 24, 6)
    training = case.training_data()
    kriging = OrdinaryKriging().fit(coordinates_of(training), training.pm25.values)
    np.testing.assert_allclose(hidden[2], kriging.predict(case.targets, visible[2]))
    # The mean of the last day, whatever the history before it; the forecaster is given local time.
    last = case.windows()[2].pm25[24:48].mean("time")
    np.testing.assert_allclose(visible[2, 5], last, rtol=1e-6)
    assert method.forecaster.utc_offset == 8


def test_a_station_that_has_no_measurement_is_not_interpolated():
    case = small_forecast_case()
    method = InterpolatedForecast(Persistence, OrdinaryKriging())
    method.fit(case.training_data(), case.validation_data(), "pm25", case.window, 0)
    whole, *_ = case.windows()
    unmeasured = whole.copy(deep=True)
    unmeasured.pm25[:, 0] = np.nan
    empty = whole.where(False)
    visible, hidden = method.predict([whole, unmeasured, empty], case.targets)
    # It is forecast by climatology, which is not interpolated to the places around it.
    assert np.isfinite(visible).all()
    used = visible[0].copy()
    used[:, 0] = np.nan
    np.testing.assert_allclose(hidden[1], method.interpolator.predict(case.targets, used))
    # Without any measurement, targets get climatology as well.
    assert np.isfinite(hidden[2]).all()


def test_forecasters_are_given_the_training_hours_only():
    """Views of a case have the whole axis, empty outside the training; some forecasters keep their last hours apart."""

    class Checked(Persistence):
        def fit(self, values, time):
            assert np.isfinite(values[0]).any()
            assert np.isfinite(values[-1]).any()
            assert len(time) == len(values)
            return super().fit(values, time)

    case = small_forecast_case()
    training = case.training_data()
    assert training.pm25[-1].isnull().all()
    InterpolatedForecast(Checked, OrdinaryKriging(range_km=500, nugget=0.1)).fit(
        training, case.validation_data(), "pm25", case.window, 0
    )
