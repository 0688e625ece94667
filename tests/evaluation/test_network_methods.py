"""Networks and ensembles as rows of the tables."""

import numpy as np
import pytest
from evaluation.evaluation_data import small_case, small_forecast_case
from station_samples import random_station_data

from aqnet_pyg.ensembles import ForecastEnsemblePredictor
from aqnet_pyg.evaluation import network_methods
from aqnet_pyg.evaluation.calibration_samples import calibration_sample
from aqnet_pyg.evaluation.network_methods import EnsembleReconstruction, NetworkReconstruction, train_network
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.evaluation.rows import forecast, reconstruction
from aqnet_pyg.inference import reanalyze
from aqnet_pyg.nn.ablations import ABLATIONS
from aqnet_pyg.windows import Window

TRAIN = "aqnet_pyg.training.network_fitting.train"

pytestmark = pytest.mark.usefixtures("small_batches")


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory):
    case = small_case()
    method = EnsembleReconstruction(MethodOptions(tmp_path_factory.mktemp("ensemble"), steps=1, device="cpu"))
    return case, method.fit(case.training_data(), case.validation_data(), case.target, 0)


def not_trained(model, data, folder, **options):
    folder.mkdir(parents=True, exist_ok=True)
    return model.eval()


@pytest.mark.parametrize("seed", [0, 1])
def test_some_visible_stations_are_kept_out_of_the_training(seed, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        TRAIN, lambda model, data, folder, **options: seen.append(data) or not_trained(model, data, folder)
    )
    case = small_case()
    member = train_network(
        "network",
        case.training_data(),
        case.validation_data(),
        target="pm25",
        window=Window(8, margin=2),
        seed=seed,
        options=MethodOptions(tmp_path, steps=1),
    )
    unseen = member.untrained
    (data,) = seen
    assert unseen
    assert set(data.train_windows.codes) == set(case.visible) - set(unseen)
    hidden = [
        code for code, hide in zip(data.validation_windows.codes, data.validation_windows.hidden, strict=True) if hide
    ]
    assert set(hidden) == set(unseen)
    assert set(data.validation_windows.codes) == set(case.visible)


def test_intervals_are_calibrated_on_the_krigings_alone(ensemble, monkeypatch):
    case, method = ensemble
    sample = calibration_sample(case, method)
    everything = np.isfinite(case.fitting_data().pm25.values)
    assert everything[case.validation].sum() < sample.truth.size <= everything.sum()

    def fitted_to_stations(*arguments):
        raise AssertionError("a network predicted")

    monkeypatch.setattr(network_methods, "predict_at", fitted_to_stations)
    np.testing.assert_array_equal(calibration_sample(case, method).value, sample.value)


def test_members_of_an_ensemble_keep_out_other_stations(tmp_path, monkeypatch):
    monkeypatch.setattr(TRAIN, not_trained)
    case = small_case()
    options = MethodOptions(tmp_path, steps=1, device="cpu")
    views = case.training_data(), case.validation_data()
    one, other = (
        set(
            train_network(
                "network", *views, target="pm25", window=Window(8, margin=2), seed=0, options=options, number=number
            ).untrained
        )
        for number in range(2)
    )
    assert one
    assert other
    assert not one & other


def test_rows_share_the_network_that_they_have_in_common(ensemble, monkeypatch):
    case, method = ensemble

    def predicted(name):
        row = NetworkReconstruction(method.options, name)
        row.fit(case.training_data(), case.validation_data(), case.target, 0)
        return row.member.predictor.network.state_dict()

    def trained_again(*arguments, **options):
        raise AssertionError("it was trained again")

    monkeypatch.setattr(TRAIN, trained_again)
    shared, first = predicted("network"), method.ensemble.networks[0].network.state_dict()
    assert all(bool((value == first[name]).all()) for name, value in shared.items())
    with pytest.raises(AssertionError, match="trained again"):
        predicted("network-k8")


def test_the_weights_of_an_ensemble_are_reported(ensemble):
    _, method = ensemble
    near = {name.removesuffix("_near"): weight for name, weight in method.chosen.items() if name.endswith("_near")}
    assert list(near) == ["kriging_log", "kriging_st", "networks"]
    assert all(0 <= weight <= 1 for weight in near.values())


def predicted(name, folder):
    case = small_case()
    method = reconstruction(name, MethodOptions(folder, steps=2, device="cpu"))
    method.fit(case.training_data(), case.validation_data(), case.target, 0)
    return method.predict(case.measured(), case.targets, case.hours).value


@pytest.fixture(scope="module")
def predicted_by_network(tmp_path_factory):
    return predicted("network", tmp_path_factory.mktemp("network"))


@pytest.mark.parametrize("name", [name for name in ABLATIONS if name != "network"])
def test_an_ablation_is_another_network(name, predicted_by_network, tmp_path):
    one, other = predicted_by_network, predicted(name, tmp_path)
    assert np.isfinite(other).all()
    assert not np.allclose(one, other)


def test_the_ensemble_of_forecasts_is_the_product(tmp_path):
    pytest.importorskip("transformers")
    window = Window(26, horizon=36)
    case = small_forecast_case(window=window, hours=24 * 36)
    method = forecast("ensemble", MethodOptions(tmp_path, steps=2, device="cpu"))
    method.fit(case.training_data(), case.validation_data(), "pm25", window, 0)
    assert isinstance(method.predictor, ForecastEnsemblePredictor)
    weights = [method.chosen[f"weight_day_{day}"] for day in (1, 2)]
    np.testing.assert_allclose(weights, method.predictor.weights, atol=5e-4)
    issue, found = case.issues[1], method.predict(case.windows(), case.targets)
    part = case.data.isel(time=slice(issue - 25, issue + 37))
    result, _ = reanalyze(method.predictor, part, hidden=case.hidden)
    for codes, values in ((case.visible, found.visible), (case.hidden, found.hidden)):
        expected = result.pm25.sel(station=list(codes)).transpose("forecast_reference_time", "lead", "station")[0]
        np.testing.assert_allclose(values[1], expected, rtol=1e-4)


def test_ablations_forecast_too(tmp_path):
    data = random_station_data(stations=12)
    for name in ("network-no-attention", "network-idw", "network-from-scratch"):
        method = forecast(name, MethodOptions(tmp_path / name, steps=2, device="cpu"))
        method.fit(data, data, "pm25", Window(24, horizon=12), 0)
        window = data.isel(time=slice(0, 36))
        past = window.where(window.time < window.time[24])
        at_targets = method.predict([past], (np.array([115.0]), np.array([38.0])))
        assert at_targets.visible.shape == (1, 12, 12)
        assert np.isfinite(at_targets.hidden).all()
