"""Ordinary kriging with the standard deviation of textbooks."""

import gstools
import numpy as np
import pytest
from baselines.interpolator_checks import KrigingChecks, network

from aqnet_pyg.baselines import OneSillKriging, OrdinaryKriging
from aqnet_pyg.stations import EARTH_RADIUS_KM


class TestOneSillKriging(KrigingChecks):
    interpolator = OneSillKriging()
    exact = OneSillKriging(range_km=300, nugget=0)
    given = OneSillKriging(range_km=300, nugget=0.1)


@pytest.fixture
def fitted():
    coordinates, values, targets = network(2)
    return OneSillKriging(range_km=300, nugget=0.1).fit(coordinates, values), values, targets


def test_standard_deviation_depends_on_locations_only(fitted):
    one_sill, values, targets = fitted
    _, std = one_sill.predict(targets, values, return_std=True)
    larger = 3 * values + 100
    np.testing.assert_allclose(one_sill.predict(targets, larger, return_std=True)[1], std)
    fewer = np.where(np.arange(values.shape[1]) < 5, np.nan, values)
    assert (one_sill.predict(targets, fewer, return_std=True)[1] >= std - 1e-9).all()


def test_same_estimate_as_ordinary_kriging_and_same_standard_deviation_for_a_single_hour(fitted):
    one_sill, values, targets = fitted
    kriging = OrdinaryKriging(range_km=300, nugget=0.1).fit(one_sill.coordinates_, values)
    np.testing.assert_array_equal(one_sill.predict(targets, values), kriging.predict(targets, values))
    alone = OneSillKriging(range_km=300, nugget=0.1).fit(one_sill.coordinates_, values[:1])
    for ours, theirs in zip(
        alone.predict(targets, values[:1], return_std=True),
        kriging.predict(targets, values[:1], return_std=True),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs)


def test_standard_deviation_equals_that_of_gstools(fitted):
    one_sill, values, targets = fitted
    measured = np.isfinite(values[0])
    model = gstools.Exponential(
        latlon=True,
        geo_scale=EARTH_RADIUS_KM,
        len_scale=300,
        var=0.9 * one_sill.sill_,
        nugget=0.1 * one_sill.sill_,
    )
    longitude, latitude = (axis[measured] for axis in one_sill.coordinates_)
    theirs = gstools.krige.Ordinary(model, (latitude, longitude), values[0, measured], exact=False)
    _, variance = theirs(targets[::-1], return_var=True)
    _, std = one_sill.predict(targets, values[:1], return_std=True)
    np.testing.assert_allclose(std[0] ** 2, variance, rtol=1e-6)


def test_sill_of_hours_with_equal_variance():
    """White noise is all nugget, and its variance the sill."""
    rng = np.random.default_rng(0)
    coordinates = rng.uniform(105, 120, 40), rng.uniform(33, 42, 40)
    values = rng.normal(50, 7, (300, 40))
    values[rng.random(values.shape) < 0.2] = np.nan
    values[0, 1:] = np.nan
    assert OneSillKriging(range_km=1, nugget=0.5).fit(coordinates, values).sill_ == pytest.approx(49, rel=0.05)


def test_one_station_has_no_sill():
    one_sill = OneSillKriging(range_km=300, nugget=0.1).fit(([110.0], [38.0]), [[5.0], [6.0]])
    value, std = one_sill.predict(([111.0], [38.0]), [[5.0]], return_std=True)
    assert value == 5
    assert np.isnan(std)
