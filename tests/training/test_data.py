"""Training and validation windows."""

import copy

import numpy as np
import pytest
import torch
from station_samples import random_station_data
from torch_geometric.data import Batch
from training.training_windows import WINDOW, parts

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import KNNGraphBuilder
from aqnet_pyg.nn import AQNet
from aqnet_pyg.windows import Window


def test_scaler_and_training_windows_have_training_stations_and_hours_only():
    data = random_station_data()
    before = parts(data)
    changed = data.copy(deep=True)
    for name in changed.data_vars:
        changed[name][:, -2:] *= 2
        changed[name][-24:] *= 2
    assert parts(changed).scaler == before.scaler
    assert torch.equal(
        torch.nan_to_num(parts(changed).train_windows.values), torch.nan_to_num(before.train_windows.values)
    )


def test_measurements_of_validation_stations_are_scored_and_hidden():
    data = random_station_data()
    windows = parts(data).validation_windows
    assert [code for code, hidden in zip(windows.codes, windows.hidden, strict=True) if hidden] == sorted(
        data.station.values[-2:]
    )
    for item in windows:
        assert torch.equal(item.scored, item.y_mask & ~item.visible[:, None])
        assert item.scored.any()
        assert not item.x_mask[~item.visible].any()
    assert sum(int(item.scored.sum()) for item in windows) == int(data.pm25[-24:, -2:][2:-6].notnull().sum())


def test_every_training_window_hides_other_stations_and_has_a_graph_of_the_rest():
    windows = parts(random_station_data()).train_windows
    items = [windows[0] for _ in range(10)]
    assert len({tuple(item.visible.tolist()) for item in items}) > 1
    for item in items:
        assert item.visible[item.edge_index[0]].all()
        assert (item.edge_index[1].bincount(minlength=10) == 4).all()


def test_a_batch_has_about_as_many_stations_whatever_their_number():
    few, more = (parts(random_station_data(stations=number)) for number in (12, 42))
    assert (few.batch_size, more.batch_size) == (60, 15)
    (batch,) = parts(random_station_data(hours=64), batch_size=100).train_dataloader()
    assert batch.num_graphs == 40 - 11
    assert next(iter(parts(random_station_data(), batch_size=3).train_dataloader())).num_graphs == 3


def test_a_given_graph_replaces_k():
    windows = parts(random_station_data(), graph=KNNGraphBuilder(2))
    assert windows.train_windows[0].edge_index.size(1) == 10 * 2


@pytest.mark.parametrize(
    ("options", "message"),
    [({"k": 10}, "k: 10 neighbors"), ({"variables": ["pm25", "snow"]}, "snow"), ({"target": "co"}, "target")],
)
def test_what_cannot_be_used_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        parts(random_station_data(), **options)


def test_validation_without_a_measurement_is_refused():
    data = random_station_data()
    data["pm25"][-24:, -2:] = np.nan
    with pytest.raises(InputError, match="validation"):
        parts(data)


def test_a_sample_of_many_stations_is_predicted_in_a_training_step():
    module = parts(random_station_data(stations=42), targets_per_step=20)
    windows = module.train_windows
    items = [windows[0] for _ in range(5)]
    assert len({tuple(item.targets.tolist()) for item in items}) == 5
    for item in items:
        assert item.targets.sum() == 20
        assert item.y_mask[item.targets].any(dim=1).all()
        assert not item.y_mask[~item.targets].any()
        assert item.visible[item.edge_index[0]].all()
        assert torch.equal(item.edge_index[1].bincount(minlength=40), 4 * item.targets)
        assert len(item.edge_attr) == item.edge_index.size(1)
    assert "targets" not in module.validation_windows[0]
    few = parts(random_station_data(stations=22), targets_per_step=20)
    assert "targets" not in few.train_windows[0]
    forecast = parts(random_station_data(stations=42, hours=72), Window(12, horizon=12), targets_per_step=20)
    assert "targets" not in forecast.train_windows[0]


def test_the_sample_follows_the_seed():
    def targets(seed):
        torch.manual_seed(seed)
        return parts(random_station_data(stations=42), targets_per_step=20).train_windows[0].targets

    assert torch.equal(targets(1), targets(1))
    assert not torch.equal(targets(1), targets(2))


@torch.no_grad()
def test_no_station_of_the_sample_is_predicted_from_its_own_measurements():
    module = parts(random_station_data(stations=42), targets_per_step=20)
    torch.manual_seed(0)
    model = AQNet(WINDOW, module.scaler, k=4, channels=8)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    item = module.train_windows[0]
    expected = model(item)
    for target in (item.targets & item.visible).nonzero().flatten().tolist():
        changed = copy.copy(item)
        changed.x = item.x.index_fill(0, torch.tensor(target), 3.0)
        predicted = model(changed)
        assert torch.allclose(predicted[target], expected[target], atol=1e-3)
        assert not torch.allclose(predicted, expected, atol=1e-3)


@torch.no_grad()
@pytest.mark.parametrize("window", [WINDOW, Window(12, horizon=12)])
def test_validation_predicts_only_the_validation_stations_and_these_as_with_all(window):
    module = parts(random_station_data(hours=72), window)
    torch.manual_seed(0)
    model = AQNet(window, module.scaler, k=4, channels=8).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    (batch,) = module.val_dataloader()
    assert torch.equal(batch.targets, module.validation_windows.hidden.repeat(batch.num_graphs))
    assert torch.equal(batch.edge_index[1].unique(), batch.targets.nonzero().flatten())
    complete = Batch.from_data_list(list(module.validation_windows))
    assert torch.equal(batch.scored, complete.scored)
    assert batch.scored.any()
    torch.testing.assert_close(model(batch)[batch.scored], model(complete)[batch.scored])
