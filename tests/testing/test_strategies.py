"""Strategies draw valid examples of every kind, which shrink to readable ones."""

import sys
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.suspect_values import REPEATED_HOURS
from aqnet_pyg.readers.netcdf import open_netcdf, write_netcdf
from aqnet_pyg.stations import check_station_data
from aqnet_pyg.testing import KINDS, batches, coordinates, haversine_km, networks, station_data
from aqnet_pyg.testing.strategies import FAULTS, ZONES

SEARCH = settings(max_examples=2000, deadline=None, database=None, phases=[Phase.generate])


def apart(pos):
    """Distances of all pairs."""
    return haversine_km(pos)[np.triu_indices(len(pos), 1)]


@pytest.mark.parametrize("kind", [*KINDS, None])
def test_coordinates_are_valid_and_of_the_requested_size(kind):
    @given(coordinates(2, 7, kind))
    def check(pos):
        assert pos.dtype == torch.float64
        assert 2 <= len(pos) <= 7
        assert ((pos[:, 0] >= -180) & (pos[:, 0] <= 360)).all()
        assert (pos[:, 1].abs() <= 90).all()

    check()


@pytest.mark.parametrize(
    ("kind", "condition"),
    [
        ("anywhere", lambda pos: apart(pos).max() > 15_000),
        ("clusters", lambda pos: len(pos) > 3 and 0 < apart(pos).max() < 12),
        ("lattice", lambda pos: len(pos) == 9 and len(pos[:, 0].unique()) == len(pos[:, 1].unique()) == 3),
        ("line", lambda pos: len(pos) > 4 and len(pos[:, 1].unique()) == 1),
        ("line", lambda pos: len(pos) > 4 and len(pos[:, 0].unique()) == 1),
        ("coincident", lambda pos: len(pos) == 12 and apart(pos).max() == 0),
        ("poles", lambda pos: (pos[:, 1] == 90).sum() > 1 and len(pos[pos[:, 1] == 90, 0].unique()) > 1),
        ("poles", lambda pos: pos[:, 1].max() > 89 and pos[:, 1].min() < -89),
        ("antimeridian", lambda pos: (pos[:, 0] < -178).any() and (pos[:, 0] > 180).any() and (pos[:, 0] < 179).any()),
        ("two points", lambda pos: apart(pos)[0] == 0),
        ("two points", lambda pos: apart(pos)[0] > 20_015),
        ("scattered", lambda pos: len(pos) > 10 and apart(pos).max() < 250),
    ],
)
def test_each_kind_includes_its_difficulty(kind, condition):
    assert condition(find(coordinates(kind=kind), condition, settings=SEARCH))


@given(coordinates(2, 12, "scattered"))
def test_scattered_points_have_no_ties(pos):
    gaps = np.diff(np.sort(apart(pos)), prepend=0)
    assert gaps.min() > 1e-6


def test_shrunk_coordinates_are_few_and_round():
    # Of kind "anywhere", since the simplest example of another kind may have more points.
    far = find(
        coordinates(kind="anywhere"),
        lambda pos: apart(pos).max() > 1000,
        settings=settings(SEARCH, phases=[Phase.generate, Phase.shrink]),
    )
    assert len(far) == 2
    assert (far * 10 == (far * 10).round()).all()


def test_invalid_kinds_and_sizes_raise_an_error():
    with pytest.raises(InputError, match=r"kind: 'ring' is not available .* anywhere, clusters"):
        coordinates(kind="ring")
    with pytest.raises(InputError, match="'two points' is not available for 3 to 5 points"):
        coordinates(3, 5, "two points")
    assert len(find(coordinates(0, 0), lambda pos: True)) == 0


def test_any_stations_may_be_hidden():
    for wanted in ([True, True], [True, False], [False, True], [False, False]):
        find(networks(2, 2), lambda network, wanted=wanted: network[1].tolist() == wanted, settings=SEARCH)


def test_batches_are_not_sorted_and_graphs_may_be_empty():
    pos, visible, batch = find(batches(), lambda drawn: (drawn[2].diff() < 0).any(), settings=SEARCH)
    assert len(pos) == len(visible) == len(batch)
    find(batches(), lambda drawn: drawn[2].tolist() == [0, 2], settings=SEARCH)
    with pytest.raises(NoSuchExample):
        find(batches(max_graphs=2), lambda drawn: drawn[2].max() > 1, settings=settings(SEARCH, max_examples=50))


@given(station_data())
def test_station_data_are_valid(data):
    check_station_data(data)
    assert set(data) == {"pm25", "pm10"}
    assert data.pm25.dtype == np.float32
    assert data.attrs["time_zone"] in ZONES


@given(station_data(faults=()))
def test_without_faults_nothing_is_missing_and_pm25_is_below_pm10(data):
    assert data.notnull().all().to_array().all()
    assert (data.pm25 < data.pm10).all()


def longest_run(values):
    """Of equal values along time, at any station."""
    best = run = np.zeros(values.shape[1], int)
    for earlier, later in pairwise(values):
        run = np.where(earlier == later, run + 1, 0)
        best = np.maximum(best, run)
    return best.max() + 1


@pytest.mark.parametrize(
    ("fault", "occurred"),
    [
        ("gap", lambda data: data.pm25.isnull().any() and data.pm25.notnull().any(dim="station").all()),
        (
            "outage",
            lambda data: data.pm25.isnull().all(dim="station").any() and data.pm10.isnull().all(dim="station").any(),
        ),
        ("no measurements", lambda data: data.pm25.isnull().all(dim="time").any() and data.pm25.notnull().any()),
        ("spike", lambda data: (data.pm25 == 3000).any()),
        ("stuck", lambda data: longest_run(data.pm25.values) >= REPEATED_HOURS),
        ("exceeds pm10", lambda data: (data.pm25 > data.pm10).any()),
    ],
)
def test_each_fault_occurs(fault, occurred):
    assert fault in FAULTS
    find(station_data(faults=(fault,)), lambda data: bool(occurred(data)), settings=SEARCH)


@settings(max_examples=10)
@given(station_data(pollutants=("pm25", "o3", "co"), kind="antimeridian"))
def test_station_data_can_be_written_and_read(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("drawn") / "stations.nc"
    write_netcdf(data, path)
    again = open_netcdf(path)
    for name in ("pm25", "o3", "co"):
        np.testing.assert_array_equal(again[name].transpose("time", "station"), data[name])


@pytest.mark.parametrize("missing", ["hypothesis", "pytest"])
def test_without_hypothesis_or_pytest_the_error_names_the_extra(monkeypatch, missing):
    for name in [name for name in sys.modules if name.startswith("aqnet_pyg.testing")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ModuleNotFoundError, match=rf"{missing} is not installed; use: pip install 'aqnet-pyg\[test\]'"):
        import aqnet_pyg.testing  # noqa: F401


@given(st.data())
def test_defaults_are_small(data):
    assert len(data.draw(coordinates())) <= 12
