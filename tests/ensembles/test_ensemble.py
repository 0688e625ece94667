"""The ensemble of krigings and networks."""

import numpy as np
import pytest
import torch
from station_samples import random_station_data

from aqnet_pyg.baselines import LocalSillKriging
from aqnet_pyg.ensembles import EnsemblePredictor, KrigingPredictor, Member, StackingWeights, fit_ensemble, fit_krigings
from aqnet_pyg.grid import Grid
from aqnet_pyg.inference import NetworkPredictor, reanalyze
from aqnet_pyg.nn import AQNet
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.windows import Window

WINDOW = Window(12, margin=2)


def krigings():
    return KrigingPredictor("pm25", [LocalSillKriging(range_km=300.0, nugget=0.05)], window=WINDOW)


def network(data, seed=0):
    torch.manual_seed(seed)
    model = AQNet(WINDOW, Scaler.fit(data, ["pm25", "pm10"]), k=4, channels=8).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.05 * torch.randn_like(parameter)
    return NetworkPredictor(model)


def constant(weight):
    return StackingWeights((0.0,), np.array([[weight]]))


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0])
def test_between_kriging_and_the_mean_of_the_networks(weight, station_data):
    networks = [network(station_data, seed) for seed in range(2)]
    ensemble = EnsemblePredictor(krigings(), networks, constant(weight))
    options = {"hidden": station_data.station.values[:2], "grid": Grid.around(station_data, 3.0)}
    found, kriged, *trained = (reanalyze(each, station_data, **options) for each in (ensemble, krigings(), *networks))
    for place in (0, 1):
        mean = (trained[0][place].pm25 + trained[1][place].pm25) / 2
        expected = kriged[place].pm25 + weight * (mean - kriged[place].pm25)
        np.testing.assert_allclose(found[place].pm25, np.maximum(expected, 0), rtol=1e-4, atol=1e-3)
        np.testing.assert_array_equal(found[place].pm25_spread, kriged[place].pm25_spread)
    assert found[0].attrs["model"] == "ensemble"
    np.testing.assert_allclose(found[1].pm25_background, kriged[1].pm25, rtol=1e-5)
    assert "pm25_background" not in kriged[1]


def test_where_no_network_predicts_the_krigings_remain():
    ensemble = EnsemblePredictor(krigings(), [network(random_station_data())], constant(0.5))
    stacked = np.array([[10.0, 20.0]])
    combined = ensemble.combine(stacked, stacked, np.array([[np.nan, 30.0]]), np.array([5.0, 5.0]))
    np.testing.assert_array_equal(combined, [[10.0, 25.0]])


def test_weights_of_a_network_follow_its_errors_at_stations_kept_out_of_training():
    data = random_station_data(stations=40, hours=96, missing=0.0)
    untrained = tuple(str(code) for code in data.station.values[:12])

    class Made(NetworkPredictor):
        def __init__(self, change):
            super().__init__(network(data).network)
            self.change = change

        def predict(self, stations, request, *others):
            found = super().predict(stations, request, *others)
            truth = {tuple(place): values for place, values in zip(PLACES, data.pm25.values.T, strict=True)}
            first = int((stations.time.values[0] - data.time.values[0]) / np.timedelta64(1, "h"))
            places = zip(stations.longitude.values, stations.latitude.values, strict=True)
            for column, place in enumerate(places):
                hours = first + 2 + np.arange(found.stations.shape[1])
                inside = (hours >= 0) & (hours < len(data.time))
                found.stations[0, inside, column] = self.change(truth[tuple(place)])[hours[inside]]
            return found

    PLACES = list(zip(data.longitude.values, data.latitude.values, strict=True))
    rng = np.random.default_rng(0)
    for change, low, high in [(lambda x: x, 0.9, 1.0), (lambda x: x + rng.normal(0, 200, x.shape), 0.0, 0.3)]:
        fitted = fit_ensemble(krigings(), [Member(Made(change), untrained)], data)
        assert low <= fitted.weights(np.array([50.0]))[0, 0] <= high


def test_krigings_are_stacked_with_weights_between_0_and_1():
    data = random_station_data(stations=20, hours=72)
    fitted = fit_krigings(data, "pm25", WINDOW)
    assert [type(each).__name__ for each in fitted.krigings] == [
        "LocalSillKriging",
        "OrdinaryKriging",
        "SpaceTimeKriging",
    ]
    weights = fitted.weights(np.array([0.0, 10.0, 500.0]))
    assert weights.shape == (3, 2)
    assert (weights[0] == 0).all()
    assert ((weights >= 0) & (weights <= 1)).all()
