import json

import numpy as np
import pandas as pd
import pytest
import shapely

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.network_metadata import network_folder
from aqnet_pyg.simulation import simulate_network
from aqnet_pyg.splits import blocked_hidden, random_hidden, read_hidden

NETWORKS = ["north_china", "beijing_multisite", "simulated_north_china"]


def region(name):
    return shapely.from_geojson((network_folder(name) / "region.geojson").read_text(encoding="utf-8"))


def table_of(name):
    """Stations of a network by code; without coordinates where those come from the user's lists."""
    if name == "simulated_north_china":
        return simulate_network(stations=584, seed=0)
    if name == "beijing_multisite":
        return pd.read_csv(network_folder(name) / "stations.csv", index_col="code")
    codes = read_hidden(network_folder(name) / "stations.txt")
    return pd.DataFrame(index=pd.Index(codes, name="code"))


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_has_its_files(name):
    folder = network_folder(name)
    card = (folder / "README.md").read_text(encoding="utf-8")
    for word in ("license", "period", "µg m⁻³", "Known faults", "Citation", "hidden_blocked.txt"):
        assert word in card
    assert json.loads((folder / "region.geojson").read_text())["features"][0]["properties"]["name"] == name


@pytest.mark.parametrize("name", NETWORKS)
def test_regions_are_valid_and_hold_the_stations(name):
    polygon = region(name)
    assert polygon.is_valid
    assert not polygon.is_empty
    stations = table_of(name)
    if "longitude" in stations:
        assert shapely.covers(polygon, shapely.points(stations.longitude, stations.latitude)).all()


@pytest.mark.parametrize("name", ["north_china", "simulated_north_china"])
def test_the_box_is_drawn_along_meridians_and_parallels(name):
    polygon = region(name).geoms[0]
    assert polygon.bounds == (104, 32, 124, 43)
    steps = np.abs(np.diff(shapely.get_coordinates(polygon), axis=0))
    assert steps.max() == 1
    assert steps.min(axis=1).max() == 0


@pytest.mark.parametrize(
    ("name", "stations", "hidden"),
    [("north_china", 584, 58), ("beijing_multisite", 12, 2), ("simulated_north_china", 584, 58)],
)
def test_hidden_lists_hold_known_stations(name, stations, hidden):
    codes = table_of(name).index
    assert len(codes) == stations
    for kind in ("random", "blocked"):
        assert len(read_hidden(network_folder(name) / f"hidden_{kind}.txt", codes)) == hidden


@pytest.mark.parametrize(
    ("name", "fraction", "block_km"),
    [("north_china", 0.1, None), ("beijing_multisite", 1 / 6, 40), ("simulated_north_china", 0.1, 150)],
)
def test_hidden_lists_are_what_their_first_lines_say(name, fraction, block_km):
    folder, stations = network_folder(name), table_of(name)
    assert read_hidden(folder / "hidden_random.txt") == random_hidden(stations.index, fraction, seed=0)
    if block_km is not None:
        coordinates = stations.longitude.to_numpy(), stations.latitude.to_numpy()
        expected = blocked_hidden(stations.index, coordinates, fraction, seed=0, block_km=block_km)
        assert read_hidden(folder / "hidden_blocked.txt") == expected
        assert f"seed=0, block_km={block_km})" in (folder / "hidden_blocked.txt").read_text()


def test_an_unknown_network():
    with pytest.raises(InputError, match="'moon' is unknown; use one of beijing_2013_2016, beijing_multisite, cnemc"):
        network_folder("moon")
