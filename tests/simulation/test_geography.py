import numpy as np
import pytest

from aqnet_pyg.errors import InputError
from aqnet_pyg.simulation.geography import BOX, ModelGrid, at_sea, mountain_blocking


def test_mountains_block_the_wind_across_them():
    share, across = mountain_blocking(np.array([114.0, 118.0]), np.array([37.8, 37.0]))  # the Taihang, the plain
    assert share[0] > 0.9
    assert share[1] < 0.05
    assert abs(across[0, 0]) > 0.9  # the chain runs north, so the direction across is east
    assert np.linalg.norm(across, axis=1) == pytest.approx(1)


def test_sea_and_land_at_known_places():
    # the Bohai Sea, the Yellow Sea; Beijing, the tip of Shandong's neighbor Yantai, Xi'an
    longitude, latitude = np.array([[119.5, 38.5], [122.5, 35.5], [116.4, 39.9], [121.2, 37.3], [108.9, 34.3]]).T
    assert at_sea(longitude, latitude).tolist() == [True, True, False, False, False]


@pytest.mark.parametrize("spacing", [0.3, 0.01, 2.0, -1.0])
def test_invalid_spacings(spacing):
    with pytest.raises(InputError, match="spacing"):
        ModelGrid(spacing)


def test_grid_covers_the_box():
    grid = ModelGrid(0.25)
    assert (grid.longitude[0], grid.longitude[-1], grid.latitude[0], grid.latitude[-1]) == BOX
    assert np.diff(grid.longitude) == pytest.approx(0.25)
    longitude, latitude = grid.cells()
    assert longitude.shape == latitude.shape == (81 * 45,)
