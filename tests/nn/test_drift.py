"""Networks that start at kriging of departures from first guesses."""

import numpy as np
import pytest
import torch
from nn.small_networks import FORECAST, RECONSTRUCT, WINDOWS, K, perturbed
from station_samples import random_station_data
from torch_geometric.loader import DataLoader
from torch_geometric.transforms import Compose

from aqnet_pyg import InputError
from aqnet_pyg.baselines import OrdinaryKriging
from aqnet_pyg.datasets import StationDataset
from aqnet_pyg.graph import AddEdgeFeatures, ConnectNeighbors
from aqnet_pyg.nn import AQNet, FirstGuessDrift
from aqnet_pyg.scaling import Scaler

KNOWN = Scaler(("elevation", "pm25_first_guess"), (0.0, 60.0), (1.0, 25.0))
FACTOR = 0.7


def guided_data(hours, missing=0.0, seed=0):
    data = random_station_data(hours=hours, seed=seed).sortby("station")
    rng = np.random.default_rng(seed)
    shape = data.sizes["time"], data.sizes["station"]
    field = rng.uniform(20, 100, shape).astype(np.float32)
    field[rng.random(shape) < missing] = np.nan
    return data.assign(pm25_first_guess=(("time", "station"), field), elevation=(("time", "station"), 0 * field + 1))


def windows(data, window, hidden=()):
    transform = Compose([ConnectNeighbors(K), AddEdgeFeatures()])
    scaler = Scaler.fit(data, ["pm25"])
    return StationDataset(data, window, scaler=scaler, hidden=hidden, transform=transform, known=KNOWN)


def guided_network(window, scaler, learned=False):
    torch.manual_seed(0)
    network = AQNet(window, scaler, k=K, channels=8, known=KNOWN, first_guess=("pm25_first_guess",)).eval()
    network = perturbed(network) if learned else network
    network.drift.set_factors(torch.tensor([FACTOR]))
    return network


def test_a_sum_of_first_guesses_and_an_estimate_where_one_is_missing():
    drift = FirstGuessDrift(2)
    known = torch.tensor([[[9.0, 1.0, 2.0, 1.0, 1.0, 1.0], [9.0, 1.0, 0.0, 1.0, 1.0, 0.0]]])
    assert drift(known, pytest.fail).tolist() == [[0.0, 0.0]]  # fields without a factor may be missing
    drift.set_factors(torch.tensor([0.5, 0.25]))
    given = []
    assert drift(known, lambda *parts: given.extend(parts) or torch.full((1, 2), 7.0)).tolist() == [[1.0, 7.0]]
    assert given[1].tolist() == [[True, False]]
    assert drift(known, lambda *parts: None).tolist() == [[1.0, 0.5]]
    drift.reset_parameters()
    assert drift.factors.tolist() == [0.0, 0.0]


@torch.no_grad()
def test_untrained_reconstruction_is_kriging_with_the_drift():
    data = guided_data(24)
    hidden = list(data.station.values[:3])
    dataset = windows(data, RECONSTRUCT, hidden)
    predicted = guided_network(RECONSTRUCT, dataset.scaler)(dataset[0])[:3].numpy()
    shown = data.isel(station=slice(3, None))
    factor = FACTOR * dataset.scaler.std[0] / KNOWN.std[1]
    kriging = OrdinaryKriging(range_km=200.0, nugget=0.05)
    departures = (shown.pm25 - factor * shown.pm25_first_guess).values
    kriging.fit((shown.longitude.values, shown.latitude.values), departures)
    at_hidden = data.isel(station=slice(0, 3))
    places = at_hidden.longitude.values, at_hidden.latitude.values
    expected = kriging.predict(places, departures) + factor * at_hidden.pm25_first_guess.values
    assert predicted == pytest.approx(expected[6:18].T.clip(0.0), abs=0.5)


@torch.no_grad()
def test_without_the_first_guess_it_is_the_network_without_factors():
    data = guided_data(24, missing=1.0)
    dataset = windows(data, RECONSTRUCT, list(data.station.values[:3]))
    network = guided_network(RECONSTRUCT, dataset.scaler, learned=True)
    with_factors = network(dataset[0])
    network.drift.reset_parameters()
    assert torch.equal(with_factors, network(dataset[0]))


@WINDOWS
@torch.no_grad()
def test_cells_are_predicted_like_hidden_stations_and_without_a_first_guess_from_that_of_stations(window):
    data = guided_data(window.length)
    dataset = windows(data, window, list(data.station.values[:3]))
    network, item = guided_network(window, dataset.scaler), dataset[0]
    expected = network(item)[:3]
    edges = item.edge_index[:, item.edge_index[1] < 3], item.edge_attr[item.edge_index[1] < 3]
    encoded = network.encode(item)
    places, known = (item.pos, item.pos[:3]), item.known[:3]
    found = network.decode(
        network.interpolate(encoded, places, *edges, known=known), encoded.time_encoding, known=known
    )
    assert torch.allclose(found, expected, rtol=1e-4, atol=1e-3)
    without = network.decode(network.interpolate(encoded, places, *edges), encoded.time_encoding)
    network.drift.reset_parameters()
    plain = network.encode(item)
    unguided = network.decode(network.interpolate(plain, places, *edges), plain.time_encoding)
    assert torch.allclose(without, unguided, rtol=1e-4, atol=1e-2)
    assert not torch.allclose(without, found, atol=1.0)


@WINDOWS
@torch.no_grad()
def test_nothing_measured_at_hidden_stations_or_later_changes_a_guided_prediction(window):
    data = guided_data(window.length, missing=0.2)
    hidden = list(data.station.values[:3])
    dataset = windows(data, window, hidden)
    network = guided_network(window, dataset.scaler, learned=True)
    changed = data.copy(deep=True)
    changed["pm25"].loc[{"station": hidden}] = 900.0
    changed["pm25"][window.history :] = 800.0
    other = StationDataset(
        changed, window, scaler=dataset.scaler, hidden=hidden, transform=dataset.transform, known=KNOWN
    )
    assert torch.equal(network(dataset[0]), network(other[0]))


@torch.no_grad()
def test_a_batch_is_its_windows_and_targets_are_those_of_all_stations():
    data = guided_data(RECONSTRUCT.length + 3, missing=0.2)
    dataset = windows(data, RECONSTRUCT, list(data.station.values[:2]))
    network = guided_network(RECONSTRUCT, dataset.scaler, learned=True)
    batch = next(iter(DataLoader(dataset, batch_size=3)))
    alone = torch.cat([network(dataset[number]) for number in range(3)])
    assert torch.allclose(network(batch), alone, rtol=1e-4, atol=1e-3)
    batch.targets = torch.arange(len(batch.pos)) % 3 == 0
    kept = batch.targets[batch.edge_index[1]]
    batch.edge_index, batch.edge_attr = batch.edge_index[:, kept], batch.edge_attr[kept]
    expected = torch.where(batch.targets[:, None], alone, 0.0)
    assert torch.allclose(network(batch), expected, rtol=1e-4, atol=1e-3)


def test_first_guesses_are_the_last_covariates():
    scaler = Scaler(("pm25",), (50.0,), (20.0,))
    with pytest.raises(InputError, match="first_guess: elevation are not the last covariates of elevation, pm25_first"):
        AQNet(FORECAST, scaler, known=KNOWN, first_guess=("elevation",))
    with pytest.raises(InputError, match="are not the last covariates of none"):
        AQNet(FORECAST, scaler, first_guess=("pm25_first_guess",))
