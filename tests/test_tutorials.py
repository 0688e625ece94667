"""The examples run, and their own parts are in use."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

TUTORIALS = Path(__file__).parent.parent / "tutorials"


def load(name):
    spec = importlib.util.spec_from_file_location(name, TUTORIALS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["own_edge_builder", "own_edge_feature"])
def test_example_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert np.isfinite(load(name).main(steps=2))


def test_octants_give_the_nearest_of_each_direction():
    pos = torch.tensor([[0.0, 0.0], [0.0, 1.0], [0.0, 2.0], [1.0, 0.0], [-1.0, 0.0], [0.0, -1.0]], dtype=torch.float64)
    builder = load("own_edge_builder").Octants()
    edge_index, edge_attr = builder(pos, torch.ones(6, dtype=torch.bool))
    assert set(edge_index[0][edge_index[1] == 0].tolist()) == {1, 3, 4, 5}
    assert edge_attr.shape == (edge_index.size(1), 3)
