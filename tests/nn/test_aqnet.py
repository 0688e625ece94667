"""The guarantees of the network: no leak, equivariance, a sensible start."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from station_samples import random_station_data
from torch_geometric.loader import DataLoader
from torch_geometric.transforms import Compose

from aqnet_pyg.baselines import OrdinaryKriging
from aqnet_pyg.datasets import StationDataset
from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import AddEdgeFeatures, ConnectNeighbors
from aqnet_pyg.nn import AQNet, ClassicalKNN, InverseDistance, TemporalEncoder
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.training.checkpoint import load_model, save_model
from aqnet_pyg.windows import Window

RECONSTRUCT, FORECAST = Window(24, margin=6), Window(24, horizon=48)
WINDOWS = pytest.mark.parametrize("window", [RECONSTRUCT, FORECAST], ids=["reconstruct", "forecast"])
K = 4


def windows(data, window, hidden=(), scaler=None):
    transform = Compose([ConnectNeighbors(K), AddEdgeFeatures()])
    return StationDataset(data, window, scaler=scaler, hidden=hidden, transform=transform)


def lively(window, scaler, seed=0, **options):
    """A model whose learned parts are not at zero, so that a test sees through them."""
    torch.manual_seed(seed)
    model = AQNet(window, scaler, k=K, channels=8, **options).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    return model


@WINDOWS
@settings(max_examples=15)
@given(seed=st.integers(0, 1000))
@torch.no_grad()
def test_nothing_measured_at_hidden_stations_or_later_changes_a_prediction(window, seed):
    data = random_station_data(hours=window.length, seed=seed)
    rng = np.random.default_rng(seed)
    hidden = list(rng.choice(data.station.values, rng.integers(1, 7), replace=False))
    scaler = Scaler.fit(data, ["pm25", "pm10", "o3"])
    model = lively(window, scaler, seed)
    before = model(windows(data, window, hidden, scaler)[0])
    changed = data.copy(deep=True)
    for name in ("pm25", "pm10", "o3"):
        secret = changed[name].sel(station=hidden)
        changed[name].loc[{"station": hidden}] = rng.uniform(0, 1e6, secret.shape)
        changed[name][window.history :] = rng.uniform(0, 1e6, changed[name][window.history :].shape)
    after = model(windows(changed, window, hidden, scaler)[0])
    assert torch.equal(before, after)


@WINDOWS
@settings(max_examples=15)
@given(seed=st.integers(0, 1000))
@torch.no_grad()
def test_a_reconstruction_is_blind_to_the_station_itself(window, seed):
    data = random_station_data(hours=window.length, seed=seed, missing=0.0)
    scaler = Scaler.fit(data, ["pm25", "pm10", "o3"])
    model = lively(window, scaler, seed)
    changed = data.copy(deep=True)
    changed["pm25"][:, 3] *= 2
    code = sorted(data.station.values).index(data.station.values[3])
    before, after = (model(windows(each, window, scaler=scaler)[0])[code] for each in (data, changed))
    assert torch.equal(before, after) == (window is RECONSTRUCT)


@WINDOWS
@settings(max_examples=15)
@given(seed=st.integers(0, 1000))
@torch.no_grad()
def test_relabeling_stations_relabels_predictions(window, seed):
    data = random_station_data(hours=window.length, seed=seed)
    hidden = list(data.station.values[:3])
    scaler = Scaler.fit(data, ["pm25", "pm10", "o3"])
    model = lively(window, scaler, seed)
    names = dict(zip(data.station.values, np.random.default_rng(seed).permutation(data.station.values), strict=True))
    renamed = data.assign_coords(station=[names[code] for code in data.station.values])
    first = windows(data, window, hidden, scaler)
    second = windows(renamed, window, [names[code] for code in hidden], scaler)
    order = [second.codes.index(names[code]) for code in first.codes]
    assert torch.allclose(model(first[0]), model(second[0])[order], rtol=1e-4, atol=1e-3)


@WINDOWS
@torch.no_grad()
def test_a_full_turn_of_longitudes_changes_nothing(window):
    data = random_station_data(hours=window.length)
    west = data.assign_coords(longitude=-(data.longitude - 100).round(6))
    turned = west.assign_coords(longitude=west.longitude + 360)
    scaler = Scaler.fit(data, ["pm25", "pm10", "o3"])
    model = lively(window, scaler)
    first, second = (model(windows(each, window, scaler=scaler)[0]) for each in (west, turned))
    assert torch.allclose(first, second, rtol=1e-5, atol=1e-4)


@WINDOWS
@torch.no_grad()
def test_a_batch_is_its_windows(window):
    data = random_station_data(hours=window.length + 5)
    dataset = windows(data, window, hidden=list(data.station.values[:2]))
    model = lively(window, dataset.scaler)
    batch = next(iter(DataLoader(dataset, batch_size=3)))
    alone = torch.cat([model(dataset[number]) for number in range(3)])
    assert torch.allclose(model(batch), alone, rtol=1e-4, atol=1e-3)


@torch.no_grad()
def test_untrained_it_is_kriging_from_all_stations():
    data = random_station_data().sortby("station")
    hidden = list(data.station.values[:3])
    dataset = windows(data, RECONSTRUCT, hidden)
    predicted = AQNet(RECONSTRUCT, dataset.scaler, k=K, channels=8)(dataset[0])
    shown = data.sel(station=data.station.values[3:])
    kriging = OrdinaryKriging(range_km=200.0, nugget=0.05)
    kriging.fit((shown.longitude.values, shown.latitude.values), shown.pm25.values)
    places = (data.longitude.values[:3], data.latitude.values[:3])
    expected = kriging.predict(places, shown.pm25.values[6:18]).T.clip(0.0)
    assert predicted[:3].numpy() == pytest.approx(expected, abs=0.5)


@torch.no_grad()
def test_untrained_it_forecasts_damped_persistence():
    data = random_station_data(missing=0.0, hours=FORECAST.length)
    dataset = windows(data, FORECAST)
    model, window = AQNet(FORECAST, dataset.scaler, k=K, channels=8), dataset[0]
    mean, std = dataset.scaler.mean[0], dataset.scaler.std[0]
    last_day = window.x[:, -24:, 0].mean(1) * std + mean
    expected = mean + (last_day[:, None] - mean) * torch.exp(-torch.arange(1, 49) / 24)
    assert torch.allclose(model(window), expected, atol=0.1)


@torch.no_grad()
def test_a_constant_field_is_reproduced_by_any_weights():
    data = random_station_data()
    data["pm25"] = data["pm25"] * 0 + 50.0
    scaler = Scaler(("pm25",), (40.0,), (20.0,))
    dataset = windows(data, RECONSTRUCT, scaler=scaler)
    model = lively(RECONSTRUCT, scaler)
    torch.nn.init.zeros_(model.head.layers[2].weight)
    torch.nn.init.zeros_(model.head.layers[2].bias)
    assert torch.allclose(model(dataset[0]), torch.tensor(50.0), atol=1e-2)


@WINDOWS
@torch.no_grad()
def test_output_is_never_negative(window):
    data = random_station_data(hours=window.length)
    dataset = windows(data, window)
    model = lively(window, dataset.scaler)
    model.head.layers[2].bias.fill_(-100.0)
    assert (model(dataset[0]) >= 0).all()


@WINDOWS
def test_a_part_can_be_swapped_and_saved(window, tmp_path):
    data = random_station_data(hours=window.length)
    dataset = windows(data, window)

    def parts():
        encoder = TemporalEncoder(2 * 3 + 6, channels=8, patch=4, layers=2)
        return {"encoder": encoder, "interpolator": ClassicalKNN(K, InverseDistance())}

    model = AQNet(window, dataset.scaler, k=K, channels=8, **parts())
    save_model(model, tmp_path / "own.ckpt")
    again = load_model(tmp_path / "own.ckpt", **parts())
    assert torch.equal(model(dataset[0]), again.predictor.network(dataset[0]))
    with pytest.raises(InputError, match="encoder, interpolator"):
        load_model(tmp_path / "own.ckpt")


def test_the_published_network(tmp_path):
    data = random_station_data(hours=FORECAST.length)
    dataset = windows(data, FORECAST)
    model = AQNet.paper(FORECAST, dataset.scaler, k=K)
    assert model(dataset[0]).shape == (12, 48)
    save_model(model, tmp_path / "paper.ckpt")
    assert torch.equal(load_model(tmp_path / "paper.ckpt").predictor.network(dataset[0]), model(dataset[0]))
    with pytest.raises(InputError, match="only forecasts"):
        AQNet.paper(RECONSTRUCT, dataset.scaler)


def test_checkpoint_round_trip_and_errors(tmp_path):
    data = random_station_data()
    dataset = windows(data, RECONSTRUCT)
    model = lively(RECONSTRUCT, dataset.scaler)
    save_model(model, tmp_path / "a.ckpt")
    again = load_model(tmp_path / "a.ckpt").predictor.network
    assert again.scaler == model.scaler
    assert again.window == model.window
    assert torch.equal(model(dataset[0]), again(dataset[0]))
    assert [path.name for path in tmp_path.iterdir()] == ["a.ckpt"]
    (tmp_path / "b.ckpt").write_text("no checkpoint")
    torch.save({"format": "other"}, tmp_path / "c.ckpt")
    for name, message in [("b.ckpt", "not a checkpoint"), ("c.ckpt", "format is 'other'"), ("d.ckpt", "no such")]:
        with pytest.raises(InputError, match=message):
            load_model(tmp_path / name)


def test_more_neighbors_than_k_are_refused():
    data = random_station_data()
    dataset = windows(data, RECONSTRUCT)
    with pytest.raises(InputError, match="k = 2"):
        AQNet(RECONSTRUCT, dataset.scaler, k=2, channels=8)(dataset[0])


@WINDOWS
def test_attention_can_be_asked_for(window):
    data = random_station_data(hours=window.length)
    dataset = windows(data, window, hidden=list(data.station.values[:3]))
    weights = AQNet(window, dataset.scaler, k=K, channels=8).attention(dataset[0])
    tokens = window.history // 4
    assert weights.shape == (9, 4, 2 if window is FORECAST else tokens, tokens)
    assert torch.allclose(weights.sum(dim=-1), torch.ones(weights.shape[:-1]), atol=1e-5)
