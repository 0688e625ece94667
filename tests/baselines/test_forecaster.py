import numpy as np
from baselines.forecaster_checks import HISTORY, HORIZON, series

from aqnet_pyg.baselines.forecaster import draw_windows, fill, last_day


def test_drawn_windows_are_consecutive_and_half_measured():
    values, time = series(hours=120, missing=0.45)
    drawn = draw_windows(values, time, HISTORY, HORIZON, 20, np.random.default_rng(0))
    assert len(drawn.history) == len(drawn.future) == len(drawn.end) == 20
    for history, future, end in zip(*drawn, strict=True):
        at = time.get_loc(end)
        assert np.isfinite(history).mean() >= 0.5
        assert np.isfinite(future).mean() >= 0.5
        rest = values[at - HISTORY + 1 : at + HORIZON + 1]
        assert any(np.array_equal(np.r_[history, future], column, equal_nan=True) for column in rest.T)


def test_hours_of_one_window_give_one_window_per_station():
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
