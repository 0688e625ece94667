import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.fields.local_planes import unit_vectors
from aqnet_pyg.readers.fields.triangles import locate_in_triangles


@settings(max_examples=25)
@given(seed=st.integers(0, 999), longitude=st.floats(-180, 180), latitude=st.floats(-70, 70))
def test_weights_give_back_the_place(seed, longitude, latitude):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:7, 0:7] + rng.uniform(-0.2, 0.2, (2, 7, 7))
    points = (longitude + 0.5 * (x - 3)).ravel(), (latitude + 0.5 * (y - 3)).ravel()
    place = np.array([longitude]), np.array([latitude])
    stencil = locate_in_triangles(points, *place)
    assert stencil.inside[0]
    np.testing.assert_allclose(stencil.weights.sum(), 1, atol=1e-12)
    vectors = unit_vectors(*points)
    found = stencil.weights[0] @ vectors[stencil.cells[0]]
    distance = np.linalg.norm(found / np.linalg.norm(found) - unit_vectors(*place)[0])
    assert distance < 1e-5  # of a triangle with sides of about 0.01; it is flat, the Earth is not


def test_the_nearest_point_within_one_spacing_outside():
    longitude, latitude = np.meshgrid(np.arange(100, 104, 0.5), np.arange(0, 4, 0.5))
    points = longitude.ravel(), latitude.ravel()
    stencil = locate_in_triangles(points, np.array([103.9, 104.2]), np.array([3.5, 3.5]))
    np.testing.assert_array_equal(stencil.inside, [True, False])
    last = len(points[0]) - 1
    assert stencil.cells[0][stencil.weights[0] > 0].tolist() == [last]


def test_holes_between_points_stay_open():
    longitude, latitude = np.meshgrid(np.arange(100, 110, 0.5), np.arange(0, 10, 0.5))
    kept = np.hypot(longitude - 105, latitude - 5) > 2.6
    stencil = locate_in_triangles((longitude[kept], latitude[kept]), np.array([105.0, 101.3]), np.array([5.0, 1.2]))
    np.testing.assert_array_equal(stencil.inside, [False, True])


def test_points_on_a_line_and_a_single_point():
    line = locate_in_triangles((np.arange(100.0, 105), np.zeros(5)), np.array([101.4, 101.4]), np.array([0.1, 2]))
    np.testing.assert_array_equal(line.inside, [True, False])
    assert line.cells[0, 0] == 1
    single = locate_in_triangles((np.array([100.0]), np.array([0.0])), np.array([100.0, 101]), np.array([0.0, 0]))
    np.testing.assert_array_equal(single.inside, [True, False])


def test_points_around_the_globe_are_refused():
    longitude, latitude = np.meshgrid(np.arange(-180, 180, 10.0), np.arange(-80, 81, 10.0))
    with pytest.raises(InputError, match="more than a hemisphere"):
        locate_in_triangles((longitude.ravel(), latitude.ravel()), np.array([0.0]), np.array([0.0]))
