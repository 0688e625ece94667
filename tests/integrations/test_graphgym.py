"""GraphGym trains our network, and its own between our encoder and head."""

import json
from pathlib import Path

import pytest
import torch
from station_samples import random_station_data
from test_package import python

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import write_netcdf

pytest.importorskip("yacs")

from torch_geometric.graphgym.config import cfg, set_cfg

from aqnet_pyg.integrations import graphgym

CONFIG = Path(__file__).parents[2] / "tutorials" / "graphgym.yaml"


@pytest.fixture
def options(tmp_path):
    """Of a tiny run, instead of those of the example."""
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
    folder = graphgym.run(CONFIG, [*options, "model.type", kind])
    for part in ("train", "val", "test"):
        scores = json.loads((folder / part / "stats.json").read_text().splitlines()[-1])
        assert 0 < scores["mae"] < 3


def test_what_is_scored(options):
    set_cfg(cfg)
    cfg.merge_from_file(str(CONFIG))
    cfg.merge_from_list(options)
    windows = graphgym.load_windows("aqnet", "netcdf", "")
    assert graphgym.load_windows("PyG", "Cora", "") is None
    sizes = [len(windows.data[f"{part}_graph_index"]) for part in graphgym.PARTS]
    assert sum(sizes) == len(windows) == sum(map(len, windows.parts))
    first, last = windows[0], windows[len(windows) - 1]
    assert torch.equal(first.scored, first.y_mask)
    hidden = windows.parts[2].hidden
    assert hidden.sum() == 2
    assert last.scored[hidden].any()
    assert not last.scored[~hidden].any()
    assert not last.x[hidden].any()


def test_hidden_stations_start_at_zero(options):
    test_what_is_scored(options)
    windows = graphgym.load_windows("aqnet", "netcdf", "")
    encoded = graphgym.AQNetEncoder(8)(windows[len(windows) - 1])
    assert encoded.x.shape == (20, 8)
    assert not encoded.x[~encoded.visible].any()


def test_the_data_come_first():
    set_cfg(cfg)
    with pytest.raises(InputError, match=r"dataset.format: it is .*open the data before the model"):
        graphgym.AQNetHead(8, 1) and graphgym.AQNetNetwork(1, 1)


def test_a_missing_yacs_is_named():
    code = """
import sys
sys.modules["yacs"] = None
try:
    import aqnet_pyg.integrations.graphgym
except ModuleNotFoundError as error:
    print(error)
"""
    assert "pip install 'aqnet-pyg[graphgym]'" in python(code)
