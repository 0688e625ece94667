"""Predictions at places without a station."""

import numpy as np
from inference.first_guess_samples import guided_network
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


def test_covariates_at_targets_are_those_of_stations_there(station_data):
    field = station_data.pm25.copy(data=np.random.default_rng(0).uniform(10, 90, station_data.pm25.shape))
    data = station_data.assign(pm25_first_guess=field)
    model, code = guided_network(data, Window(12, margin=2)), str(data.station.values[0])
    place, measured = data.sel(station=[code]), data.drop_sel(station=code)
    coordinates, hours = (place.longitude.values, place.latitude.values), data.indexes["time"][[10, 11, 19, 40]]
    covariates = place[["pm25_first_guess"]]
    found = predict_at(model, measured, measured, coordinates, hours, covariates=covariates)
    expected, _ = reanalyze(model, data, hidden=[code], start=hours[0], end=hours[2])
    np.testing.assert_allclose(found[:3, 0], expected.pm25.sel(station=code, time=hours[:3].to_numpy()), rtol=1e-3)
    without = predict_at(model, measured, measured, coordinates, hours)
    assert np.abs(without - found).max() > 1
    # Hours that the covariates lack are missing.
    later = covariates.isel(time=slice(30, 60))
    found = predict_at(model, measured, measured, coordinates, hours[:1], covariates=later)
    np.testing.assert_allclose(found, without[:1], rtol=1e-3)
