import gstools
import numpy as np
import pytest
from baselines.interpolator_checks import KrigingChecks, network

from aqnet_pyg.baselines import OrdinaryKriging, SpaceTimeKriging, kriging
from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import EARTH_RADIUS_KM


class TestOrdinaryKriging(KrigingChecks):
    interpolator = OrdinaryKriging()
    exact = OrdinaryKriging(range_km=300, nugget=0)
    given = OrdinaryKriging(range_km=300, nugget=0.1)


class TestLogKriging(KrigingChecks):
    interpolator = OrdinaryKriging(log=True)
    exact = OrdinaryKriging(range_km=300, nugget=0, log=True)
    given = OrdinaryKriging(range_km=300, nugget=0.1, log=True)


@pytest.mark.parametrize("model", ["exponential", "gaussian", "matern", "spherical"])
def test_equals_gstools(model):
    coordinates, values, targets = network(0)
    fitted = OrdinaryKriging(model, range_km=300, nugget=0.1).fit(coordinates, values)
    estimate, std = fitted.predict(targets, values, return_std=True)
    class_ = {"exponential": "Exponential", "gaussian": "Gaussian", "matern": "Matern", "spherical": "Spherical"}[model]
    for hour in range(len(values)):
        measured = np.isfinite(values[hour])
        longitude, latitude = (axis[measured] for axis in coordinates)
        covariance = getattr(gstools, class_)(
            latlon=True, geo_scale=EARTH_RADIUS_KM, var=0.9, nugget=0.1, len_scale=300
        )
        theirs = gstools.krige.Ordinary(covariance, (latitude, longitude), values[hour, measured])
        expected, variance = theirs((targets[1], targets[0]))
        np.testing.assert_allclose(estimate[hour], expected, rtol=1e-8)
        # Their sill is one, ours that of the hour; the ratio is constant.
        ratio = std[hour] / np.sqrt(variance)
        np.testing.assert_allclose(ratio, ratio[0], rtol=1e-8)


def test_tuning_error_equals_leaving_stations_out():
    coordinates, values, _ = network(1)
    chosen = OrdinaryKriging().fit(coordinates, values)
    residuals = []
    for station in range(25):
        others = np.arange(25) != station
        fitted = OrdinaryKriging(range_km=chosen.range_km_, nugget=chosen.nugget_)
        fitted.fit(tuple(axis[others] for axis in coordinates), values[:, others])
        estimate = fitted.predict(tuple(axis[~others] for axis in coordinates), values[:, others])
        residuals.append(np.abs(estimate[:, 0] - values[:, station]))
    assert chosen.loo_mae_ == pytest.approx(np.nanmean(residuals), rel=1e-6)


def test_chooses_the_covariance_that_made_the_data():
    rng = np.random.default_rng(0)
    longitude, latitude = rng.uniform(104, 124, 120), rng.uniform(32, 43, 120)
    truth = OrdinaryKriging(range_km=400, nugget=0.1).fit((longitude, latitude), np.zeros((1, 120)))
    values = 50 + 10 * rng.normal(size=(60, 120)) @ np.linalg.cholesky(np.linalg.inv(truth.inverse_)).T
    chosen = OrdinaryKriging().fit((longitude, latitude), values)
    assert 200 <= chosen.range_km_ <= 800
    assert 0.03 <= chosen.nugget_ <= 0.2
    # Scaled errors at left-out stations are standard normal.
    half = np.arange(120) % 2 == 0
    fitted = OrdinaryKriging(range_km=400, nugget=0.1).fit((longitude[half], latitude[half]), values[:, half])
    estimate, std = fitted.predict((longitude[~half], latitude[~half]), values[:, half], return_std=True)
    assert np.std((values[:, ~half] - estimate) / std) == pytest.approx(1, abs=0.05)


def test_standard_deviation():
    coordinates, values, targets = network(2)
    values[0, 1:] = np.nan
    values[1] = 42.0
    fitted = OrdinaryKriging(range_km=300, nugget=0).fit(coordinates, values)
    estimate, std = fitted.predict(targets, values, return_std=True)
    np.testing.assert_array_equal(estimate, fitted.predict(targets, values))
    assert np.isnan(std[0]).all(), "one station does not determine the sill"
    np.testing.assert_allclose(std[1], 0, atol=1e-9)
    at_stations = fitted.predict(coordinates, values, return_std=True)[1]
    measured = np.isfinite(values[2])
    assert (at_stations[2, measured] < 0.01 * std[2].max()).all()
    assert (at_stations[2, ~measured] > at_stations[2, measured].max()).all()


def test_many_targets_in_chunks(monkeypatch):
    coordinates, values, targets = network(3)
    fitted = OrdinaryKriging(range_km=300, nugget=0.1).fit(coordinates, values)
    expected = fitted.predict(targets, values, return_std=True)
    monkeypatch.setattr(kriging, "_CHUNK", 60)
    for ours, theirs in zip(fitted.predict(targets, values, return_std=True), expected, strict=True):
        np.testing.assert_allclose(ours, theirs)


def test_given_parameters_are_kept():
    coordinates, values, _ = network(4)
    assert OrdinaryKriging(range_km=123).fit(coordinates, values).range_km_ == 123
    assert OrdinaryKriging(nugget=0.07).fit(coordinates, values).nugget_ == 0.07


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"model": "linear"}, "^model: 'linear'.*exponential"),
        ({"range_km": 0}, "^range_km: 0"),
        ({"nugget": 1}, "^nugget: 1"),
    ],
)
def test_invalid_parameters(parameters, message):
    coordinates, values, _ = network(5)
    with pytest.raises(InputError, match=message):
        OrdinaryKriging(**parameters).fit(coordinates, values)


def test_no_logarithm_of_negative_values():
    coordinates, values, _ = network(6)
    with pytest.raises(InputError, match="log=True"):
        OrdinaryKriging(log=True).fit(coordinates, values - 500)


@pytest.mark.parametrize("kind", [OrdinaryKriging, SpaceTimeKriging])
def test_stations_without_data_have_no_effect(kind):
    coordinates, values, targets = network(3)
    without_data = np.arange(values.shape[1]) % 3 == 0
    options = {"range_km": 200.0, "nugget": 0.1} | ({"tau_hours": 6.0} if kind is SpaceTimeKriging else {})
    fitted = kind(**options).fit(coordinates, values)
    kept = tuple(axis[~without_data] for axis in coordinates)
    fewer = kind(**options).fit(kept, values[:, ~without_data])
    with_gaps = np.where(without_data, np.nan, values)
    np.testing.assert_allclose(
        fitted.predict(targets, with_gaps), fewer.predict(targets, values[:, ~without_data]), rtol=1e-8
    )
    if kind is OrdinaryKriging:
        std = fitted.predict(targets, with_gaps, return_std=True)[1]
        np.testing.assert_allclose(std, fewer.predict(targets, values[:, ~without_data], return_std=True)[1], rtol=1e-8)
