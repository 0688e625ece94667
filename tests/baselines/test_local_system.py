import numpy as np
import pytest
from baselines.interpolator_checks import network
from hypothesis import given, settings
from hypothesis import strategies as st

from aqnet_pyg.baselines import LocalSillKriging, OneSillKriging, OrdinaryKriging, kriging, local_system
from aqnet_pyg.baselines.coordinates import distance_matrix_km
from aqnet_pyg.baselines.kriging_system import systems
from aqnet_pyg.baselines.local_system import LocalSystem, weights_by_distance
from aqnet_pyg.baselines.neighborhoods import candidate_order


def large(seed, stations=150, hours=5, missing=0.1):
    rng = np.random.default_rng(seed)
    coordinates = rng.uniform(104, 124, stations), rng.uniform(32, 43, stations)
    values = 50 + 20 * np.sin(coordinates[0]) + rng.normal(0, 8, (hours, stations))
    values[rng.random(values.shape) < missing] = np.nan
    return coordinates, values, (rng.uniform(104, 124, 7), rng.uniform(32, 43, 7))


def fitted(coordinates, values, kind=OrdinaryKriging, **options):
    return kind(**({"range_km": 300, "nugget": 0.1} | options)).fit(coordinates, values)


def unit_variance(dense, targets, values):
    return dense._variance(targets, list(systems(dense.inverse_, values)), len(values))


@pytest.fixture
def everywhere_local(monkeypatch):
    monkeypatch.setattr(kriging, "DENSE_STATIONS", 0)


@pytest.mark.parametrize("pairs", [40_000, 30])
def test_few_stations_are_kriged_from_all_of_them(monkeypatch, pairs):
    monkeypatch.setattr(local_system, "_PAIRS", pairs)
    coordinates, values, targets = network(0)
    values[0, 1:] = np.nan
    values[1] = np.nan
    dense = fitted(coordinates, values)
    local = LocalSystem(coordinates, dense.covariance_)
    estimate, variance = local.estimates(values, targets)
    np.testing.assert_allclose(estimate, dense.predict(targets, values), rtol=1e-8)
    np.testing.assert_allclose(variance, unit_variance(dense, targets, values), rtol=1e-7)
    np.testing.assert_allclose(local.estimates(values)[0], dense.leave_one_out(values), rtol=1e-8)


@pytest.mark.parametrize("missing", [0.0, 0.1, 0.7, 0.97])
def test_uses_the_first_stations_of_the_order_that_measured(missing):
    coordinates, values, targets = large(1, 150, 4, missing)
    order = candidate_order(coordinates, targets)
    dense = fitted(coordinates, values)
    estimate, variance = LocalSystem(coordinates, dense.covariance_).estimates(values, targets)
    for hour, row in enumerate(values):
        for place in range(7):
            measured = [station for station in order[place, :32] if np.isfinite(row[station])]
            if len(measured) < 16:
                measured = [station for station in order[place] if np.isfinite(row[station])][:32]
            if not measured:
                assert estimate[hour, place] == pytest.approx(np.nanmean(row))
                continue
            near = fitted(tuple(axis[measured] for axis in coordinates), values[:, measured])
            here = tuple(axis[[place]] for axis in targets)
            assert estimate[hour, place] == pytest.approx(near.predict(here, row[None, measured])[0, 0])
            assert variance[hour, place] == pytest.approx(unit_variance(near, here, row[None, measured])[0, 0])


@given(st.integers(0, 2**32 - 1), st.sampled_from([OrdinaryKriging, LocalSillKriging]))
@settings(max_examples=10, deadline=None)
def test_own_values_have_no_effect_on_left_out_estimates(seed, kind):
    coordinates, values, _ = large(seed, 120, 4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kriging, "DENSE_STATIONS", 0)
        interpolator = fitted(coordinates, values, kind)
        expected = interpolator.leave_one_out(values, return_std=True)
        station = seed % 120
        changed = values.copy()
        changed[:, station] += 1000.0
        for ours, theirs in zip(interpolator.leave_one_out(changed, return_std=True), expected, strict=True):
            np.testing.assert_allclose(ours[:, station], theirs[:, station], rtol=1e-6)
            assert np.isfinite(ours).all()


