"""The contract of radius_edges, against a brute-force haversine in float64."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import available_kernels, knn_edges, radius_edges
from aqnet_pyg.testing import (
    assert_batch_separate,
    assert_sorted,
    assert_within_radius,
    batches,
    coordinates,
    networks,
)

RADIUS = st.sampled_from([1e-3, 1.0, 100.0, 1000.0, 6000.0, 15_000.0, 20_100.0, float("inf")])


@given(networks(), RADIUS, st.sampled_from(available_kernels()))
def test_neighbors_are_all_within_the_radius(network, radius_km, kernel):
    pos, visible = network
    edge_index = radius_edges(pos, radius_km, visible=visible, kernel=kernel)
    assert_within_radius(edge_index, pos, visible, radius_km)


@given(networks(), RADIUS)
def test_edges_are_in_order_of_target_distance_source(network, radius_km):
    pos, visible = network
    assert_sorted(radius_edges(pos, radius_km, visible=visible), pos)


@given(networks(), RADIUS)
def test_every_kernel_gives_the_same_edges(network, radius_km):
    pos, visible = network
    first, *others = (radius_edges(pos, radius_km, visible=visible, kernel=kernel) for kernel in available_kernels())
    assert all(torch.equal(first, other) for other in others)


@given(batches(), RADIUS)
def test_a_batch_is_its_graphs(network, radius_km):
    pos, visible, batch = network
    edge_index = radius_edges(pos, radius_km, visible=visible, batch=batch)
    assert_batch_separate(edge_index, batch)
    assert_within_radius(edge_index, pos, visible, radius_km, batch=batch)


@given(networks(), coordinates(1), RADIUS)
def test_targets_apart_from_stations_have_all_within_the_radius(network, cells, radius_km):
    pos, visible = network
    edge_index = radius_edges(pos, radius_km, visible=visible, pos_dst=cells)
    assert_within_radius(edge_index, pos, visible, radius_km, pos_dst=cells)
    assert_sorted(edge_index, pos, pos_dst=cells)


@given(networks(), RADIUS, st.integers(1, 6))
def test_at_most_so_many_are_the_nearest_of_all(network, radius_km, most):
    pos, visible = network
    every = radius_edges(pos, radius_km, visible=visible)
    rank = torch.arange(every.size(1)) - torch.searchsorted(every[1].contiguous(), every[1].contiguous())
    fewer = radius_edges(pos, radius_km, visible=visible, max_neighbors=most)
    assert torch.equal(fewer, every[:, rank < most])


@given(networks())
def test_without_end_the_radius_reaches_all_as_k_does(network):
    pos, visible = network
    everyone = knn_edges(pos, len(pos), visible=visible)
    assert torch.equal(radius_edges(pos, float("inf"), visible=visible), everyone)


@pytest.mark.parametrize("kernel", available_kernels())
def test_no_limit_of_32_neighbors(kernel):
    pos = torch.rand(100, 2, dtype=torch.float64)
    assert radius_edges(pos, 1000.0, kernel=kernel).size(1) == 100 * 99


@pytest.mark.parametrize("most", [None, 1])
@pytest.mark.parametrize("kernel", available_kernels())
def test_a_station_just_at_the_radius_is_inside(kernel, most):
    # A degree of longitude at the equator, in kilometers, as the haversine has it.
    degree = 6371.0088 * np.pi / 180
    pos = torch.tensor([[0.0, 0.0], [1.0, 0.0]], dtype=torch.float64)
    assert radius_edges(pos, degree, max_neighbors=most, kernel=kernel).tolist() == [[1, 0], [0, 1]]
    assert radius_edges(pos, degree - 1e-5, max_neighbors=most, kernel=kernel).numel() == 0


def test_across_the_antimeridian_and_over_the_pole():
    pos = torch.tensor([[179.9, 0.0], [-179.9, 0.0], [0.0, 89.9], [180.0, 89.9]])
    assert radius_edges(pos, 30.0).tolist() == [[1, 0, 3, 2], [0, 1, 2, 3]]


def test_nothing_visible_gives_no_edges():
    assert radius_edges(torch.rand(4, 2), 100.0, visible=torch.zeros(4, dtype=torch.bool)).shape == (2, 0)
    assert radius_edges(torch.empty(0, 2), 100.0).shape == (2, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"radius_km": 0.0}, "radius_km: 0.0"),
        ({"radius_km": float("nan")}, "radius_km: nan"),
        ({"radius_km": 1.0, "max_neighbors": 0}, "max_neighbors: 0"),
        ({"radius_km": 1.0, "pos": torch.tensor([[0.0, torch.nan]])}, "row 0"),
        ({"radius_km": 1.0, "visible": torch.ones(3)}, "visible: shape"),
        ({"radius_km": 1.0, "kernel": "none such"}, "kernel"),
    ],
)
def test_what_cannot_be_used_is_refused(arguments, message):
    arguments = {"pos": torch.tensor([[0.0, 0.0], [1.0, 1.0]])} | arguments
    with pytest.raises(InputError, match=message):
        radius_edges(**arguments)
