"""Land and sea."""

import numpy as np
import pytest

from aqnet_pyg.report.land import SEA_KM, on_land, reach

PLACES = {
    "Beijing": (116.4, 39.9, True),
    "Moscow": (37.6, 55.7, True),
    "Chukotka, east of 180 degrees": (-175.0, 66.8, True),
    "Chukotka, west of 180 degrees": (178.0, 67.5, True),
    "Warsaw": (21.0, 52.2, True),
    "Los Angeles": (-118.0, 34.2, True),
    "Lesotho": (28.3, -29.6, True),
    "South Pole": (0.0, -89.0, True),
    "Yellow Sea": (122.5, 35.0, False),
    "Bohai Sea": (120.0, 38.7, False),
    "Baltic Sea": (19.0, 57.0, False),
    "Gulf of Mexico": (-90.0, 26.0, False),
    "Bering Sea at 180 degrees": (180.0, 58.0, False),
}


@pytest.mark.parametrize(("longitude", "latitude", "land"), PLACES.values(), ids=PLACES.keys())
def test_places(longitude, latitude, land):
    for turn in (0, 360):
        assert on_land(np.array([longitude + turn]), np.array([latitude])).tolist() == [land]


def test_cells_at_sea_are_shown_near_stations_only():
    longitude, latitude = np.array([116.4, 122.5]), np.array([39.9, 35.0])
    assert reach(longitude, latitude, 100.0).tolist() == [100.0, SEA_KM]
    assert reach(longitude, latitude, np.inf).tolist() == [np.inf, np.inf]
    assert reach(longitude, latitude, 10.0).tolist() == [10.0, 10.0]


def test_shapes():
    longitude, latitude = np.meshgrid([116.4, 122.5], [39.9, 35.0])
    assert on_land(longitude, latitude).shape == (2, 2)