@pytest.mark.parametrize("reach_km", [None, 300.0])
def test_sums_without_a_station_are_those_of_hours_in_which_it_did_not_measure(reach_km):
    coordinates, values, _ = large(3, 80, 3, 0.05)
    local = LocalSystem(coordinates, fitted(coordinates, values).covariance_)
    *_, ((total, weights),) = local.left_out(values, [reach_km])
    for station in range(0, 80, 9):
        without = values.copy()
        without[:, station] = np.nan
        squares = local.squares(without)
        weight = np.ones(80)
        if reach_km is not None:
            here = tuple(axis[[station]] for axis in coordinates)
            weight = weights_by_distance(here, coordinates, reach_km).toarray()[0]
        np.testing.assert_allclose(total[:, station], np.nansum(squares * weight, axis=1), rtol=1e-6)
        np.testing.assert_allclose(weights[:, station], np.isfinite(squares) @ weight)


def test_weights_by_distance_are_zero_far_away():
    coordinates, _, targets = large(4)
    distance = distance_matrix_km(targets, coordinates)
    weights = weights_by_distance(targets, coordinates, 100.0).toarray()
    np.testing.assert_allclose(weights, np.where(distance < 600, np.exp(-distance / 100), 0.0), rtol=1e-6)


def test_close_to_kriging_from_all_stations(everywhere_local, monkeypatch):
    coordinates, values, targets = large(5, 600, 3)
    for kind in (OrdinaryKriging, LocalSillKriging, OneSillKriging):
        local = fitted(coordinates, values, kind)
        assert local.local_ is not None
        estimate, std = local.predict(targets, values, return_std=True)
        np.testing.assert_array_equal(estimate, local.predict(targets, values))
        left_out = local.leave_one_out(values, return_std=True)
        with monkeypatch.context() as patch:
            patch.setattr(kriging, "DENSE_STATIONS", 1000)
            dense = fitted(coordinates, values, kind)
            expected, expected_std = dense.predict(targets, values, return_std=True)
            all_left_out = dense.leave_one_out(values, return_std=True)
        assert np.abs(estimate - expected).mean() < 0.1 * np.std(values[np.isfinite(values)])
        np.testing.assert_allclose(std, expected_std, rtol=0.15)
        assert np.abs(left_out[0] - all_left_out[0]).mean() < 0.1 * np.std(values[np.isfinite(values)])
        np.testing.assert_allclose(left_out[1], all_left_out[1], rtol=0.25)


def test_chooses_the_covariance_that_made_the_data(everywhere_local):
    rng = np.random.default_rng(0)
    coordinates = rng.uniform(104, 124, 200), rng.uniform(32, 43, 200)
    chord = kriging.chord_matrix_km(coordinates, coordinates)
    covariance = 0.9 * np.exp(-chord / 400) + 0.1 * np.eye(200)
    values = 50 + 10 * rng.normal(size=(60, 200)) @ np.linalg.cholesky(covariance).T
    chosen = OrdinaryKriging().fit(coordinates, values)
    assert 200 <= chosen.range_km_ <= 800
    assert 0.03 <= chosen.nugget_ <= 0.2
    estimate, std = chosen.leave_one_out(values, return_std=True)
    assert np.std((values - estimate) / std) == pytest.approx(1, abs=0.05)


def test_hours_without_measurements(everywhere_local):
    coordinates, values, targets = large(6)
    values[0] = np.nan
    values[1, 1:] = np.nan
    interpolator = fitted(coordinates, values, LocalSillKriging)
    estimate, _ = interpolator.predict(targets, values, return_std=True)
    assert np.isnan(estimate[0]).all()
    np.testing.assert_allclose(estimate[1], values[1, 0])
    left_out, _ = interpolator.leave_one_out(values, return_std=True)
    assert np.isnan(left_out[0]).all()
    assert np.isnan(left_out[1, 0])
