"""Calibrated networks and what they predict."""

from station_samples import random_station_data

from aqnet_pyg.grid import Grid
from aqnet_pyg.inference import calibrate, reanalyze
from aqnet_pyg.nn import AQNet
from aqnet_pyg.scaling import Scaler


def calibrated(window, hours=24 * 8):
    """An untrained network with intervals, its predictions at 30 stations, six of them hidden, and on a coarse grid."""
    data = random_station_data(stations=30, hours=hours)
    hidden = data.station.values[:6]
    model = AQNet(window, Scaler.fit(data, ["pm25", "pm10"]), k=4, channels=8).eval()
    model = calibrate(model, data, [hidden])
    stations, grid = reanalyze(model, data, hidden=hidden, grid=Grid.around(data, 3.0))
    return model, stations, grid
