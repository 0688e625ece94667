"""Examples of knn_edges and large searches; properties on any network are in tests/properties."""

import numpy as np
import pytest
import torch

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import available_kernels, knn, knn_edges
from aqnet_pyg.testing import haversine_km


def test_ties_break_by_index():
    ring = torch.tensor([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    assert knn_edges(ring, 2)[:, :2].tolist() == [[1, 2], [0, 0]]
    source, target = knn_edges(torch.zeros(40, 2), 3)
    assert source[target == 39].tolist() == [0, 1, 2]
    assert source[target == 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize("hidden", [0, 3])
def test_edges_have_the_distances_of_the_search(hidden):
    pos = torch.tensor([[0.0, 0.0], [1.0, 0.0], [3.0, 0.0], [7.0, 0.0]])
    edges = knn(pos, 3, visible=torch.arange(4) >= hidden)
    source, target = edges.edge_index
    assert target.bincount().tolist() == ([3] * 4 if not hidden else [1, 1, 1])
    np.testing.assert_allclose(edges.km, haversine_km(pos)[target, source])


def test_large_networks_are_sorted_spatially_before_the_search():
    rng = np.random.default_rng(0)
    pos = torch.from_numpy(rng.uniform([100, 30], [125, 45], (5000, 2)).round(1))  # with ties
    visible = torch.from_numpy(rng.random(5000) < 0.8)
    edges = knn_edges(pos, 6, visible=visible)
    some = torch.from_numpy(rng.choice(5000, 200, replace=False)).sort().values
    source, target = knn_edges(pos, 7, visible=visible, pos_dst=pos[some])
    kept = source != some[target]
    rank = kept.view(200, 7).cumsum(1).flatten()
    kept &= rank <= 6
    found = edges[:, torch.isin(edges[1], some)]
    assert torch.equal(found, torch.stack([source, some[target]])[:, kept])


@pytest.mark.slow
def test_ten_thousand_points_have_the_neighbors_of_brute_force():
    rng = np.random.default_rng(0)
    z = rng.uniform(-1, 1, 10_000)
    pos = torch.from_numpy(np.stack([rng.uniform(-180, 180, 10_000), np.degrees(np.arcsin(z))], axis=1))
    nearest = []
    for start in range(0, 10_000, 500):
        km = haversine_km(pos, pos[start : start + 500])
        km[np.arange(500), start + np.arange(500)] = np.inf
        first = np.argpartition(km, 33, axis=1)[:, :33]
        nearest.append(np.take_along_axis(first, np.take_along_axis(km, first, 1).argsort(1), 1))
    nearest = torch.from_numpy(np.concatenate(nearest))
    for kernel in available_kernels():
        for k in range(1, 33):
            source, target = knn_edges(pos, k, kernel=kernel)
            assert torch.equal(source.view(10_000, k), nearest[:, :k])
            assert torch.equal(target, torch.arange(10_000).repeat_interleave(k))


def test_targets_other_than_stations():
    pos = torch.tensor([[116.0, 40.0], [117.0, 40.0], [118.0, 40.0]])
    cells = torch.tensor([[116.1, 40.0], [118.0, 40.0]])
    assert knn_edges(pos, 2, pos_dst=cells).tolist() == [[0, 1, 2, 1], [0, 0, 1, 1]]
    visible = torch.tensor([True, True, False])
    assert knn_edges(pos, 5, visible=visible, pos_dst=cells).tolist() == [[0, 1, 1, 0], [0, 0, 1, 1]]


def test_across_the_antimeridian_and_over_the_pole():
    pos = torch.tensor([[179.9, 0.0], [-179.9, 0.0], [170.0, 0.0], [0.0, 89.0], [180.0, 89.0], [90.0, 70.0]])
    source, target = knn_edges(pos, 1)
    assert source[target == 0].tolist() == [1]
    assert source[target == 3].tolist() == [4]


def test_no_visible_station_gives_no_edges():
    assert knn_edges(torch.rand(4, 2), 3, visible=torch.zeros(4, dtype=torch.bool)).shape == (2, 0)
    assert knn_edges(torch.rand(1, 2), 3).shape == (2, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"k": 0}, "k: got 0"),
        ({"k": 2, "pos": torch.tensor([[0.0, torch.nan], [1.0, 1.0]])}, "row 0"),
        ({"k": 2, "pos": torch.tensor([[40.0, 116.0], [1.0, 1.0]])}, "row 0"),
        ({"k": 2, "pos": torch.zeros(3)}, "shape"),
        ({"k": 2, "visible": torch.ones(3)}, "visible: got shape"),
        ({"k": 2, "visible": torch.ones(4, 3)}, r"visible: got shape \(4, 3\)"),
        ({"k": 2, "visible": torch.ones(4, 2), "batch": torch.zeros(2)}, "omit batch"),
        ({"k": 2, "batch": torch.zeros(3).long()}, "batch: got shape"),
        ({"k": 2, "batch": torch.tensor([0, -1])}, "batch: .*number the graphs 0, 1"),
        ({"k": 2, "batch": torch.tensor([0.0, 0.5])}, "batch: .*number the graphs 0, 1"),
        ({"k": 2, "pos": torch.tensor([[torch.inf, 0.0], [1.0, 1.0]])}, "row 0"),
        ({"k": 2, "pos_dst": torch.tensor([[0.0, 0.0], [0.0, -91.0]])}, "row 1"),
        ({"k": 2, "kernel": "none such"}, "kernel"),
    ],
)
def test_invalid_arguments_raise_an_error(arguments, message):
    arguments = {"pos": torch.tensor([[0.0, 0.0], [1.0, 1.0]])} | arguments
    with pytest.raises(InputError, match=message):
        knn_edges(**arguments)
