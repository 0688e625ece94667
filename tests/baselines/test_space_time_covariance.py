import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from aqnet_pyg.baselines import covariance_table, distance_matrix_km
from aqnet_pyg.baselines.space_time_covariance import START

LOGARITHMS = arrays.arrays(float, START.shape, elements=st.floats(-3, 3))


def table(parameters=START, lags=48):
    longitude, latitude = np.array([116.0, 116.1, 117.0, 116.0]), np.array([40.0, 40.1, 39.0, 40.0])
    distance = distance_matrix_km((longitude, latitude), (longitude, latitude))
    return covariance_table(parameters, distance, lags), distance


def test_values_of_the_formula():
    found, distance = table()
    v, r, tau = np.exp(START[:12]).reshape(3, 4)
    a, b, beta, g, q, nugget = np.exp(START[12:])
    for (one, other, lag), value in np.ndenumerate(found):
        cycle = np.cos(lag * np.pi / 12) * np.exp(-lag / 300)
        expected = np.sum(v * np.exp(-distance[one, other] / r - lag / tau))
        expected += g * np.exp(-distance[one, other] / 200) * cycle
        if one == other:
            expected += a * np.exp(-lag / 1000) + b * np.exp(-lag / beta) + q * cycle + nugget * (lag == 0)
        assert value == pytest.approx(expected)


@given(LOGARITHMS)
def test_is_symmetric_and_positive_definite(change):
    found, _ = table(START + change, lags=30)
    np.testing.assert_allclose(found, found.transpose(1, 0, 2), rtol=1e-9)
    lag = np.abs(np.subtract.outer(np.arange(31), np.arange(31)))
    system = found[:, :, lag].transpose(0, 2, 1, 3).reshape(4 * 31, 4 * 31)
    assert np.linalg.eigvalsh(system).min() > 0, "also of two stations at one place"
