"""Choice of a covariance by restricted maximum likelihood."""

import numpy as np
import pytest

from aqnet_pyg.baselines import OrdinaryKriging
from aqnet_pyg.baselines.coordinates import chord_matrix_km
from aqnet_pyg.baselines.restricted_likelihood import most_likely, restricted_deviation


def region(hours=1, stations=40, range_km=200.0, nugget=0.2, seed=0):
    """Departures with a known covariance, and a first guess with the factor 2."""
    rng = np.random.default_rng(seed)
    coordinates = rng.uniform(110, 118, stations), rng.uniform(32, 39, stations)
    covariance = (1 - nugget) * np.exp(-chord_matrix_km(coordinates, coordinates) / range_km) + nugget * np.eye(
        stations
    )
    departures = 5 * rng.multivariate_normal(np.zeros(stations), covariance, hours)
    fields = rng.normal(size=(hours, stations, 1))
    return coordinates, 30 + 2 * fields[..., 0] + departures, fields


def test_deviation_is_the_restricted_likelihood_of_what_was_measured():
    coordinates, values, _ = region(hours=2, stations=12)
    values[1, [3, 7]] = np.nan
    kriging = OrdinaryKriging(range_km=300, nugget=0.1).fit(coordinates, values)
    covariance = np.linalg.inv(kriging.inverse_)
    total, contrasts = 0.0, 0
    for hour in values:
        known = np.isfinite(hour)
        # Contrasts: an orthonormal basis of what is orthogonal to the mean.
        basis = np.linalg.svd(np.ones((1, known.sum())))[2][1:]
        of_contrasts = basis @ covariance[np.ix_(known, known)] @ basis.T
        contrast = basis @ hour[known]
        count = len(contrast)
        sill = contrast @ np.linalg.solve(of_contrasts, contrast) / count
        # The determinant of contrasts is that of the restricted likelihood over the number of stations.
        determinant = np.linalg.slogdet(of_contrasts)[1] + np.log(known.sum())
        total += 0.5 * (count * np.log(sill) + determinant)
        contrasts += count
    assert restricted_deviation(kriging.inverse_, values) == pytest.approx(np.exp(total / contrasts), rel=1e-9)


def test_hours_of_equal_values_or_of_one_station_say_nothing():
    coordinates, values, _ = region(hours=3, stations=12)
    kriging = OrdinaryKriging(range_km=300, nugget=0.1).fit(coordinates, values)
    expected = restricted_deviation(kriging.inverse_, values[:1])
    values[1], values[2, 1:] = 7.0, np.nan
    assert restricted_deviation(kriging.inverse_, values) == pytest.approx(expected)
    assert restricted_deviation(kriging.inverse_, values[1:]) == 0.0


@pytest.mark.parametrize(("range_km", "nugget"), [(100.0, 0.05), (400.0, 0.4)])
def test_the_covariance_of_departures_is_found(range_km, nugget):
    coordinates, values, fields = region(30, 80, range_km, nugget)
    chosen = most_likely(OrdinaryKriging(), coordinates, values, fields)
    assert range_km / 2 <= chosen.range_km_ <= 2 * range_km
    assert chosen.nugget_ == pytest.approx(nugget, abs=0.1)


def test_given_parameters_are_kept():
    coordinates, values, fields = region(4)
    chosen = most_likely(OrdinaryKriging("spherical", range_km=321.0), coordinates, values, fields)
    assert (chosen.model, chosen.range_km_) == ("spherical", 321.0)
    assert most_likely(OrdinaryKriging(nugget=0.15), coordinates, values, fields).nugget_ == 0.15
