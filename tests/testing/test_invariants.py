"""Each assertion accepts valid input and names the first violation in invalid input."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics.pairwise import haversine_distances
from station_samples import random_station_data

from aqnet_pyg.stations import EARTH_RADIUS_KM
from aqnet_pyg.testing import (
    assert_batch_separate,
    assert_edge_index,
    assert_edges_equivariant,
    assert_equivariant,
    assert_in_degree,
    assert_nearest,
    assert_no_leak,
    assert_no_self_edges,
    assert_sorted,
    assert_sources_visible,
    assert_ties_by_index,
    assert_within_radius,
    coordinates,
    haversine_km,
    networks,
)

# Stations a degree apart on the equator; the last is hidden.
LINE = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [4.0, 0.0], [3.0, 0.0]], dtype=torch.float64)
VISIBLE = torch.tensor([True, True, True, True, False])
TWO_NEAREST = torch.tensor([[1, 2, 0, 2, 1, 0, 2, 1, 2, 3], [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]])
DEGREE_KM = EARTH_RADIUS_KM * np.pi / 180


def edges(*pairs):
    return torch.tensor(pairs, dtype=torch.long).reshape(-1, 2).T


def swapped(edge, source):
    """TWO_NEAREST with another source for one edge."""
    changed = TWO_NEAREST.clone()
    changed[0, edge] = source
    return changed


def refuses(message):
    return pytest.raises(AssertionError, match=re.escape(message))


@given(coordinates(1), coordinates(1))
def test_haversine_is_that_of_scikit_learn(pos, cells):
    radians = [np.radians(part.numpy()[:, ::-1]) for part in (cells, pos)]
    np.testing.assert_allclose(haversine_km(pos, cells), haversine_distances(*radians) * EARTH_RADIUS_KM, atol=1e-3)
    np.testing.assert_array_equal(haversine_km(pos), haversine_km(pos, pos))


def test_edge_index():
    assert_edge_index(TWO_NEAREST, 5)
    assert_edge_index(edges(), 0)
    assert_edge_index(edges((4, 8)), 5, 9)
    with refuses("edge 1 (1 → 5) is out of range; there are 5 stations, 5 targets"):
        assert_edge_index(edges((0, 1), (1, 5)), 5)
    with refuses("edge 2 (0 → 1) occurs more than once"):
        assert_edge_index(edges((0, 1), (1, 0), (0, 1)), 5)
    with refuses("float"):
        assert_edge_index(TWO_NEAREST.float(), 5)
    with refuses("shape (10, 2)"):
        assert_edge_index(TWO_NEAREST.T, 5)


def test_sources_visible():
    assert_sources_visible(TWO_NEAREST, VISIBLE)
    with refuses("edge 3 (4 → 1) comes from station 4, which is hidden"):
        assert_sources_visible(swapped(3, 4), VISIBLE)


def test_no_self_edges():
    assert_no_self_edges(TWO_NEAREST)
    with refuses("edge 4 (2 → 2) goes from station 2 to itself"):
        assert_no_self_edges(swapped(4, 2))


def test_batch_separate():
    batch = torch.tensor([0, 0, 1, 1])
    assert_batch_separate(edges((0, 1), (3, 2)), batch)
    assert_batch_separate(edges((0, 1)), batch, torch.tensor([1, 0]))
    with refuses("edge 1 (3 → 1) connects graph 1 to graph 0"):
        assert_batch_separate(edges((0, 1), (3, 1)), batch)


def test_in_degree():
    assert_in_degree(TWO_NEAREST, 2, VISIBLE)
    with refuses("target 0 has 2 neighbors; expected 3 (k = 3, visible others 3)"):
        assert_in_degree(TWO_NEAREST, 3, VISIBLE)
    with refuses("target 4 has 1 neighbors; expected 2"):
        assert_in_degree(TWO_NEAREST[:, :-1], 2, VISIBLE)
    # Fewer visible others than k; other targets; graphs of a batch.
    assert_in_degree(edges((0, 1), (1, 0), (0, 2), (1, 2)), 5, torch.tensor([True, True, False]))
    assert_in_degree(edges((0, 1), (1, 0)), 5, torch.ones(3, dtype=torch.bool), batch=torch.tensor([0, 0, 1]))
    assert_in_degree(edges((0, 0), (1, 0)), 5, torch.tensor([True, True, False]), targets=1)
    with refuses("target 1 has 0 neighbors; expected 1"):
        graphs = {"batch": torch.tensor([0, 0, 1]), "batch_dst": torch.tensor([0, 1])}
        assert_in_degree(edges((0, 0), (1, 0)), 5, torch.ones(3, dtype=torch.bool), targets=2, **graphs)


def test_nearest():
    assert_nearest(TWO_NEAREST, LINE, VISIBLE, 2)
    with refuses(
        f"target 0 has the neighbor 3, {4 * DEGREE_KM:.6f} km away, but not station 2, {2 * DEGREE_KM:.6f} km away"
    ):
        assert_nearest(swapped(1, 3), LINE, VISIBLE, 2)
    # Either of two stations at the same distance is accepted, such as 0 and 2 for station 1.
    assert_nearest(edges((1, 0), (2, 1), (1, 2), (2, 3), (2, 4)), LINE, VISIBLE, 1)
    assert_nearest(edges((1, 0), (0, 1), (1, 2), (2, 3), (3, 4)), LINE, VISIBLE, 1)
    with refuses("expected 2"):
        assert_nearest(TWO_NEAREST[:, 1:], LINE, VISIBLE, 2)
    with refuses("target 0 has the neighbor 0"):
        assert_nearest(edges((0, 0)), LINE, VISIBLE, 1, pos_dst=torch.tensor([[3.9, 0.0]]))


def test_nearest_is_of_great_circles():
    pos = torch.tensor([[179.5, 0.0], [-179.5, 0.0], [170.0, 0.0], [-170.0, 0.0]])
    everyone = torch.ones(4, dtype=torch.bool)
    assert_nearest(edges((1, 0), (0, 1), (0, 2), (1, 3)), pos, everyone, 1)
    with refuses("target 0 has the neighbor 2"):
        assert_nearest(edges((2, 0), (3, 1), (0, 2), (1, 3)), pos, everyone, 1)


def test_within_radius():
    near = edges((1, 0), (0, 1), (2, 1), (1, 2), (2, 4), (3, 4))
    assert_within_radius(near, LINE, VISIBLE, 1.5 * DEGREE_KM)
    # Exactly at the radius, stations may be neighbors or not.
    assert_within_radius(near, LINE, VISIBLE, DEGREE_KM)
    assert_within_radius(edges(), LINE, VISIBLE, DEGREE_KM)
    assert_within_radius(edges((0, 0), (1, 0)), LINE, VISIBLE, DEGREE_KM, pos_dst=LINE[:1] + torch.tensor([0.5, 0]))
    with refuses(f"from station 2 to target 4 ({DEGREE_KM:.6f} km): is no edge, but is within 120 km"):
        assert_within_radius(near[:, :4], LINE, VISIBLE, 120)
    with refuses(f"from station 1 to target 0 ({DEGREE_KM:.6f} km): is an edge, but is longer than 100 km"):
        assert_within_radius(near, LINE, VISIBLE, 100)
    with refuses(f"from station 4 to target 3 ({DEGREE_KM:.6f} km): is an edge, but the station is hidden"):
        assert_within_radius(torch.cat([near, edges((4, 3))], dim=1), LINE, VISIBLE, 120)
    everywhere = edges(*[(s, t) for s in range(4) for t in range(5) if s != t])
    assert_within_radius(everywhere, LINE, VISIBLE, 1e6)


def test_sorted():
    assert_sorted(TWO_NEAREST, LINE)
    with refuses("edge 1 (2 → 0) comes after edge 0 (3 → 0)"):
        assert_sorted(swapped(0, 3), LINE)
    with refuses("edge 1 (1 → 0) comes after edge 0 (1 → 4)"):
        assert_sorted(edges((1, 4), (1, 0)), LINE)
    with refuses("edge 1 (0 → 1) comes after edge 0 (2 → 1)"):
        assert_sorted(edges((2, 1), (0, 1)), LINE)


def test_ties_by_index():
    assert_ties_by_index(TWO_NEAREST, LINE, VISIBLE)
    assert_ties_by_index(edges((1, 0), (0, 1), (1, 2), (2, 3), (2, 4)), LINE, VISIBLE)
    with refuses("edge 1 (2 → 1) was preferred to station 0, which is at the same distance"):
        assert_ties_by_index(edges((1, 0), (2, 1), (1, 2), (2, 3), (2, 4)), LINE, VISIBLE)
    assert_ties_by_index(edges((2, 1)), LINE, torch.tensor([False, True, True, True, False]))


def nearest_by(distance):
    """A builder with two neighbors, by a distance of ``(source, target)``."""

    def build(pos, visible):
        apart = distance(pos[:, None], pos[None]).masked_fill(~visible[:, None], torch.inf)
        apart.fill_diagonal_(torch.inf)
        order = apart.argsort(dim=0, stable=True)[:2]
        targets = torch.arange(len(pos)).expand(len(order), -1)
        kept = apart.gather(0, order) < torch.inf
        return torch.stack([order[kept], targets[kept]])

    return build


def test_equivariant_edges():
    places = networks(5, kind="scattered")

    @given(places, st.integers(0, 100))
    def by_great_circle(network, seed):
        def distance(a, b):
            return torch.from_numpy(haversine_km(a[:, 0], b[0])).T

        assert_edges_equivariant(nearest_by(distance), *network, seed=seed)

    by_great_circle()
    around = torch.tensor(
        [[178.0, 10.0], [-179.0, 11.0], [175.0, 10.5], [-175.0, 11.0], [-178.5, 10.0]], dtype=torch.float64
    )
    everyone = torch.ones(5, dtype=torch.bool)
    with refuses("rotating the sphere lost the edge"):
        assert_edges_equivariant(nearest_by(lambda a, b: (a - b).norm(dim=-1)), around, everyone)
    with refuses("adding 360 degrees to longitudes lost the edge"):
        assert_edges_equivariant(nearest_by(lambda a, b: (a - b).norm(dim=-1) * a[..., 0]), around, everyone)
    with refuses("relabeling stations lost the edge"):
        assert_edges_equivariant(lambda pos, visible: edges((0, 1), (1, 2)), around, everyone)


def mean_of_visible(stations, hidden):
    """A prediction that is right: the mean of the visible stations, for every station in the order of codes."""
    shown = stations.pm25.sel(station=[code for code in stations.station.values if code not in hidden])
    return np.tile(np.nan_to_num(shown.mean("station").values[:6]), (stations.sizes["station"], 1))


def test_no_leak():
    data = random_station_data(stations=5, hours=12)
    hidden = list(data.station.values[:2])
    assert_no_leak(mean_of_visible, data, hidden, history=6)
    assert_no_leak(lambda *given: torch.from_numpy(mean_of_visible(*given)), data, hidden)
    with pytest.raises(
        AssertionError, match=r"prediction \[0, 3\] was .* hidden stations S\d+, S\d+ and hours from 3 on"
    ):
        assert_no_leak(mean_of_visible, data, hidden, history=3)
    with pytest.raises(AssertionError, match="bit for bit"):
        assert_no_leak(lambda stations, hidden: mean_of_visible(stations, []), data, hidden)
    # Not a value, only whether there is one: a leak too.
    with pytest.raises(AssertionError, match="bit for bit"):
        assert_no_leak(lambda stations, hidden: stations.pm25.notnull().mean("station").values, data, hidden)
    # The data given are left as they were.
    assert data.identical(random_station_data(stations=5, hours=12))


def by_code(stations, hidden):
    stations = stations.sortby("station")
    assert set(hidden) <= set(stations.station.values)
    return np.nan_to_num(stations.pm25.values.T) + np.sin(np.radians(stations.longitude.values))[:, None]


def test_equivariant_predictions():
    data = random_station_data(stations=5, hours=12)
    data = data.assign_coords(longitude=data.longitude - 115)
    assert_equivariant(by_code, data, list(data.station.values[:2]))
    with refuses("renaming stations changed the predictions for station S000"):
        assert_equivariant(lambda stations, hidden: by_code(stations, hidden) * np.arange(5)[:, None], data)
    with refuses("reordering stations changed the predictions for station"):
        assert_equivariant(lambda stations, hidden: by_code(stations, hidden) + stations.pm25.values[0, 0], data)
    with refuses("a full turn of longitudes changed the predictions for station"):
        assert_equivariant(lambda stations, hidden: by_code(stations, hidden) + stations.longitude.values.max(), data)
    with refuses("renaming stations: predictions have shape"):
        shapes = iter([3, 4])
        assert_equivariant(lambda stations, hidden: np.zeros((5, next(shapes))), data)
