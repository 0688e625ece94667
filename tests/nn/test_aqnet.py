"""Guarantees of the network: no leak, equivariance, a classical method at initialization."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nn.small_networks import FORECAST, RECONSTRUCT, WINDOWS, K, perturbed_network, windows
from station_samples import random_station_data
from torch_geometric.explain import Explainer, GNNExplainer
from torch_geometric.loader import DataLoader
from torch_geometric.nn import summary

from aqnet_pyg import InputError
from aqnet_pyg.baselines import OrdinaryKriging
from aqnet_pyg.nn import AQNet, ClassicalKNN, InverseDistance, TemporalEncoder
from aqnet_pyg.scaling import Scaler


@WINDOWS
@settings(max_examples=15)
@given(seed=st.integers(0, 1000))
@torch.no_grad()
def test_nothing_measured_at_hidden_stations_or_later_changes_a_prediction(window, seed):
    data = random_station_data(hours=window.length, seed=seed)
    rng = np.random.default_rng(seed)
    hidden = list(rng.choice(data.station.values, rng.integers(1, 7), replace=False))
    scaler = Scaler.fit(data, ["pm25", "pm10", "o3"])
    model = perturbed_network(window, scaler, seed)
    before = model(windows(data, window, hidden, scaler)[0])
    changed = data.copy(deep=True)
    for name in ("pm25", "pm10", "o3"):
        hidden_values = changed[name].sel(station=hidden)
        changed[name].loc[{"station": hidden}] = rng.uniform(0, 1000, hidden_values.shape)
        changed[name][window.history :] = rng.uniform(0, 1000, changed[name][window.history :].shape)
    after = model(windows(changed, window, hidden, scaler)[0])
    assert torch.equal(before, after)


@WINDOWS
@settings(max_examples=8)
@given(seed=st.integers(0, 1000))
@torch.no_grad()
def test_a_reconstruction_does_not_depend_on_the_station_itself(window, seed):
    data = random_station_data(hours=window.length, seed=seed, missing=0.0)
    scaler = Scaler.fit(data, ["pm25", "pm10", "o3"])
    model = perturbed_network(window, scaler, seed)
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
    model = perturbed_network(window, scaler, seed)
    names = dict(zip(data.station.values, np.random.default_rng(seed).permutation(data.station.values), strict=True))
    renamed = data.assign_coords(station=[names[code] for code in data.station.values])
    first = windows(data, window, hidden, scaler)
    second = windows(renamed, window, [names[code] for code in hidden], scaler)
    order = [second.codes.index(names[code]) for code in first.codes]
    assert torch.allclose(model(first[0]), model(second[0])[order], rtol=1e-4, atol=1e-3)


@WINDOWS
@torch.no_grad()
def test_adding_360_degrees_to_longitudes_changes_nothing(window):
    data = random_station_data(hours=window.length)
    west = data.assign_coords(longitude=-(data.longitude - 100).round(6))
    turned = west.assign_coords(longitude=west.longitude + 360)
    scaler = Scaler.fit(data, ["pm25", "pm10", "o3"])
    model = perturbed_network(window, scaler)
    first, second = (model(windows(each, window, scaler=scaler)[0]) for each in (west, turned))
    assert torch.allclose(first, second, rtol=1e-5, atol=1e-4)


@WINDOWS
@torch.no_grad()
def test_a_batch_is_its_windows(window):
    data = random_station_data(hours=window.length + 5)
    dataset = windows(data, window, hidden=list(data.station.values[:2]))
    model = perturbed_network(window, dataset.scaler)
    batch = next(iter(DataLoader(dataset, batch_size=3)))
    alone = torch.cat([model(dataset[number]) for number in range(3)])
    assert torch.allclose(model(batch), alone, rtol=1e-4, atol=1e-3)


@torch.no_grad()
def test_untrained_reconstruction_is_kriging_from_all_stations():
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
def test_untrained_forecast_is_damped_persistence():
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
    model = perturbed_network(RECONSTRUCT, scaler)
    torch.nn.init.zeros_(model.head.layers[2].weight)
    torch.nn.init.zeros_(model.head.layers[2].bias)
    assert torch.allclose(model(dataset[0]), torch.tensor(50.0), atol=1e-2)


@WINDOWS
@torch.no_grad()
def test_output_is_never_negative(window):
    data = random_station_data(hours=window.length)
    dataset = windows(data, window)
    model = perturbed_network(window, dataset.scaler)
    model.head.layers[2].bias.fill_(-100.0)
    assert (model(dataset[0]) >= 0).all()


@WINDOWS
def test_parts_can_be_replaced(window):
    dataset = windows(random_station_data(hours=window.length), window)
    encoder = TemporalEncoder(2 * 3 + 6, channels=8, patch=4, layers=2)
    interpolator = ClassicalKNN(K, InverseDistance())
    model = AQNet(window, dataset.scaler, k=K, channels=8, encoder=encoder, interpolator=interpolator)
    assert model.encoder is encoder
    assert model.interpolator is interpolator
    assert model(dataset[0]).shape == (12, window.steps)


def test_the_published_network():
    dataset = windows(random_station_data(hours=FORECAST.length), FORECAST)
    assert AQNet.paper(FORECAST, dataset.scaler, k=K)(dataset[0]).shape == (12, 48)
    with pytest.raises(InputError, match="only forecasts"):
        AQNet.paper(RECONSTRUCT, dataset.scaler)


def test_more_neighbors_than_k_are_refused():
    data = random_station_data()
    dataset = windows(data, RECONSTRUCT)
    with pytest.raises(InputError, match="k = 2"):
        AQNet(RECONSTRUCT, dataset.scaler, k=2, channels=8)(dataset[0])


@WINDOWS
def test_attention_weights_of_visible_stations(window):
    data = random_station_data(hours=window.length)
    dataset = windows(data, window, hidden=list(data.station.values[:3]))
    weights = AQNet(window, dataset.scaler, k=K, channels=8).attention(dataset[0])
    tokens = window.history // 4
    assert weights.shape == (9, 4, 2 if window is FORECAST else tokens, tokens)
    assert torch.allclose(weights.sum(dim=-1), torch.ones(weights.shape[:-1]), atol=1e-5)


@WINDOWS
@torch.no_grad()
def test_tensors_are_taken_like_data(window):
    data = random_station_data(hours=window.length + 1)
    dataset = windows(data, window, hidden=list(data.station.values[:3]))
    model = perturbed_network(window, dataset.scaler)
    batch = next(iter(DataLoader(dataset, batch_size=2)))
    rest = (batch.edge_index, batch.edge_attr, batch.pos, batch.time, batch.utc_offset)
    masks = {"x_mask": batch.x_mask, "visible": batch.visible, "batch": batch.batch}
    assert torch.equal(model(batch.x, *rest, **masks), model(batch))
    assert torch.equal(model(batch.x.flatten(1), *rest, **masks), model(batch))


@torch.no_grad()
def test_without_masks_every_station_is_visible_and_measured():
    dataset = windows(random_station_data(missing=0.0), RECONSTRUCT)
    model, data = perturbed_network(RECONSTRUCT, dataset.scaler), dataset[0]
    tensors = (data.x, data.edge_index, data.edge_attr, data.pos, data.time, data.utc_offset)
    assert torch.equal(model(*tensors), model(data))


@torch.no_grad()
def test_covariates_are_missing_where_no_tensor_is_given():
    dataset = windows(random_station_data(missing=0.0), RECONSTRUCT)
    model, data = perturbed_network(RECONSTRUCT, dataset.scaler, known=Scaler(("t2m",), (0.0,), (1.0,))), dataset[0]
    tensors = (data.x, data.edge_index, data.edge_attr, data.pos, data.time, data.utc_offset)
    missing = torch.zeros(len(data.x), RECONSTRUCT.steps, 2)
    assert torch.equal(model(*tensors), model(*tensors, known=missing))
    assert not torch.equal(model(*tensors), model(*tensors, known=missing + 1))


@WINDOWS
def test_gnn_explainer_masks_the_edges_to_the_station(window):
    dataset = windows(random_station_data(hours=window.length), window)
    data = dataset[0]
    explainer = Explainer(
        perturbed_network(window, dataset.scaler),
        GNNExplainer(epochs=3),
        explanation_type="model",
        node_mask_type="attributes",
        edge_mask_type="object",
        model_config={"mode": "regression", "task_level": "node", "return_type": "raw"},
    )
    rest = {name: data[name] for name in ("edge_attr", "pos", "time", "utc_offset", "x_mask")}
    x = data.x.flatten(1)
    explanation = explainer(x, data.edge_index, index=4, **rest)
    assert explanation.node_mask.shape == x.shape
    to_station = data.edge_index[1] == 4
    assert (explanation.edge_mask[~to_station] == 0).all()
    # A forecast at a visible station is its own, which no edge changes, up to the state that the head is given.
    assert (explanation.edge_mask[to_station] > 0).any()


@WINDOWS
def test_summary(window):
    pytest.importorskip("tabulate")
    dataset = windows(random_station_data(hours=window.length), window)
    model = AQNet(window, dataset.scaler, k=K, channels=8)
    table = summary(model, dataset[0])
    for part in ("AQNet", "(encoder)TemporalEncoder", "(interpolator)NeuralKNN", "(head)DepartureHead"):
        assert part in table
    assert f"[12, {window.steps}]" in table


def test_unknown_target_is_refused():
    with pytest.raises(InputError, match="target: 'no2'"):
        AQNet(RECONSTRUCT, Scaler(("pm25",), (50.0,), (20.0,)), target="no2")


@WINDOWS
@torch.no_grad()
def test_predictions_at_targets_are_those_of_all_stations(window):
    data = random_station_data(hours=window.length + 1)
    items = windows(data, window, hidden=data.station.values[:2])
    model = perturbed_network(window, items.scaler)
    for item in (items[0], next(iter(DataLoader(items, batch_size=2)))):
        everywhere = model(item)
        item.targets = torch.arange(len(item.pos)) % 3 == 0
        kept = item.targets[item.edge_index[1]]
        item.edge_index, item.edge_attr = item.edge_index[:, kept], item.edge_attr[kept]
        expected = torch.where(item.targets[:, None], everywhere, 0.0)
        assert torch.allclose(model(item), expected, rtol=1e-5, atol=1e-5)


@WINDOWS
def test_gradients_are_summed_in_one_order(window):
    # With several threads, an index in brackets that takes rows repeatedly adds up their gradients in any order.
    data = random_station_data(hours=window.length)
    model = perturbed_network(window, Scaler.fit(data, ["pm25", "pm10", "o3"])).train()
    dataset = windows(data, window, list(data.station.values[:3]), model.scaler)
    batch = next(iter(DataLoader([dataset[0], dataset[0]], batch_size=2)))
    nodes, seen = [model(batch)[batch.y_mask].sum().grad_fn], set()
    while nodes:
        node = nodes.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        nodes += [before for before, _ in node.next_functions]
        if node.name().startswith("IndexBackward"):
            for index in node._saved_indices:
                assert index is None or index.dtype == torch.bool or len(index.unique()) == index.numel()
    assert len(seen) > 100
