"""Transforms that hide stations; properties on any window are in tests/properties."""

import pytest
import shapely
import torch
from torch_geometric.data import Data

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import HideBlockedStations, HideRandomStations, HideRegionStations, HideStations, Region, hide

HOLE = shapely.Polygon([(111, 35.5), (114.1, 35.7), (114, 39), (111, 39)], [[(112, 37), (113, 37), (112.5, 38)]])


def window(stations=20, pos=None):
    torch.manual_seed(0)
    if pos is None:
        pos = torch.rand(stations, 2, dtype=torch.float64) * 5 + torch.tensor([110.0, 35.0])
    return Data(
        x=torch.rand(len(pos), 6, 2) + 1,
        x_mask=torch.ones(len(pos), 6, 2, dtype=torch.bool),
        visible=torch.ones(len(pos), dtype=torch.bool),
        pos=pos,
    )


def test_the_repr_of_a_region_with_a_hole_has_all_digits():
    transform = HideRegionStations(shapely.transform(HOLE, lambda points: points + 1 / 3))
    again = eval(repr(transform))
    assert shapely.equals_exact(again.region.polygon, transform.region.polygon, 0.0)
    assert repr(again) == repr(transform)


def test_hidden_stations_lose_their_values():
    data = hide(window(), torch.arange(20) < 5)
    assert (data.x[:5] == 0).all()
    assert not data.x_mask[:5].any()
    assert (data.x[5:] > 0).all()
    assert data.visible.tolist() == [False] * 5 + [True] * 15


def test_hidden_stations_stay_hidden():
    data = hide(hide(window(), torch.arange(20) < 5), torch.arange(20) == 7)
    assert (~data.visible).nonzero().flatten().tolist() == [0, 1, 2, 3, 4, 7]


@pytest.mark.parametrize("stations", [[1, 4], torch.tensor([4, 1, 1]), torch.arange(20) % 20 == 1])
def test_given_stations_are_hidden(stations):
    data = HideStations(stations)(window())
    assert (~data.visible).nonzero().flatten().tolist() == ([1] if len(stations) == 20 else [1, 4])
    assert (data.x[1] == 0).all()


def test_invalid_indices_raise_an_error():
    with pytest.raises(InputError, match="stations: got index -1"):
        HideStations([-1])
    with pytest.raises(InputError, match="stations: got index 20 for 20 stations"):
        HideStations([20])(window())


def test_random_hiding_leaves_two_and_differs_between_draws():
    hiding = HideRandomStations(fraction=0.9, radius_km=200.0, region_probability=1.0)
    counts, template = set(), window()
    for _ in range(30):
        data = hiding(template.clone())
        counts.add(int(data.visible.sum()))
        assert data.visible.sum() >= 2
    assert len(counts) > 3


@pytest.mark.parametrize("seed", range(10))
def test_a_block_is_hidden_whole(seed):
    """Clusters of stations a few kilometers across, far apart: the edge of a block may split one, but rarely more."""
    centers = torch.tensor([[110.0, 30.0], [114.0, 35.0], [118.0, 40.0], [122.0, 30.0], [126.0, 45.0], [130.0, 20.0]])
    pos = centers.repeat_interleave(8, 0).double() + torch.rand(48, 2, dtype=torch.float64) * 1e-3
    torch.manual_seed(seed)
    data = HideBlockedStations(0.5, 150.0)(window(pos=pos))
    shown = data.visible.view(6, 8).sum(dim=1)
    assert ((shown == 0) | (shown == 8)).sum() >= 5
    assert (shown == 0).sum() >= 2


@pytest.mark.parametrize("seed", range(10))
def test_blocks_hide_at_most_the_fraction(seed):
    torch.manual_seed(seed)
    data = HideBlockedStations(0.3, 20.0)(window(60))
    assert 0 < (~data.visible).sum() <= 18


def test_blocks_differ_between_calls_and_are_reproducible():
    hiding, template, seen = HideBlockedStations(0.5, 150.0), window(60), set()
    for seed in [*range(8), *range(8)]:
        torch.manual_seed(seed)
        seen.add(tuple(hiding(template.clone()).visible.tolist()))
    assert 3 < len(seen) <= 8


def test_blocks_are_the_same_places_after_a_full_turn():
    hidden = []
    for turn in (0.0, 360.0, -360.0):
        data = window(60)
        data.pos = data.pos + torch.tensor([turn, 0.0])
        torch.manual_seed(0)
        hidden.append(HideBlockedStations(0.5, 150.0)(data).visible)
    assert torch.equal(hidden[0], hidden[1])
    assert torch.equal(hidden[0], hidden[2])


@pytest.mark.parametrize("turn", [0.0, 360.0, -360.0])
def test_a_region_is_hidden(turn):
    data = window(200)
    longitude, latitude = data.pos.T
    inside = torch.from_numpy(shapely.contains_xy(HOLE, longitude.numpy(), latitude.numpy()))
    assert 0 < inside.sum() < 200
    data.pos = data.pos + torch.tensor([turn, 0.0])
    assert torch.equal(HideRegionStations(HOLE)(data).visible, ~inside)
    assert torch.equal(HideRegionStations(Region(HOLE))(data).visible, ~inside)


def test_a_region_across_the_antimeridian_is_hidden():
    data = window(pos=torch.tensor([[179.0, 0.0], [-179.0, 0.0], [0.0, 0.0], [181.5, 1.0]]))
    assert HideRegionStations(shapely.box(178, -5, 182, 5))(data).visible.tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: HideRandomStations(fraction=1.0), "fraction: got 1.0"),
        (lambda: HideBlockedStations(fraction=-0.1), "fraction: got -0.1"),
        (lambda: HideBlockedStations(block_km=0.0), "block_km: got 0.0"),
        (lambda: HideRegionStations(shapely.Point(1, 2)), "a Point without an area"),
    ],
)
def test_parameters_out_of_range_raise_an_error(make, message):
    with pytest.raises(InputError, match=message):
        make()
