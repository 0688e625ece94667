import numpy as np
import pandas as pd
import pytest
from baselines.forecaster_checks import HISTORY, HORIZON, HOURS, ForecasterChecks, series

from aqnet_pyg.baselines import Climatology, DampedPersistence, Persistence


class TestPersistence(ForecasterChecks):
    forecaster = Persistence(**HOURS)

    def test_is_the_mean_of_the_last_day(self):
        history = np.full((1, HISTORY, 3), np.nan)
        history[0, :, 0] = np.arange(HISTORY)
        history[0, -10:-8, 1] = 3, 5
        history[0, 4:6, 2] = 1, 2
        forecast = Persistence(**HOURS).fit(*series()).predict(history, pd.DatetimeIndex(["2016-03-01"]))
        np.testing.assert_allclose(forecast[0], np.tile([np.arange(24, 48).mean(), 4, 2], (HORIZON, 1)))


class TestClimatology(ForecasterChecks):
    forecaster = Climatology(**HOURS)

    def test_is_the_mean_of_the_hour_in_the_month(self):
        values, time = series()
        local = time + pd.Timedelta(hours=8)
        end = pd.DatetimeIndex(["2016-01-05 03:00", "2016-07-05 03:00"])
        forecast = Climatology(**HOURS).fit(values, time).predict(np.zeros((2, HISTORY, 1)), end)
        for lead in range(HORIZON):
            same_hour = local.hour == (12 + lead) % 24
            assert forecast[0, lead, 0] == pytest.approx(np.nanmean(values[same_hour & (local.month == 1)]))
            assert forecast[1, lead, 0] == pytest.approx(np.nanmean(values[same_hour])), "a month without measurements"

    def test_hour_without_measurements_has_the_overall_mean(self):
        values, time = series()
        values[(time.hour == 20)] = np.nan
        climatology = Climatology(**HOURS).fit(values, time).climatology_
        np.testing.assert_allclose(climatology[:, 4], np.nanmean(values))


class TestDampedPersistence(ForecasterChecks):
    forecaster = DampedPersistence(**HOURS)

    def test_damping_is_that_of_least_squares(self):
        values, time = series(period=200)
        fitted = DampedPersistence(**HOURS).fit(values, time)
        usual = fitted.climatology_[(time + pd.Timedelta(hours=8)).month - 1, (time + pd.Timedelta(hours=8)).hour]
        departure = values - usual[:, None]
        for lead in (1, 12):
            pairs = [
                (np.nanmean(departure[max(end - 23, 0) : end + 1, station]), departure[end + lead, station])
                for end in range(len(values) - lead)
                for station in range(3)
                if np.isfinite(departure[max(end - 23, 0) : end + 1, station]).any()
            ]
            before, after = np.array([pair for pair in pairs if np.isfinite(pair).all()]).T
            expected = np.linalg.lstsq(before[:, None], after)[0][0]
            assert fitted.damping_[lead - 1] == pytest.approx(expected)
        assert (np.diff(fitted.damping_) < 0).all()

    def test_without_pairs_damping_is_zero(self):
        values, time = series(hours=HORIZON)
        assert DampedPersistence(**HOURS).fit(values, time).damping_[-1] == 0
