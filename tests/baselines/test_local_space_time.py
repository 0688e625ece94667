import numpy as np
import pytest
from baselines.interpolator_checks import network

from aqnet_pyg.baselines import SpaceTimeKriging, kriging, local_space_time, space_time

GIVEN = {"range_km": 300.0, "tau_hours": 4.0, "nugget": 0.1}


@pytest.fixture
def everywhere_local(monkeypatch):
    monkeypatch.setattr(kriging, "DENSE_STATIONS", 0)
    monkeypatch.setattr(space_time, "DENSE_STATIONS", 0)


def both(coordinates, values, monkeypatch, **options):
    local = SpaceTimeKriging(**GIVEN | options).fit(coordinates, values)
    with monkeypatch.context() as patch:
        patch.setattr(space_time, "DENSE_STATIONS", 1000)
        return local, SpaceTimeKriging(**GIVEN | options).fit(coordinates, values)


@pytest.mark.parametrize(("lags", "pairs"), [(2, 20_000), (1, 20)])
def test_few_stations_are_kriged_from_all_of_them(everywhere_local, monkeypatch, lags, pairs):
    monkeypatch.setattr(local_space_time, "_PAIRS", pairs)
    coordinates, values, targets = network(0, stations=24, hours=9)
    local, dense = both(coordinates, values, monkeypatch, lags=lags)
    np.testing.assert_allclose(local.predict(targets, values), dense.predict(targets, values), rtol=1e-8)
    np.testing.assert_allclose(local.leave_one_out(values), dense.leave_one_out(values), rtol=1e-8)


def test_close_to_kriging_from_all_stations(everywhere_local, monkeypatch):
    rng = np.random.default_rng(0)
    coordinates = rng.uniform(104, 124, 200), rng.uniform(32, 43, 200)
    values = 50 + 20 * np.sin(coordinates[0] + np.arange(8)[:, None] / 6) + rng.normal(0, 6, (8, 200))
    values[rng.random(values.shape) < 0.1] = np.nan
    local, dense = both(coordinates, values, monkeypatch)
    difference = local.leave_one_out(values) - dense.leave_one_out(values)
    assert np.abs(difference).mean() < 0.1 * np.nanstd(values)


def test_own_values_have_no_effect_and_lonely_hours_are_means_of_the_others(everywhere_local):
    coordinates, values, _ = network(2, stations=40, hours=14)
    values[4:] = np.nan
    values[9, :3] = [10.0, 20.0, 60.0]
    fitted = SpaceTimeKriging(**GIVEN).fit(coordinates, values)
    expected = fitted.leave_one_out(values)
    assert expected[9, :4].tolist() == [40.0, 35.0, 15.0, 30.0]
    assert np.isnan(expected[6]).all()
    changed = values.copy()
    changed[:, 0] += 500
    np.testing.assert_allclose(fitted.leave_one_out(changed)[:, 0], expected[:, 0])


def test_chooses_from_a_sample(everywhere_local, monkeypatch):
    monkeypatch.setattr(space_time, "LOCAL_TUNING_HOURS", 6)
    coordinates, values, _ = network(3, stations=40, hours=12)
    fitted = SpaceTimeKriging().fit(coordinates, values)
    assert fitted.range_km_ in space_time.RANGE_GRID
    assert np.isfinite(fitted.loo_mae_)
