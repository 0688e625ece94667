"""Predictions at places without a station."""

import numpy as np
from model_samples import random_network

from aqnet_pyg.ensembles.targets import predict_at, with_targets
from aqnet_pyg.inference import NetworkPredictor, reanalyze
from aqnet_pyg.windows import Window


def test_targets_are_hidden_stations(station_data):
    model = NetworkPredictor(random_network(station_data, Window(12, margin=2)))
    code = str(station_data.station.values[0])
    place = station_data.sel(station=[code])
    measured = station_data.drop_sel(station=code)
    coordinates = place.longitude.values, place.latitude.values
    hours = station_data.indexes["time"][[10, 11, 40]]
    found = predict_at(model, measured, measured, coordinates, hours)
    whole, _ = reanalyze(model, station_data, hidden=[code])
    assert found.shape == (3, 1)
    extended, codes = with_targets(measured, coordinates)
    assert codes == ("target 000000",)
    assert extended.pm25.sel(station=list(codes)).isnull().all()
    assert np.isfinite(found).all()
    assert abs(found[:, 0] - whole.pm25.sel(station=code).values[[10, 11, 40]]).max() < 30
