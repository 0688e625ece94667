"""Methods, seeds and cases, run and combined into tables."""

import logging
from dataclasses import replace

import numpy as np
import pytest
from evaluation.evaluation_data import small_case
from evaluation.sample_methods import MeanOfNetwork, OneCase, Random

from aqnet_pyg.baselines import OrdinaryKriging
from aqnet_pyg.baselines.coordinates import coordinates_of
from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation import harness
from aqnet_pyg.evaluation.cost import Cost
from aqnet_pyg.evaluation.harness import check_models, evaluate
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.evaluation.result_cache import MethodResult, ResultCache
from aqnet_pyg.training import network_fitting as fitting


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


def test_costs_are_the_sum_over_cases_and_the_mean_over_seeds(tmp_path, monkeypatch):
    costs = {0: Cost(2.0, 1.0, 30.0), 1: Cost(4.0, 2.0, None), 2: Cost(6.0, 3.0, 50.0)}

    def result(protocol, case, model, seed, cache, options, left):
        return MethodResult({"value": case.truth() + seed}, {}, costs[seed])

    monkeypatch.setattr(harness, "run_method", result)
    protocol = OneCase({"random": Random})
    cases = [small_case(), replace(small_case(), name="other")]
    store = ResultCache(tmp_path)
    found = evaluate(protocol, cases, ["random"], 3, store, MethodOptions(store.folder), "random")
    assert found["cost"] == {"random": {"seconds": 8.0, "processor_seconds": 4.0, "memory_mib": 50}}
    assert found["cases"]["other"]["seconds"] == {"random": 4.0}


def test_finished_parts_are_not_run_again(tmp_path, monkeypatch):
    first = run(OneCase({"mean": MeanOfNetwork}), ["mean", "idw"], tmp_path)
    monkeypatch.setattr(MeanOfNetwork, "fit", None)
    again = run(OneCase({"mean": MeanOfNetwork}), ["mean", "idw"], tmp_path)
    assert again == first


def test_the_log_has_the_number_of_finished_results_and_the_time_left(tmp_path, caplog):
    run(OneCase({"mean": MeanOfNetwork}), ["mean"], tmp_path, reference="mean")
    caplog.clear()
    with caplog.at_level(logging.INFO, "aqnet_pyg"):
        run(OneCase({"mean": MeanOfNetwork, "random": Random}), ["mean", "random"], tmp_path, reference="mean")
    counts = [message.split(" (")[1] for message in caplog.messages if " took " in message]
    assert [count.split(" ")[0] for count in counts] == ["2", "3", "4"], "the finished one counts too"
    assert all(" of 4, about " in count for count in counts[:2])
    assert counts[2] == "4 of 4)"


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


@pytest.mark.usefixtures("small_batches")
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


def test_unknown_rows_are_refused():
    with pytest.raises(InputError, match="models: 'magic' is not a row of this protocol; use some of nearest"):
        check_models(OneCase(), ["idw", "magic"])
