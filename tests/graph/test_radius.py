"""Examples of radius_edges; properties on any network are in tests/properties."""

import numpy as np
import pytest
import torch

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import available_kernels, radius_edges


@pytest.mark.parametrize("kernel", available_kernels())
def test_no_limit_of_32_neighbors(kernel):
    pos = torch.rand(100, 2, dtype=torch.float64)
    assert radius_edges(pos, 1000.0, kernel=kernel).size(1) == 100 * 99


@pytest.mark.parametrize("most", [None, 1])
@pytest.mark.parametrize("kernel", available_kernels())
def test_a_station_exactly_at_the_radius_is_a_neighbor(kernel, most):
    # A degree of longitude at the equator in kilometers, by the haversine formula.
    degree = 6371.0088 * np.pi / 180
    pos = torch.tensor([[0.0, 0.0], [1.0, 0.0]], dtype=torch.float64)
    assert radius_edges(pos, degree, max_neighbors=most, kernel=kernel).tolist() == [[1, 0], [0, 1]]
    assert radius_edges(pos, degree - 1e-5, max_neighbors=most, kernel=kernel).numel() == 0


def test_across_the_antimeridian_and_over_the_pole():
    pos = torch.tensor([[179.9, 0.0], [-179.9, 0.0], [0.0, 89.9], [180.0, 89.9]])
    assert radius_edges(pos, 30.0).tolist() == [[1, 0, 3, 2], [0, 1, 2, 3]]


def test_no_visible_station_gives_no_edges():
    assert radius_edges(torch.rand(4, 2), 100.0, visible=torch.zeros(4, dtype=torch.bool)).shape == (2, 0)
    assert radius_edges(torch.empty(0, 2), 100.0).shape == (2, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"radius_km": 0.0}, "radius_km: got 0.0"),
        ({"radius_km": float("nan")}, "radius_km: got nan"),
        ({"radius_km": 1.0, "max_neighbors": 0}, "max_neighbors: got 0"),
        ({"radius_km": 1.0, "pos": torch.tensor([[0.0, torch.nan]])}, "row 0"),
        ({"radius_km": 1.0, "visible": torch.ones(3)}, "visible: got shape"),
        ({"radius_km": 1.0, "kernel": "none such"}, "kernel"),
    ],
)
def test_invalid_arguments_raise_an_error(arguments, message):
    arguments = {"pos": torch.tensor([[0.0, 0.0], [1.0, 1.0]])} | arguments
    with pytest.raises(InputError, match=message):
        radius_edges(**arguments)
