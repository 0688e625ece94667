"""Daily means of the long-term table."""

import numpy as np
import pytest

from aqnet_pyg.evaluation.protocols import PROTOCOLS


def test_daily_means_need_most_hours_and_use_the_same_hours_of_a_forecast():
    protocol = PROTOCOLS["long-term"]
    rng = np.random.default_rng(0)
    truth, forecast = rng.uniform(0, 100, (2, 5, 168, 3))
    truth[0, :4, 0] = np.nan  # 20 hours are left
    truth[0, 24:29, 0] = np.nan  # 19 hours
    truth[1, :24] = np.nan  # no station
    measured, predicted = protocol.aggregates(truth, truth), protocol.aggregates(truth, forecast)
    assert measured["7d_station"].shape == (5, 7, 3)
    assert predicted["2d_network"].shape == (5, 2)
    assert predicted["4d_station"][0, 0, 0] == pytest.approx(forecast[0, 4:24, 0].mean())
    assert np.isnan(measured["2d_station"][0, 1, 0])
    assert np.isnan(predicted["2d_station"][0, 1, 0])
    assert np.isnan(measured["2d_network"][1, 0])
    assert measured["2d_network"][0, 1] == pytest.approx(truth[0, 24:48, 1:].mean())
    assert predicted["7d_network"][3, 6] == pytest.approx(forecast[3, 144:].mean())
