import numpy as np
import pytest
from baselines.gap_filler_checks import GapFillerChecks, network_with_gaps

from aqnet_pyg.baselines import HourlyKriging, HourOfDayMean, LastValue, LinearInTime, OrdinaryKriging

nan = np.nan
TIME = np.datetime64("2025-01-01T00", "h") + np.arange(6)
PLACES = np.array([116.0, 117.0, 118.0]), np.array([40.0, 40.0, 40.0])
VALUES = np.array(
    [[nan, 1.0, nan], [2.0, nan, nan], [nan, nan, nan], [nan, 7.0, nan], [8.0, 9.0, nan], [nan, 8.0, nan]]
)


class TestLastValue(GapFillerChecks):
    filler = LastValue()

    def test_values(self):
        filled = LastValue().fit(PLACES, VALUES, TIME).fill(VALUES, TIME)
        expected = [[2, 2, 2, 2, 8, 8], [1, 1, 1, 7, 9, 8], [nan] * 6]
        np.testing.assert_array_equal(filled.T, expected)


class TestLinearInTime(GapFillerChecks):
    filler = LinearInTime()

    def test_values(self):
        filled = LinearInTime().fit(PLACES, VALUES, TIME).fill(VALUES, TIME)
        expected = [[2, 2, 4, 6, 8, 8], [1, 3, 5, 7, 9, 8], [nan] * 6]
        np.testing.assert_allclose(filled.T, expected)


class TestHourOfDayMean(GapFillerChecks):
    filler = HourOfDayMean()
    worst = 1.1  # ten days are short for it

    def test_is_the_mean_of_the_station_of_the_network_or_of_all(self):
        time = np.datetime64("2025-01-01T05", "h") + np.arange(48)
        values = np.full((48, 2), nan)
        values[[0, 24], 0] = 10, 20  # 5 UTC
        values[1, 1] = 60  # 6 UTC
        places = tuple(axis[:2] for axis in PLACES)
        filled = HourOfDayMean().fit(places, values, time).fill(np.full((24, 2), nan), time[24:])
        np.testing.assert_allclose(filled[0], [15, 15])
        np.testing.assert_allclose(filled[1], [60, 60])
        np.testing.assert_allclose(filled[2:], 30)


class TestHourlyKriging(GapFillerChecks):
    filler = HourlyKriging()
    rtol = 1e-7

    def test_is_kriging_and_a_line_where_no_station_measured(self):
        coordinates, values, _, time = network_with_gaps()
        fitted = HourlyKriging().fit(coordinates, values, time)
        filled = fitted.fill(values, time)
        gaps = np.isnan(values)
        kriging = OrdinaryKriging().fit(coordinates, values)
        expected = kriging.predict(coordinates, values)
        some = gaps & ~gaps.all(axis=1, keepdims=True)
        np.testing.assert_allclose(filled[some], expected[some], rtol=1e-7)
        line = LinearInTime().fit(coordinates, values, time).fill(values, time)
        np.testing.assert_array_equal(filled[60:64], line[60:64])


@pytest.mark.parametrize("filler", [LastValue(), LinearInTime()])
def test_other_stations_have_no_effect(filler):
    coordinates, values, _, time = network_with_gaps()
    changed = np.where(np.arange(8) == 3, values, values * 2)
    one, other = (filler.fit(coordinates, values, time).fill(given, time)[:, 3] for given in (values, changed))
    np.testing.assert_array_equal(one, other)
