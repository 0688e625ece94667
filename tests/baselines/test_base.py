import numpy as np

from aqnet_pyg.baselines.base import TUNING_HOURS, tuning_hours


def test_tuning_hours_have_two_measurements_and_are_always_the_same():
    values = np.ones((3 * TUNING_HOURS, 4))
    values[::2, 1:] = np.nan
    hours = tuning_hours(values, "k")
    assert len(hours) == TUNING_HOURS == len(set(hours))
    assert (hours % 2 == 1).all()
    np.testing.assert_array_equal(hours, tuning_hours(values, "k"))
    np.testing.assert_array_equal(tuning_hours(values[:9], "k"), [1, 3, 5, 7])
