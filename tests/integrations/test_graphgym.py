"""GraphGym trains the network, and its own layers between the encoder and the head."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
import torch
from station_samples import random_station_data

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import write_netcdf

pytest.importorskip("yacs")

from torch_geometric.graphgym.config import cfg, set_cfg

from aqnet_pyg.integrations import graphgym, run_graphgym

CONFIG = Path(__file__).parents[2] / "tutorials" / "graphgym.yaml"


@pytest.fixture
def options(tmp_path):
    """Options of a tiny run that replace those of the example."""
    write_netcdf(random_station_data(stations=20, hours=24 * 10), tmp_path / "small.nc")
    data = {"dataset.name": "netcdf", "aqnet.path": str(tmp_path / "small.nc"), "aqnet.history": 12, "aqnet.margin": 2}
    small = {
        "aqnet.k": 4,
        "aqnet.channels": 8,
        "aqnet.stride": 40,
        "optim.max_epoch": 1,
        "out_dir": str(tmp_path / "out"),
    }
    return [str(part) for pair in (data | small).items() for part in pair]


@pytest.mark.parametrize("kind", ["aqnet", "gnn"])
def test_graphgym_trains(kind, options):
    folder = run_graphgym(CONFIG, [*options, "model.type", kind])
    for part in ("train", "val", "test"):
        scores = json.loads((folder / part / "stats.json").read_text().splitlines()[-1])
        assert 0 < scores["mae"] < 3


@pytest.fixture
def windows(options):
    set_cfg(cfg)
    cfg.merge_from_file(str(CONFIG))
    cfg.merge_from_list(options)
    return graphgym.load_windows("aqnet", "netcdf", "")


def test_scored_measurements(windows):
    assert graphgym.load_windows("PyG", "Cora", "") is None
    sizes = [len(windows.data[f"{part}_graph_index"]) for part in graphgym.SPLITS]
    assert sum(sizes) == len(windows) == sum(map(len, windows.splits))
    first, last = windows[0], windows[len(windows) - 1]
    assert torch.equal(first.scored, first.y_mask)
    hidden = windows.splits[2].hidden
    assert hidden.sum() == 2
    assert last.scored[hidden].any()
    assert not last.scored[~hidden].any()
    assert not last.x[hidden].any()


def test_features_of_hidden_stations_are_zero(windows):
    encoded = graphgym.AQNetEncoder(8)(windows[len(windows) - 1])
    assert encoded.x.shape == (20, 8)
    assert not encoded.x[~encoded.visible].any()


def test_the_model_needs_a_data_set():
    set_cfg(cfg)
    with pytest.raises(InputError, match=r"dataset.format: .* has no scaler.*create the data set before the model"):
        graphgym.AQNetHead(8, 1) and graphgym.AQNetNetwork(1, 1)


def test_no_hidden_station_or_path_is_refused(windows):
    cfg.merge_from_list(["aqnet.hidden", 0.0])
    with pytest.raises(InputError, match=r"aqnet.hidden: no station is hidden"):
        graphgym.load_windows("aqnet", "netcdf", "")
    cfg.merge_from_list(["aqnet.path", ""])
    with pytest.raises(InputError, match=r"aqnet.path: the source 'netcdf' needs"):
        graphgym.load_windows("aqnet", "netcdf", "")


def test_a_missing_yacs_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "yacs", None)
    monkeypatch.delitem(sys.modules, "yacs.config")
    spec = importlib.util.spec_from_file_location("graphgym_without_yacs", graphgym.__file__)
    with pytest.raises(ModuleNotFoundError, match=r"yacs is not installed.*aqnet-pyg\[graphgym\]"):
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
