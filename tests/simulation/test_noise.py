import numpy as np
import pytest

from aqnet_pyg.simulation.noise import red_noise


def test_series_are_standard_normal_with_the_correlation_time():
    series = red_noise(np.random.default_rng(0), 4000, 10.0, np.zeros(20)).real
    assert series.std() == pytest.approx(1, abs=0.1)
    assert series.mean() == pytest.approx(0, abs=0.1)
    assert np.corrcoef(series[1:].ravel(), series[:-1].ravel())[0, 1] > 0.95
    assert abs(np.corrcoef(series[80:].ravel(), series[:-80].ravel())[0, 1]) < 0.1
