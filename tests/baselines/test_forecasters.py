import numpy as np
import pandas as pd
import pytest
from baselines.forecaster_checks import HISTORY, HORIZON, HOURS, ForecasterChecks, series

from aqnet_pyg.baselines import Climatology, DampedPersistence, LinearLags, Persistence
from aqnet_pyg.baselines.forecaster import draw_windows, fill, last_day
from aqnet_pyg.errors import InputError


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
            assert forecast[1, lead, 0] == pytest.approx(np.nanmean(values[same_hour])), "a month that was never seen"

    def test_an_hour_that_was_never_measured_gets_the_mean_of_all(self):
        values, time = series()
        values[(time.hour == 20)] = np.nan
        climatology = Climatology(**HOURS).fit(values, time).climatology_
        np.testing.assert_allclose(climatology[:, 4], np.nanmean(values))


class TestDampedPersistence(ForecasterChecks):
    forecaster = DampedPersistence(**HOURS)

    def test_the_part_that_is_left_is_that_of_least_squares(self):
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

    def test_without_pairs_nothing_is_carried_on(self):
        values, time = series(hours=HORIZON)
        assert DampedPersistence(**HOURS).fit(values, time).damping_[-1] == 0


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
        with pytest.raises(InputError, match=r"values: no station was measured in half of 48 hours.*in 50 hours"):
            LinearLags(**HOURS).fit(values, time)


def test_draw_windows_gives_what_is_consecutive_and_measured():
    values, time = series(hours=120, missing=0.45)
    drawn = draw_windows(values, time, HISTORY, HORIZON, 20, np.random.default_rng(0))
    assert len(drawn.history) == len(drawn.future) == len(drawn.end) == 20
    for history, future, end in zip(*drawn, strict=True):
        at = time.get_loc(end)
        assert np.isfinite(history).mean() >= 0.5
        assert np.isfinite(future).mean() >= 0.5
        rest = values[at - HISTORY + 1 : at + HORIZON + 1]
        assert any(np.array_equal(np.r_[history, future], column, equal_nan=True) for column in rest.T)


def test_hours_for_one_window_give_one_a_station():
    values, time = series(hours=HISTORY + HORIZON, missing=0)
    drawn = draw_windows(values, time, HISTORY, HORIZON, 10, np.random.default_rng(0))
    np.testing.assert_array_equal(np.concatenate([drawn.history, drawn.future], axis=1), values.T)


def test_fill_and_last_day():
    gap = np.nan
    assert fill(np.array([[gap, 1, gap, gap, 2], [gap] * 5])).tolist() == [[0, 1, 1, 1, 2], [0] * 5]
    day = np.full((1, 30, 3), gap)
    day[0, :, 0] = np.arange(30)
    day[0, :2, 1] = 1, 7
    result = last_day(day)[0]
    assert result[:2].tolist() == [17.5, 7]
    assert np.isnan(result[2])
