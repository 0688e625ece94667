"""Tests that all estimators of gaps share, and the simulated network that they are tested on."""

import numpy as np
import pytest
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from aqnet_pyg.errors import InputError
from aqnet_pyg.testing.base import PropertyTests

SEEDS = st.integers(0, 2**16)


def network_with_gaps(seed=0, hours=240, stations=8, missing=0.1):
    """Episodes that cross a network with a daily cycle; single gaps, a gap of two days, and an outage of all stations.

    Returns:
        Coordinates, values with gaps, the truth, and hours.
    """
    rng = np.random.default_rng(seed)
    coordinates = rng.uniform(115, 118, stations), rng.uniform(39, 41, stations)
    hour = np.arange(hours)[:, None]
    level = 60 + 35 * np.sin(hour / 15 + coordinates[0] / 4) + 10 * np.cos(2 * np.pi * hour / 24 + coordinates[1])
    truth = np.maximum(level + rng.normal(0, 4, stations) + rng.normal(0, 3, level.shape), 1)
    values = truth.copy()
    values[rng.random(values.shape) < missing] = np.nan
    values[100:148, 1] = np.nan
    values[60:64] = np.nan
    return coordinates, values, truth, np.datetime64("2025-01-01", "h") + np.arange(hours)


class GapFillerChecks(PropertyTests):
    """Subclasses set :attr:`filler`; ``complete = False`` if it leaves gaps, :attr:`worst`, its largest error in
    units of that of the overall mean."""

    examples = 3
    seed = SEEDS
    filler = None
    complete = True
    worst = 0.9
    rtol = 1e-9

    def fitted(self, coordinates, values, time):
        return clone(self.filler).fit(coordinates, values, time)

    def test_measurements_are_returned_bit_for_bit(self, seed):
        coordinates, values, _, time = network_with_gaps(seed)
        values[0, 0], values[1, 0] = -0.0, 1e-300
        filled = self.fitted(coordinates, np.abs(values), time).fill(values, time)
        measured = np.isfinite(values)
        assert filled.dtype == np.float64
        assert filled[measured].tobytes() == values[measured].tobytes()

    def test_gaps_are_filled_better_than_by_the_mean(self):
        coordinates, values, truth, time = network_with_gaps()
        filled = self.fitted(coordinates, values, time).fill(values, time)
        gaps = np.isnan(values)
        if self.complete:
            assert np.isfinite(filled).all()
        known = gaps & np.isfinite(filled)
        assert np.abs(filled - truth)[known].mean() < self.worst * np.abs(np.nanmean(values) - truth)[known].mean()

    def test_order_of_stations_has_no_effect(self, seed):
        (longitude, latitude), values, _, time = network_with_gaps(seed)
        expected = self.fitted((longitude, latitude), values, time).fill(values, time)
        order = np.random.default_rng(seed).permutation(len(longitude))
        shuffled = self.fitted((longitude[order], latitude[order]), values[:, order], time)
        np.testing.assert_allclose(shuffled.fill(values[:, order], time), expected[:, order], rtol=self.rtol)

    def test_full_turns_of_longitude_have_no_effect(self, seed):
        (longitude, latitude), values, _, time = network_with_gaps(seed)
        # Around the prime meridian, so that only some longitudes change.
        longitude = longitude - 116.5
        here = self.fitted((longitude, latitude), values, time).fill(values, time)
        turned = self.fitted((longitude % 360, latitude), values, time).fill(values, time)
        np.testing.assert_allclose(turned, here, rtol=self.rtol)

    def test_arguments_are_not_modified(self):
        coordinates, values, _, time = network_with_gaps()
        before = [each.copy() for each in (*coordinates, values, time)]
        self.fitted(coordinates, values, time).fill(values, time)
        for old, new in zip(before, (*coordinates, values, time), strict=True):
            np.testing.assert_array_equal(old, new)

    def test_other_hours_than_those_of_the_fit(self):
        coordinates, values, _, time = network_with_gaps()
        filled = self.fitted(coordinates, values[:120], time[:120]).fill(values[120:], time[120:])
        assert filled.shape == (120, 8)
        if self.complete:
            assert np.isfinite(filled).all()

    def test_a_station_and_a_network_without_measurements_raise_no_error(self):
        coordinates, values, _, time = network_with_gaps()
        values[:, 3] = np.nan
        fitted = self.fitted(coordinates, values, time)
        assert fitted.fill(values, time).shape == values.shape
        assert fitted.fill(np.full((3, 8), np.nan), time[:3]).shape == (3, 8)

    def test_complete_hours_need_no_estimate(self):
        coordinates, values, truth, time = network_with_gaps()
        np.testing.assert_array_equal(self.fitted(coordinates, values, time).fill(truth, time), truth)

    def test_fitting_is_reproducible(self):
        coordinates, values, _, time = network_with_gaps()
        first, second = (self.fitted(coordinates, values, time).fill(values, time) for _ in range(2))
        np.testing.assert_array_equal(first, second)

    def test_fit_returns_self_and_assigns_nothing_else(self):
        coordinates, values, _, time = network_with_gaps()
        filler = clone(self.filler)
        parameters = filler.get_params()
        assert filler.fit(coordinates, values, time) is filler
        assert filler.get_params() == parameters
        assert all(name.endswith("_") for name in vars(filler).keys() - parameters.keys())
        with pytest.raises(NotFittedError):
            clone(filler).fill(values, time)

    def test_bad_input(self):
        coordinates, values, _, time = network_with_gaps()
        fitted = self.fitted(coordinates, values, time)
        with pytest.raises(InputError, match=r"values: shape \(240, 7\) was given for 240 hours of 8 stations"):
            fitted.fill(values[:, 1:], time)
        with pytest.raises(InputError, match=r"values: shape \(240, 8\) was given for 239 hours"):
            fitted.fill(values, time[1:])
        with pytest.raises(InputError, match="values: infinite"):
            fitted.fill(np.where(np.isnan(values), np.inf, values), time)
        with pytest.raises(InputError, match="time: hours are missing, repeated or not in order"):
            fitted.fill(values, time[::-1])
        with pytest.raises(InputError, match="time: hours are missing, repeated or not in order"):
            fitted.fill(values, time + np.timedelta64(30, "m"))
        with pytest.raises(InputError, match="time: an array of int64"):
            fitted.fill(values, np.arange(240))
        with pytest.raises(InputError, match="values: there is no measurement"):
            self.fitted(coordinates, np.full_like(values, np.nan), time)
        with pytest.raises(InputError, match=r"coordinates.*swapped"):
            self.fitted(coordinates[::-1], values, time)
