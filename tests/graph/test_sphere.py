"""Examples of the geometry on the sphere; properties are in tests/properties."""

import math

import pytest
import torch

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import bearing, great_circle_distance, unit_sphere
from aqnet_pyg.graph.sphere import chord_to_km, km_to_chord
from aqnet_pyg.stations import EARTH_RADIUS_KM

QUARTER_KM = EARTH_RADIUS_KM * math.pi / 2


def test_axes_of_the_unit_sphere():
    points = unit_sphere(torch.tensor([[0.0, 0.0], [90.0, 0.0], [7.0, 90.0], [360.0, 0.0]]))
    assert points.dtype == torch.float64
    expected = torch.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]], dtype=torch.float64)
    assert torch.allclose(points, expected, rtol=0, atol=1e-15)
    assert torch.equal(points[0], points[3])


def test_distance_and_bearing_of_a_quarter_of_the_globe():
    start = torch.tensor([[0.0, 0.0]] * 4)
    end = torch.tensor([[90.0, 0.0], [-90.0, 0.0], [0.0, 90.0], [0.0, 0.0]])
    assert great_circle_distance(start, end).tolist() == pytest.approx([QUARTER_KM] * 3 + [0])
    assert bearing(start, end).tolist() == pytest.approx([math.pi / 2, -math.pi / 2, 0, 0])


def test_chords_and_kilometers_are_inverse_up_to_half_the_globe():
    for km in (0.0, 1.0, 500.0, 2 * QUARTER_KM):
        assert chord_to_km(torch.tensor(km_to_chord(km), dtype=torch.float64)).item() == pytest.approx(km)
    assert km_to_chord(float("inf")) == 2


@pytest.mark.parametrize(
    ("pos", "message"),
    [
        ([[0.0, 0.0], [0.0, 90.5]], "row 1 is"),
        ([[0.0, math.nan]], "row 0 is"),
        ([[math.inf, 0.0]], "row 0 is"),
        ([0.0, 0.0], r"got shape \(2,\); expected \[N, 2\]"),
    ],
)
def test_invalid_coordinates_raise_an_error(pos, message):
    with pytest.raises(InputError, match=message):
        unit_sphere(torch.tensor(pos))
