import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aqnet_pyg.baselines import OrdinaryKriging
from aqnet_pyg.nn import KrigingBackground


def network(seed, stations=15, steps=4, missing=0.3):
    rng = np.random.default_rng(seed)
    pos = torch.from_numpy(rng.uniform([110, 33], [120, 41], (stations, 2)))
    valid = torch.from_numpy(rng.random((stations, steps)) > missing)
    valid[:, 2] = valid[:, 0]  # steps that share a system, with another one between them
    value = torch.where(valid, torch.from_numpy(rng.normal(size=(stations, steps))), 0.0)
    return pos, value, valid


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_it_is_ordinary_kriging(seed):
    pos, value, valid = network(seed)
    cells = torch.from_numpy(np.random.default_rng(seed).uniform([110, 33], [120, 41], (5, 2)))
    kriging = OrdinaryKriging(range_km=150.0, nugget=0.1)
    measured = torch.where(valid, value, torch.nan).T.numpy()
    expected = kriging.fit(tuple(pos.T.numpy()), measured).predict(tuple(cells.T.numpy()), measured).T
    got = KrigingBackground(150.0, 0.1)(value, valid, pos, cells).numpy()
    assert got == pytest.approx(np.nan_to_num(expected), abs=1e-6)


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), station=st.integers(0, 14))
def test_at_a_station_it_is_the_leave_one_out_estimate(seed, station):
    pos, value, valid = network(seed)
    background = KrigingBackground()
    without = valid.clone()
    without[station] = False
    blind = background(torch.where(without, value, 0.0), without, pos)[station]
    others = without.any(dim=0)
    assert torch.allclose(background(value, valid, pos)[station][others], blind[others], atol=1e-6)


def test_a_batch_is_its_graphs_and_gradients_flow_to_values():
    (pos, value, valid), (pos2, value2, valid2) = network(1), network(2, stations=9)
    batch = torch.tensor([0] * 15 + [1] * 9)
    value.requires_grad_()
    background = KrigingBackground()
    both = background(torch.cat([value, value2]), torch.cat([valid, valid2]), torch.cat([pos, pos2]), batch=batch)
    assert torch.allclose(both, torch.cat([background(value, valid, pos), background(value2, valid2, pos2)]))
    both.sum().backward()
    assert value.grad.abs().sum() > 0


def test_repr_has_the_current_covariance():
    background = KrigingBackground()
    background.set_covariance(150.0, 0.1)
    assert repr(background) == "KrigingBackground(range_km=150, nugget=0.1)"


def test_large_graphs_are_kriged_from_the_stations_around_each_place(monkeypatch):
    pos, value, valid = network(4, stations=120)
    cells = pos[:30] + 0.2
    dense = KrigingBackground()(value, valid, pos), KrigingBackground()(value, valid, pos, cells)
    monkeypatch.setattr("aqnet_pyg.nn.background.DENSE_STATIONS", 100)
    background = KrigingBackground()
    local = background(value, valid, pos), background(value, valid, pos, cells)
    for here, everywhere in zip(local, dense, strict=True):
        assert not torch.equal(here, everywhere)
        assert (here - everywhere).abs().mean() < 0.03
    small, value2, valid2 = network(5, stations=9)
    batch = torch.tensor([0] * 120 + [1] * 9)
    both = background(torch.cat([value, value2]), torch.cat([valid, valid2]), torch.cat([pos, small]), batch=batch)
    assert torch.allclose(both, torch.cat([local[0], background(value2, valid2, small)]))


@pytest.mark.parametrize("dense", [20, 1000])
@pytest.mark.parametrize("training", [True, False])
def test_estimates_at_targets_are_those_of_all_stations(monkeypatch, training, dense):
    monkeypatch.setattr("aqnet_pyg.nn.background.DENSE_STATIONS", dense)
    pos, value, valid = network(8, stations=80)
    batch, targets = torch.arange(80) // 40, torch.arange(80) % 3 == 0
    background = KrigingBackground().train(training)
    everywhere = background(value, valid, pos, batch=batch)
    assert torch.allclose(background(value, valid, pos, batch=batch, targets=targets)[targets], everywhere[targets])


@pytest.mark.parametrize("hidden", [0, 30])
def test_a_large_network_is_kriged_as_by_the_classical_interpolator(monkeypatch, hidden):
    """Also where stations are hidden, which are in the graph but not among the stations of the interpolator."""
    for module in ("aqnet_pyg.nn.background", "aqnet_pyg.baselines.kriging"):
        monkeypatch.setattr(f"{module}.DENSE_STATIONS", 100)
    pos, value, valid = network(7, stations=180)
    valid[:hidden] = False
    valid[hidden:, 0] = True  # each station that is not hidden measured something
    value = value.masked_fill(~valid, 0.0)
    measured = torch.where(valid, value, torch.nan).T.numpy()[:, hidden:]
    kriging = OrdinaryKriging(range_km=200.0, nugget=0.05).fit(tuple(pos[hidden:].numpy().T), measured)
    background = KrigingBackground().eval()
    at_stations = background(value, valid, pos).T.numpy()
    expected = kriging.leave_one_out(measured)
    np.testing.assert_allclose(at_stations[:, hidden:], expected, atol=1e-5)
    if hidden:
        expected = kriging.predict(tuple(pos[:hidden].numpy().T), measured)
        np.testing.assert_allclose(at_stations[:, :hidden], expected, atol=1e-5)
    expected = kriging.predict(tuple((pos[:20] + 0.2).numpy().T), measured)
    np.testing.assert_allclose(background(value, valid, pos, pos[:20] + 0.2).T.numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("dense", [0, 1000])
def test_what_is_kept_changes_with_stations_places_and_covariance_and_is_not_copied(monkeypatch, dense):
    monkeypatch.setattr("aqnet_pyg.nn.background.DENSE_STATIONS", dense)
    pos, value, valid = network(6, stations=40)
    background = KrigingBackground().eval()
    calls = [
        (value, valid, pos),
        (value, valid, pos, pos[:5] + 0.1),
        (value, valid, pos + 0.5),
        (value, valid.roll(1), pos),
    ]
    for arguments in calls:
        assert torch.equal(background(*arguments), KrigingBackground().eval()(*arguments))
    background.set_covariance(900.0, 0.2)
    for arguments in calls:
        assert torch.equal(background(*arguments), KrigingBackground(900.0, 0.2).eval()(*arguments))
    assert len(pickle.dumps(background)) < 10_000


def test_no_more_is_kept_than_the_limit(monkeypatch):
    monkeypatch.setattr("aqnet_pyg.nn.background.CACHE_SIZE", 2 * 15**2 + 1)
    background = KrigingBackground().eval()
    for seed in range(3):
        pos, value, valid = network(seed, missing=0.0)
        background(value, valid, pos)
    assert sum(part.numel() for each in background._cache.values() for part in each) <= 2 * 15**2 + 1


@pytest.mark.parametrize("dense", [0, 1000])
def test_what_was_kept_in_inference_mode_serves_in_training(monkeypatch, dense):
    monkeypatch.setattr("aqnet_pyg.nn.background.DENSE_STATIONS", dense)
    pos, value, valid = network(7, stations=40)
    background = KrigingBackground()
    with torch.inference_mode():
        background.eval()(value.clone(), valid.clone(), pos.clone())
    background(value.requires_grad_(), valid, pos).sum().backward()
    assert value.grad.abs().sum() > 0
