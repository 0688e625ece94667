"""Methods, seeds and cases, run and put together."""

import numpy as np
import pytest
from evaluation.evaluation_data import HIDDEN, hours_of, small_case
from evaluation.stand_ins import MeanOfNetwork, OneCase, OneForecast, Random
from station_samples import random_station_data

from aqnet_pyg.baselines import OrdinaryKriging
from aqnet_pyg.baselines.base import coordinates_of
from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.calibration_samples import calibration_sample
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.harness import check_models, evaluate
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.evaluation.reconstruction_methods import InterpolatorMethod
from aqnet_pyg.evaluation.result_cache import ResultCache
from aqnet_pyg.evaluation.rows import reconstruction
from aqnet_pyg.local_dates import local_days
from aqnet_pyg.training import fitting


def run(protocol, models, tmp_path, seeds=3, reference="idw"):
    store = ResultCache(tmp_path / "parts")
    return evaluate(protocol, protocol.cases(), models, seeds, store, MethodOptions(store.folder), reference)


def test_scores_are_those_of_the_interpolator_itself(tmp_path):
    case = small_case()
    result = run(OneCase(), ["kriging"], tmp_path)
    training, measured = case.training_data(), case.measured()
    kriging = OrdinaryKriging().fit(coordinates_of(training), training.pm25.values)
    estimate = kriging.predict(case.targets, measured.pm25.values[case.test])
    error = (estimate - case.truth())[np.isfinite(case.truth())]
    row = result["rows"]["kriging"]
    assert row["mae"] == {"mean": pytest.approx(np.abs(error).mean()), "sd": 0.0}
    assert row["rmse"]["mean"] == pytest.approx(np.sqrt((error**2).mean()))
    assert result["n"] == {"all": error.size}
    assert result["cases"]["small"]["chosen"]["kriging"]["range_km_"] == kriging.range_km_


def test_random_methods_have_a_spread_and_others_are_run_once(tmp_path):
    result = run(OneCase({"random": Random}), ["idw", "random"], tmp_path)
    assert result["rows"]["idw"]["mae"]["sd"] == 0
    assert result["rows"]["random"]["mae"]["sd"] > 0
    files = sorted(path.name for path in (tmp_path / "parts").iterdir())
    assert files == ["small-idw-0.npz", *(f"small-random-{seed}.npz" for seed in range(3))]
    assert set(result["differences"]["all"]) == {"random"}
    assert set(result["intervals"]["all"]) == {"random", "random-gaussian"}


def test_finished_parts_are_not_run_again(tmp_path, monkeypatch):
    first = run(OneCase({"mean": MeanOfNetwork}), ["mean", "idw"], tmp_path)
    monkeypatch.setattr(MeanOfNetwork, "fit", None)
    again = run(OneCase({"mean": MeanOfNetwork}), ["mean", "idw"], tmp_path)
    assert again == first


def test_an_interrupted_run_goes_on(tmp_path, monkeypatch):
    whole = run(OneCase({"random": Random}), ["random"], tmp_path / "whole")
    fit, calls = Random.fit, []

    def interrupted(self, training, validation, target, seed):
        if seed == 2 and not calls:
            calls.append(seed)
            raise KeyboardInterrupt
        return fit(self, training, validation, target, seed)

    monkeypatch.setattr(Random, "fit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(OneCase({"random": Random}), ["random"], tmp_path)
    assert len(list((tmp_path / "parts").glob("*.npz"))) == 2
    again = run(OneCase({"random": Random}), ["random"], tmp_path)
    assert again["rows"] == whole["rows"]


def test_a_network_is_trained_once_for_all_rows_of_a_case_and_then_removed(tmp_path, monkeypatch):
    trained, train = [], fitting.train

    def counted(model, windows, folder, **options):
        trained.append(folder)
        return train(model, windows, folder, **options)

    monkeypatch.setattr(fitting, "train", counted)
    store = ResultCache(tmp_path / "parts")
    options = MethodOptions(store.folder, steps=1, device="cpu")
    evaluate(OneCase(), [small_case()], ["network", "ensemble", "idw"], 1, store, options, "idw")
    assert len(trained) == len(set(trained)) == fitting.MEMBERS
    assert all(path.suffix == ".npz" for path in store.folder.iterdir())


def test_intervals_are_calibrated_on_visible_stations_in_validation_hours_and_as_many_training_days(tmp_path):
    data = random_station_data(16, 480)
    case = Case("small", data, "pm25", HIDDEN, **hours_of(480, (0.6, 0.1)))
    method = reconstruction("kriging", MethodOptions(tmp_path)).fit(
        case.training_data(), case.validation_data(), "pm25", 0
    )
    sample = calibration_sample(case, method)
    days = local_days(case.data.indexes["time"], case.data.attrs["time_zone"])
    training = np.unique(days[case.train])
    step = len(training) // len(np.unique(days[case.validation]))
    assert step > 1
    hours = case.validation | (case.train & np.isin(days, training[step // 2 :: step]))
    visible = case.measured().pm25.values[hours]
    assert sorted(sample.truth) == pytest.approx(sorted(visible[np.isfinite(visible)]))
    assert (sample.distance_km > 0).all()
    assert not np.allclose(sample.value, sample.truth)
    assert (
        calibration_sample(
            case, reconstruction("idw", MethodOptions(tmp_path)).fit(case.training_data(), None, "pm25", 0)
        )
        is None
    )


def test_interpolators_are_given_consecutive_hours_and_all_stations():
    case = small_case()
    method = InterpolatorMethod(OrdinaryKriging(range_km=500, nugget=0.1)).fit(case.training_data(), None, "pm25", 0)
    shown = case.measured()
    hours = shown.indexes["time"][[70, 90, 91]]
    value, std = method.predict(shown, case.targets, hours)
    every, _ = method.predict(shown, case.targets, shown.indexes["time"])
    np.testing.assert_allclose(value, every[[70, 90, 91]], rtol=1e-12)
    assert std.shape == (3, 3)
    fewer = shown.drop_sel(station=list(case.visible[:4]))
    without, _ = method.predict(fewer, case.targets, hours)
    missing = shown.copy()
    missing["pm25"] = shown.pm25.where(~shown.station.isin(case.visible[:4]))
    np.testing.assert_array_equal(without, method.predict(missing, case.targets, hours)[0])


def test_forecasts_have_tables_by_horizon_and_place(tmp_path):
    result = run(OneForecast(), ["persistence", "damped-persistence", "linear"], tmp_path, 2, "persistence")
    names = {
        f"{metric}_{lead}h_{place}"
        for metric in ("mae", "rmse", "r2")
        for lead in (12, 24)
        for place in ("visible", "hidden")
    }
    assert set(result["rows"]["linear"]) == names
    assert set(result["differences"]) == {
        "reference",
        *(f"{lead}h_{place}" for lead in (12, 24) for place in ("visible", "hidden")),
    }
    assert result["intervals"] == {}


def test_unknown_rows_are_refused():
    with pytest.raises(InputError, match="models: 'magic' is not a row of this protocol; use some of nearest"):
        check_models(OneCase(), ["idw", "magic"])
