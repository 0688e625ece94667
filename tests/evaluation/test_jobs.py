"""Cases and seeds in processes of their own."""

import logging
import os
import pickle
from functools import partial
from types import SimpleNamespace

import pytest
from evaluation.process_tasks import refuse_second_seed, write_process
from evaluation.sample_methods import OneCase, Random

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation import harness
from aqnet_pyg.evaluation.harness import evaluate
from aqnet_pyg.evaluation.jobs import run_in_processes
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.evaluation.result_cache import ResultCache

TASKS = [(SimpleNamespace(name=name), seed) for name in ("west", "east") for seed in range(2)]


def run(protocol, models, folder, jobs, seeds=2):
    store = ResultCache(folder)
    return evaluate(protocol, protocol.cases(), models, seeds, store, MethodOptions(store.folder), "idw", jobs)


def test_each_task_is_run_once_in_another_process(tmp_path, caplog):
    with caplog.at_level(logging.INFO, logger="aqnet_pyg"):
        run_in_processes(partial(write_process, tmp_path), TASKS, 2)
    assert {path.name for path in tmp_path.iterdir()} == {f"{case.name}-{seed}" for case, seed in TASKS}
    assert str(os.getpid()) not in {path.read_text() for path in tmp_path.iterdir()}
    assert sorted(message.split(", finished")[0] for message in caplog.messages) == sorted(
        f"{case.name}, seed {seed}" for case, seed in TASKS
    )
    counts = [message.split("finished (")[1] for message in caplog.messages]
    assert all(count.startswith(f"{number} of 4, about ") for number, count in enumerate(counts[:3], start=1))
    assert counts[3] == "4 of 4)"


def test_an_error_in_a_process_is_that_of_the_run():
    with pytest.raises(InputError, match="refused"):
        run_in_processes(refuse_second_seed, TASKS[:2], 2)


def test_jobs_change_no_score_and_leave_nothing_to_this_process(tmp_path, caplog, monkeypatch):
    """What other processes are given is pickled."""
    protocol, given = OneCase({"random": Random}), []
    one = run(protocol, ["idw", "random"], tmp_path / "one", jobs=1)

    def run_pickled(function, tasks, jobs):
        given.extend((case.name, seed, jobs) for case, seed in tasks)
        for case, seed in tasks:
            pickle.loads(pickle.dumps(function))(*pickle.loads(pickle.dumps((case, seed))))
        caplog.clear()

    monkeypatch.setattr(harness, "run_in_processes", run_pickled)
    with caplog.at_level(logging.INFO, logger="aqnet_pyg"):
        two = run(protocol, ["idw", "random"], tmp_path / "two", jobs=3)
    assert given == [("small", 0, 2), ("small", 1, 2)]
    assert caplog.messages == []
    assert two["rows"] == one["rows"]
    assert two["differences"] == one["differences"]
    names = ["small-idw-0.npz", "small-random-0.npz", "small-random-1.npz"]
    assert sorted(path.name for path in (tmp_path / "two").iterdir()) == names


def test_a_single_task_needs_no_process(tmp_path, monkeypatch):
    monkeypatch.setattr(harness, "run_in_processes", None)
    assert run(OneCase(), ["idw"], tmp_path, jobs=2, seeds=1)["rows"]
