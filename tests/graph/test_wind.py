"""Edge features from the wind at the source."""

import pytest
import torch

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import Edges, TravelTime, WindAlignment


def blowing(east, north):
    """Two stations, the second 111 km north of the first, with the same wind: an edge to the south, then to the north."""
    pos = torch.tensor([[10.0, 0.0], [10.0, 1.0]])
    wind = torch.tensor([[east, north]] * 2)
    return Edges(torch.tensor([[1, 0], [0, 1]]), pos, src={"wind": wind})


def test_a_south_wind_carries_air_north():
    edges = blowing(0.0, 5.0)
    assert WindAlignment()(edges)[:, 0].tolist() == pytest.approx([-1, 1])
    assert TravelTime(24.0)(edges)[:, 0].tolist() == pytest.approx([1, 111.195 / 18 / 24], rel=1e-4)


def test_in_calm_air_does_not_travel_and_alignment_is_zero():
    edges = blowing(0.0, 0.0)
    assert WindAlignment()(edges)[:, 0].tolist() == [0, 0]
    assert TravelTime()(edges)[:, 0].tolist() == [1, 1]


def test_coincident_stations_have_travel_time_zero():
    pos = torch.tensor([[10.0, 1.0], [10.0, 1.0]])
    for wind in (torch.zeros(2, 2), torch.ones(2, 2)):
        edges = Edges(torch.tensor([[1], [0]]), pos, src={"wind": wind})
        assert TravelTime()(edges).item() == 0
        assert WindAlignment()(edges).item() == 0


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({}, "wind: the sources have no such attribute; pass it as data.wind"),
        ({"wind": torch.tensor([[1.0, 1.0], [1.0, torch.nan]])}, "wind: the value at row 1 of the sources"),
        ({"wind": torch.ones(2)}, r"wind: got shape \[N\]; expected \[N, 2\]"),
        ({"wind": torch.ones(2, 3)}, r"wind: got shape \[N, 3\]; expected \[N, 2\]"),
    ],
)
def test_an_invalid_wind_raises_an_error(attributes, message):
    edges = Edges(torch.tensor([[1], [0]]), torch.rand(2, 2), src=attributes)
    with pytest.raises(InputError, match=message):
        WindAlignment()(edges)


def test_stations_that_are_no_sources_need_no_wind():
    edges = Edges(
        torch.tensor([[1], [0]]), torch.rand(2, 2), src={"wind": torch.tensor([[torch.nan, torch.nan], [3.0, 4.0]])}
    )
    assert WindAlignment()(edges).isfinite().all()


@pytest.mark.parametrize(
    ("make", "message"),
    [(lambda: WindAlignment(0.0), "calm: got 0.0"), (lambda: TravelTime(float("nan")), "limit_hours: got nan")],
)
def test_parameters_out_of_range_raise_an_error(make, message):
    with pytest.raises(InputError, match=message):
        make()
