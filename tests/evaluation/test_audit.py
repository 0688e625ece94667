"""The audit passes methods without leakage and finds those that use data they must not use."""

import numpy as np
import pytest
from evaluation.evaluation_data import HIDDEN, small_case, small_forecast_case
from evaluation.sample_methods import MeanOfDay, MeanOfNetwork, OneCase, OneForecast, Random

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.audit import audit
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.evaluation.reconstruction_methods import Prediction
from aqnet_pyg.evaluation.result_cache import MethodResult


def run(protocol, models, tmp_path, cases=None):
    return audit(protocol, cases or protocol.cases(), models, MethodOptions(tmp_path))


class ValidatesOnTest(OneCase):
    """A protocol that gives methods the test hours as validation."""

    def run(self, case, method, seed, predicted_from):
        method.fit(case.training_data(), case.measured(), case.target, seed)
        value, _ = method.predict(predicted_from.measured(), case.targets, case.hours)
        return MethodResult({"value": value}, method.chosen)


class SelectsOnValidation(MeanOfNetwork):
    """Selects a hyper-parameter on the validation hours; leaks if the protocol gives it test hours."""

    def fit(self, training, validation, target, seed):
        self.chosen = {"level": float(validation[target].mean())}
        return super().fit(training, validation, target, seed)


class HidesNothing(OneCase):
    """A protocol that predicts from a case with its hidden stations."""

    def run(self, case, method, seed, predicted_from):
        method.fit(case.training_data(), case.validation_data(), case.target, seed)
        value, _ = method.predict(predicted_from.data, case.targets, case.hours)
        return MethodResult({"value": value})


def test_methods_without_leakage_pass(tmp_path):
    passed = run(OneCase({"mean": MeanOfNetwork, "random": Random}), ["idw", "kriging", "mean", "random"], tmp_path)
    assert list(passed) == ["idw", "kriging", "mean", "random"]
    assert passed["idw"] == ["small: hidden stations", "small: test hours"]


def test_a_method_that_uses_the_truth_is_found(tmp_path):
    """The truth reaches it through the case itself."""
    case = small_case()

    class UsesTruth(MeanOfNetwork):
        def predict(self, measured, coordinates, hours):
            value, std = super().predict(measured, coordinates, hours)
            return Prediction(value + leak[0], std)

    class Leaky(OneCase):
        def run(self, case, method, seed, predicted_from):
            leak[0] = float(np.nanmean(case.data.pm25.sel(station=list(HIDDEN))))
            return super().run(case, method, seed, predicted_from)

    leak = [0.0]
    with pytest.raises(InputError) as error:
        run(Leaky({"leaky": UsesTruth}), ["leaky"], tmp_path, [case])
    assert str(error.value).startswith("audit: leaky on small depends on the hidden stations")
    assert "\n" not in str(error.value)


def test_a_protocol_that_shows_hidden_stations_is_found(tmp_path):
    with pytest.raises(InputError, match="hidden stations, which it must not use: the array 'value' differs"):
        run(HidesNothing({"mean": MeanOfNetwork}), ["mean"], tmp_path)


def test_a_hyper_parameter_that_is_chosen_in_test_hours_is_found(tmp_path):
    assert run(OneCase({"selected": SelectsOnValidation}), ["selected"], tmp_path)
    with pytest.raises(InputError, match="test hours, which it must not use: the selected level differs"):
        run(ValidatesOnTest({"selected": SelectsOnValidation}), ["selected"], tmp_path)


def test_a_change_of_the_last_digit_is_found(tmp_path):
    class Barely(OneCase):
        def run(self, case, method, seed, predicted_from):
            part = super().run(case, method, seed, predicted_from)
            exceeds = float(case.measured().pm25.isel(time=case.test).max()) > 150  # true values stay below
            part.arrays["value"][3, 1] = np.nextafter(part.arrays["value"][3, 1], np.inf if exceeds else 0)
            return part

    with pytest.raises(InputError, match="test hours, which it must not use: the array 'value' differs"):
        run(Barely({"mean": MeanOfNetwork}), ["mean"], tmp_path)


def test_a_forecast_without_leakage_passes(tmp_path):
    passed = run(OneForecast({"mean": MeanOfDay}), ["mean", "damped-persistence", "linear"], tmp_path)
    assert passed["mean"] == [f"forecast: {checked}" for checked in ("hidden stations", "test hours", "future hours")]


def test_windows_that_show_the_future_are_found(tmp_path, monkeypatch):
    class UsesFuture(MeanOfDay):
        def used(self, window):
            return window.isel(time=slice(self.window.history - 24, self.window.history + 1))

    protocol = OneForecast({"ahead": UsesFuture})
    assert run(protocol, ["ahead"], tmp_path)  # the hour ahead is empty

    def windows(case):
        first = case.issues - case.window.history + 1
        return [case.measured().isel(time=slice(start, start + case.window.length)) for start in first]

    monkeypatch.setattr(type(small_forecast_case()), "windows", windows)
    with pytest.raises(InputError, match="ahead on forecast depends on the future hours"):
        run(protocol, ["ahead"], tmp_path)


def test_covariates_of_the_horizon_may_be_used(tmp_path):
    class UsesCovariate(MeanOfDay):
        def used(self, window):
            return window.assign(pm25=window.o3).isel(time=slice(-24, None))

    protocol = OneForecast({"covariate": UsesCovariate})
    assert run(protocol, ["covariate"], tmp_path, [small_forecast_case(known=("o3",))])
