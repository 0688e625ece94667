"""Cases and seeds in processes of their own."""

import logging

import pytest
from evaluation.sample_methods import OneCase, Random, Refusing

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.harness import evaluate
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.evaluation.result_cache import ResultCache


def run(protocol, models, folder, jobs, seeds=2):
    store = ResultCache(folder)
    return evaluate(protocol, protocol.cases(), models, seeds, store, MethodOptions(store.folder), "idw", jobs)


def test_jobs_change_no_score_and_run_each_part_once(tmp_path, caplog):
    protocol = OneCase({"random": Random})
    one = run(protocol, ["idw", "random"], tmp_path / "one", jobs=1)
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="aqnet_pyg"):
        two = run(protocol, ["idw", "random"], tmp_path / "two", jobs=2)
    assert two["rows"] == one["rows"]
    assert two["differences"] == one["differences"]
    done = [
        [f"small, seed {seed}, finished ({number} of 2)" for number, seed in enumerate(each, 1)]
        for each in ((0, 1), (1, 0))
    ]
    assert caplog.messages in done  # nothing was left to run in this process
    names = ["small-idw-0.npz", "small-random-0.npz", "small-random-1.npz"]
    assert sorted(path.name for path in (tmp_path / "two").iterdir()) == names


def test_a_single_task_needs_no_process(tmp_path, caplog):
    with caplog.at_level(logging.INFO, logger="aqnet_pyg"):
        run(OneCase(), ["idw"], tmp_path, jobs=2, seeds=1)
    assert caplog.messages[0] == "small: idw, seed 0 ..."  # log messages of other processes are not captured here


def test_an_error_in_a_process_is_that_of_the_run(tmp_path):
    with pytest.raises(InputError, match="refused"):
        run(OneCase({"refusing": Refusing}), ["idw", "refusing"], tmp_path, jobs=2)
