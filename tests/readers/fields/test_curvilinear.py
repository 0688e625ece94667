import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aqnet_pyg.readers.fields.curvilinear import locate_curvilinear
from aqnet_pyg.readers.fields.local_planes import unit_vectors


def grid_around(longitude, latitude, rows=8, columns=9, spacing=0.3, turn=0.5):
    """Cell centers on a turned square in the plane that touches the sphere at a point (gnomonic), in degrees."""
    y, x = np.mgrid[0:rows, 0:columns].astype(float)
    x, y = (x - columns / 2) * spacing, (y - rows / 2) * spacing
    x, y = np.radians(x * np.cos(turn) - y * np.sin(turn)), np.radians(x * np.sin(turn) + y * np.cos(turn))
    center = unit_vectors(longitude, latitude)
    east = np.array([-np.sin(np.radians(longitude)), np.cos(np.radians(longitude)), 0])
    vectors = center + x[..., None] * east + y[..., None] * np.cross(center, east)
    vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.degrees(np.arctan2(vectors[..., 1], vectors[..., 0])), np.degrees(np.arcsin(vectors[..., 2]))


@settings(max_examples=30)
@given(
    longitude=st.floats(-180, 180),
    latitude=st.floats(-89.5, 89.5),
    turn=st.floats(-3, 3),
    share=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    cell=st.tuples(st.integers(0, 6), st.integers(0, 7)),
)
def test_weights_give_back_the_place_anywhere_on_the_sphere(longitude, latitude, turn, share, cell):
    """Also across 180 degrees and near the poles, in grids that are turned by any angle."""
    centers = grid_around(longitude, latitude, turn=turn)
    corners = unit_vectors(*centers)
    row, column = cell
    (up, across), around = share, corners[row : row + 2, column : column + 2]
    weights = np.outer([1 - up, up], [1 - across, across])
    place = np.einsum("ij,ijk->k", weights, around)
    place /= np.linalg.norm(place)
    at = np.degrees(np.arctan2(place[1], place[0])), np.degrees(np.arcsin(place[2]))
    stencil = locate_curvilinear(centers, np.array([at[0]]), np.array([at[1]]))
    assert stencil.inside[0]
    assert (stencil.weights >= 0).all()
    np.testing.assert_allclose(stencil.weights.sum(), 1, atol=1e-12)
    found = stencil.weights[0] @ corners.reshape(-1, 3)[stencil.cells[0]]
    np.testing.assert_allclose(found / np.linalg.norm(found), place, atol=1e-6)


def test_outside():
    centers = grid_around(110, 35)
    stencil = locate_curvilinear(centers, np.array([100.0, 110, -70]), np.array([35.0, 38, -35]))
    assert not stencil.inside.any()


@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (1, 1)])
def test_a_single_row_has_no_inside(shape):
    centers = grid_around(110, 35, rows=shape[0], columns=shape[1])
    stencil = locate_curvilinear(centers, centers[0].ravel(), centers[1].ravel())
    assert not stencil.inside.any()


def test_narrow_cells_near_the_pole():
    longitude, latitude = np.meshgrid(np.arange(0, 40, 0.5), np.arange(84, 87, 0.5))
    places = np.array([10.25, 33.1]), np.array([84.75, 86.2])
    stencil = locate_curvilinear((longitude, latitude), *places)
    assert stencil.inside.all()
    np.testing.assert_allclose((stencil.weights * longitude.ravel()[stencil.cells]).sum(axis=1), places[0], atol=1e-2)
    np.testing.assert_allclose((stencil.weights * latitude.ravel()[stencil.cells]).sum(axis=1), places[1], atol=1e-3)
