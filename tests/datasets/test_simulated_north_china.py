import numpy as np
import pytest
import xarray as xr

from aqnet_pyg.datasets import SimulatedNorthChina
from aqnet_pyg.errors import InputError
from aqnet_pyg.simulation import simulate
from aqnet_pyg.windows import Window

SMALL = {"days": 3, "stations": 20, "spacing": 1.0, "window": Window(6)}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    path = tmp_path_factory.mktemp("simulated")
    SimulatedNorthChina(path, **SMALL)
    return path


def test_is_what_the_simulation_gives(root):
    data, truth = simulate(days=3, stations=20, spacing=1.0)
    dataset = SimulatedNorthChina(root, **SMALL)
    assert dataset.codes == data.station.values.tolist()
    np.testing.assert_array_equal(dataset.values[:, :, 0], data.pm25.values)
    with dataset.truth as stored:
        assert not stored.variable._in_memory
        assert stored.attrs["units"] == "ug m-3"
        xr.testing.assert_equal(stored, truth.rename("pm25"))


def test_simulates_once(root, monkeypatch):
    monkeypatch.setattr("aqnet_pyg.datasets.simulated_north_china.simulate", None)
    assert len(SimulatedNorthChina(root, "train", **SMALL)) == 45


def test_other_arguments_do_not_get_the_stored_data(root):
    with pytest.raises(InputError, match=r"created with days=3, .*, not with days=4, .*force_reload=True"):
        SimulatedNorthChina(root, **{**SMALL, "days": 4})


def test_force_reload_with_other_arguments(tmp_path):
    SimulatedNorthChina(tmp_path, **SMALL)
    other = SimulatedNorthChina(tmp_path, **{**SMALL, "seed": 1}, force_reload=True)
    assert other.report["arguments"]["seed"] == 1
    expected, truth = simulate(days=3, stations=20, spacing=1.0, seed=1)
    np.testing.assert_array_equal(other.values[:, :, 0], expected.pm25.values)
    np.testing.assert_array_equal(other.truth, truth)


def test_without_truth(tmp_path):
    dataset = SimulatedNorthChina(tmp_path, truth=False, **SMALL)
    with pytest.raises(InputError, match=r"truth: .* without the true field"):
        dataset.truth  # noqa: B018
    with SimulatedNorthChina(tmp_path, **SMALL).truth as truth:
        assert truth.sizes["time"] == 72


def test_first_guess_is_stored_on_request(root, tmp_path):
    with pytest.raises(InputError, match=r"first_guess: .* without a first guess; open it with first_guess=True"):
        SimulatedNorthChina(root, **SMALL).first_guess  # noqa: B018
    dataset = SimulatedNorthChina(tmp_path, first_guess=True, **SMALL)
    expected, _, field = simulate(days=3, stations=20, spacing=1.0, first_guess=True)
    with dataset.first_guess as stored:
        xr.testing.assert_equal(stored, field)
        assert stored.attrs["long_name"] == "PM2.5, simulated first guess"
    with dataset.station_data as data:
        np.testing.assert_array_equal(data.pm25_first_guess.T, expected.pm25_first_guess)


def test_shipped_lists_are_for_the_whole_network_of_seed_0(root):
    with pytest.raises(InputError, match="hide: the list 'blocked' is for 584 stations of seed 0"):
        SimulatedNorthChina(root, hide="blocked", **SMALL)


@pytest.mark.parametrize("kind", ["random", "blocked"])
def test_shipped_lists_fit(tmp_path, kind):
    dataset = SimulatedNorthChina(tmp_path, "test", days=2, spacing=1.0, truth=False, hide=kind, window=Window(6))
    assert len(dataset.codes) == 584
    assert dataset.hidden.sum() == 58


def test_repr(root):
    assert repr(SimulatedNorthChina(root, "test", hide=["S0003"], **SMALL)) == (
        "SimulatedNorthChina(9, split='test', days=3, start='2016-11-01', seed=0, spacing=1.0, stations=20, hidden=1, "
        "window=Window(history=6, horizon=0, margin=0))"
    )
