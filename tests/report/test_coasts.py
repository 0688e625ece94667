import numpy as np
import pytest
import shapely

from aqnet_pyg.report.coasts import coasts


def test_lines_are_in_degrees_and_do_not_cross_the_map():
    for line in coasts():
        assert line.ndim == 2
        assert line.shape[1] == 2
        assert (np.abs(line[:, 0]) <= 180).all()
        assert (np.abs(line[:, 1]) <= 90).all()
        assert np.abs(np.diff(line[:, 0])).max() < 30  # the border along 49° N is straight


@pytest.mark.parametrize(
    ("place", "longitude", "latitude", "nearest", "farthest"),
    [
        ("Cabo da Roca", -9.50, 38.78, 0, 0.1),
        ("Cape Agulhas", 20.0, -34.83, 0, 0.1),
        ("border of Poland and Czechia, at the Śnieżka", 15.74, 50.74, 0, 0.1),
        ("Beijing", 116.4, 39.9, 1, 3),
        ("middle of the Pacific", -130, 15, 10, 40),
    ],
)
def test_known_places(place, longitude, latitude, nearest, farthest):
    distance = shapely.Point(longitude, latitude).distance(shapely.MultiLineString([*coasts()]))
    assert nearest <= distance <= farthest
