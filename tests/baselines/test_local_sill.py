"""Ordinary kriging with a sill of each place."""

import numpy as np
import pytest
from baselines.interpolator_checks import KrigingChecks, network

from aqnet_pyg.baselines import LocalSillKriging, OrdinaryKriging


class TestLocalSillKriging(KrigingChecks):
    interpolator = LocalSillKriging()
    exact = LocalSillKriging(range_km=300, nugget=0)
    given = LocalSillKriging(range_km=300, nugget=0.1)


def two_towns():
    """A calm town and one with large errors, 1,000 km apart, 30 stations each."""
    rng = np.random.default_rng(0)
    longitude = np.concatenate([rng.normal(105, 0.2, 30), rng.normal(117, 0.2, 30)])
    latitude = rng.normal(38, 0.2, 60)
    values = 50 + rng.normal(size=(40, 60)) * np.repeat([1.0, 10.0], 30)
    return (longitude, latitude), values


def test_standard_deviation_follows_the_errors_nearby():
    coordinates, values = two_towns()
    shown = np.arange(60) % 2 == 0
    here, there = (tuple(axis[part] for axis in coordinates) for part in (shown, ~shown))
    local, one = (
        kind(range_km=300, nugget=0.2).fit(here, values[:, shown]).predict(there, values[:, shown], return_std=True)
        for kind in (LocalSillKriging, OrdinaryKriging)
    )
    np.testing.assert_array_equal(local[0], one[0])
    scaled, of_one_sill = ((values[:, ~shown] - local[0]) / std for std in (local[1], one[1]))
    calm = np.arange(30) < 15
    assert of_one_sill[:, ~calm].std() > 4 * of_one_sill[:, calm].std()
    # The sill of the hour, a hundred times that of the calm town, counts as one of its stations.
    assert scaled[:, calm].std() == pytest.approx(0.75, abs=0.25)
    assert scaled[:, ~calm].std() == pytest.approx(1, abs=0.25)


def test_sill_far_from_stations_is_that_of_the_hour():
    coordinates, values, _ = network(1)
    far = (np.array([-60.0]), np.array([-20.0]))
    local, one = (
        kind(range_km=300, nugget=0.1).fit(coordinates, values).predict(far, values, return_std=True)[1]
        for kind in (LocalSillKriging, OrdinaryKriging)
    )
    np.testing.assert_allclose(local, one)
