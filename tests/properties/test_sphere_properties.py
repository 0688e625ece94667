"""Properties of the geometry on the sphere, against the haversine formula and vectors in space."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.graph import bearing, great_circle_distance, unit_sphere
from aqnet_pyg.stations import EARTH_RADIUS_KM
from aqnet_pyg.testing import coordinates, haversine_km


def every_pair(pos):
    """Both points of every ordered pair."""
    return pos.repeat_interleave(len(pos), 0), pos.repeat(len(pos), 1)


@given(coordinates())
def test_points_are_on_the_unit_sphere(pos):
    assert torch.allclose(unit_sphere(pos).norm(dim=1), torch.ones(len(pos), dtype=torch.float64), rtol=0, atol=1e-15)


@given(coordinates() | coordinates(kind="scattered"))
def test_great_circle_distance_is_the_haversine_and_a_metric(pos):
    km = great_circle_distance(*every_pair(pos)).view(len(pos), -1)
    # Near the antipodes an arcsine of almost one loses half of the digits.
    np.testing.assert_allclose(km, haversine_km(pos), rtol=1e-10, atol=1e-3)
    assert torch.equal(km, km.T)
    assert (km.diagonal() == 0).all()
    assert (km[:, None] <= km[:, :, None] + km.T[None] + 1e-3).all()


@given(coordinates())
def test_distance_and_bearing_lead_from_start_to_end(pos):
    start, end = every_pair(pos)
    angle, away = bearing(start, end), great_circle_distance(start, end) / EARTH_RADIUS_KM
    longitude, latitude = torch.deg2rad(start).T
    zero = torch.zeros_like(longitude)
    east = torch.stack([-longitude.sin(), longitude.cos(), zero], dim=1)
    north = torch.stack([-latitude.sin() * longitude.cos(), -latitude.sin() * longitude.sin(), latitude.cos()], dim=1)
    direction = angle.sin()[:, None] * east + angle.cos()[:, None] * north
    arrived = away.cos()[:, None] * unit_sphere(start) + away.sin()[:, None] * direction
    assert (arrived - unit_sphere(end)).norm(dim=1).max() * EARTH_RADIUS_KM < 1e-3


@given(coordinates(), st.integers(-2, 2))
def test_a_full_turn_is_the_same_point(pos, turns):
    turned = pos + torch.tensor([360.0 * turns, 0.0], dtype=torch.float64)
    assert great_circle_distance(pos, turned).max() < 1e-8
    exact = torch.remainder(turned[:, 0], 360) == torch.remainder(pos[:, 0], 360)
    assert torch.equal(unit_sphere(pos)[exact], unit_sphere(turned)[exact])
