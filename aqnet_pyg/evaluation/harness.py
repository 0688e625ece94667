"""Runs every method and seed of a protocol on every case, and puts the scores together."""

from __future__ import annotations

import logging
import shutil
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.interval_tables import IntervalScores, interval_table, score_intervals
from aqnet_pyg.evaluation.jobs import side_by_side
from aqnet_pyg.evaluation.protocol import MethodOptions, Protocol, Scored
from aqnet_pyg.evaluation.result_cache import MethodResult, ResultCache, fingerprint
from aqnet_pyg.evaluation.tables import Table, pool
from aqnet_pyg.resolver import find

log = logging.getLogger(__name__)


def evaluate(
    protocol: Protocol,
    cases: Sequence[Case],
    models: Sequence[str],
    seeds: int,
    store: ResultCache,
    options: MethodOptions,
    reference: str,
    jobs: int = 1,
) -> dict[str, Any]:
    """Compute (or take up from an earlier run) every part, and score them.

    Methods in which nothing is random are run once, and their spread over seeds is 0.

    Args:
        protocol: The experiment.
        cases: Its cases.
        models: Names of the rows.
        seeds: Seeds 0 to ``seeds - 1`` are run.
        store: Where finished parts are.
        options: Options of networks; they are kept in the store's folder until a case is done.
        reference: The row that differences are taken to.
        jobs: How many cases, or seeds of a case, are run at a time, each in a process.

    Returns:
        The tables ``rows``, ``n``, ``cases``, ``distance``, ``differences`` and ``intervals``.

    Raises:
        InputError: As methods do.
    """
    tasks = [(case, seed) for case in cases for seed in range(seeds)]
    jobs = min(jobs, len(tasks))
    if jobs > 1:
        # Their parts are then in the store.
        side_by_side(partial(_run_rows, protocol, models, store, options), tasks, jobs)
    tables: dict[str, list[Table]] = defaultdict(list)
    intervals: dict[str, dict[str, list[list[IntervalScores]]]] = defaultdict(lambda: defaultdict(list))
    described: dict[str, Any] = {}
    for case in cases:
        truths = protocol.truths(case)
        predictions: dict[str, dict[str, list[np.ndarray]]] = {name: defaultdict(list) for name in truths}
        about: dict[str, Any] = {"chosen": {}, "seconds": {}}
        for model in models:
            parts: list[MethodResult] = []
            for seed in range(seeds if protocol.method(model, options).stochastic else 1):
                part = run_part(protocol, case, model, seed, store, options)
                parts.append(part)
                for name, values in protocol.predictions(case, part.arrays).items():
                    predictions[name][model].append(values)
            about["chosen"][model] = parts[0].chosen
            about["seconds"][model] = round(float(np.mean([part.seconds for part in parts])), 1)
            if case.group in truths:
                for kind, each in score_intervals(truths[case.group], [part.arrays for part in parts]).items():
                    intervals[case.group][model if kind == "conformal" else f"{model}-{kind}"].append(each)
        shutil.rmtree(_trainings(store, case), ignore_errors=True)
        here = {name: _table(truth, predictions[name]) for name, truth in truths.items()}
        for name, table in here.items():
            tables[name].append(table)
        described[case.name] = _describe(case) | about | {"rows": _rows(here)}
    pooled = {name: pool(each) for name, each in tables.items()}
    return {
        "rows": _rows(pooled),
        "n": {name or "all": int(table.scored.truth.size) for name, table in pooled.items()},
        "without": {name or "all": table.without for name, table in pooled.items()},
        "cases": described,
        "distance": _kept({name or "all": table.by_distance() for name, table in pooled.items()}),
        "differences": {"reference": reference}
        | _kept({name or "all": table.differences(reference) for name, table in pooled.items()}),
        "intervals": {
            group or "all": interval_table({row: _pool_seeds(each) for row, each in rows.items()})
            for group, rows in intervals.items()
        },
    }


def run_part(
    protocol: Protocol, case: Case, model: str, seed: int, store: ResultCache, options: MethodOptions
) -> MethodResult:
    """One method with one seed on one case, from the store if it is there.

    Args:
        protocol: The protocol.
        case: The experiment.
        model: Name of the method.
        seed: Of everything random.
        store: Finished parts.
        options: Of the method.
    """
    name = f"{case.name}-{model}-{seed}"
    settings = options.steps, *filter(None, (options.variables, options.known))
    mark = fingerprint(case, model, seed, *settings)
    part = store.load(name, mark)
    if part is not None:
        return part
    log.info("%s: %s, seed %d ...", case.name, model, seed)
    start = time.perf_counter()
    # A folder per option set, so that no run resumes another's training.
    folder = _trainings(store, case) / fingerprint(case, *settings)[:12]
    part = protocol.run(case, protocol.method(model, replace(options, folder=folder)), seed, case)
    part = replace(part, seconds=time.perf_counter() - start)
    store.save(name, mark, part)
    log.info("%s: %s, seed %d, took %.0f s", case.name, model, seed, part.seconds)
    return part


def _run_rows(
    protocol: Protocol, models: Sequence[str], store: ResultCache, options: MethodOptions, case: Case, seed: int
) -> None:
    for model in models:
        if seed == 0 or protocol.method(model, options).stochastic:
            run_part(protocol, case, model, seed, store, options)


def _trainings(store: ResultCache, case: Case) -> Path:
    """Where networks of a case are until all its rows are done: some rows have one in common."""
    return store.folder / f"{case.name}-trainings"


def check_models(protocol: Protocol, models: Sequence[str]) -> None:
    """Refuse rows that the protocol does not have.

    Args:
        protocol: The protocol.
        models: Names of the rows.

    Raises:
        InputError: With those there are.
    """
    for model in models:
        if "." in model:
            find(model, "models")
    others = [model for model in models if model not in protocol.models and "." not in model]
    if not others:
        return
    known = protocol.known_models()  # loads the networks
    for model in others:
        if model not in known:
            raise InputError(
                f"models: {model!r} is not known to this protocol; use some of {', '.join(known)}, or the path of "
                "a baseline of your own."
            )


def _table(scored: Scored, predictions: Mapping[str, list[np.ndarray]]) -> Table:
    return Table.of(scored, {model: np.stack(seeds) for model, seeds in predictions.items()})


def _rows(tables: Mapping[str, Table]) -> dict[str, dict[str, dict[str, float]]]:
    """Metrics of several tables in one row a method; the name of the table follows that of the metric."""
    rows: dict[str, dict[str, dict[str, float]]] = defaultdict(dict)
    for name, table in tables.items():
        for model, metrics in table.rows().items():
            rows[model] |= {f"{metric}_{name}" if name else metric: value for metric, value in metrics.items()}
    return dict(rows)


def _describe(case: Case) -> dict[str, Any]:
    hours = case.data.indexes["time"]
    parts = {"train": case.train, "validation": case.validation, "test": case.test}
    return {
        "group": case.group or "all",
        "visible": len(case.visible),
        "hidden": list(case.hidden),
        "hours": {
            name: {"n": int(part.sum()), "first": str(hours[part][0]), "last": str(hours[part][-1])}
            for name, part in parts.items()
        },
    }


def _pool_seeds(cases: list[list[IntervalScores]]) -> list[IntervalScores]:
    """Scores of each seed, over all cases."""
    return [
        {name: np.concatenate([seed[name] for seed in seeds]) for name in seeds[0]}
        for seeds in zip(*cases, strict=True)
    ]


def _kept(tables: dict[str, Any]) -> dict[str, Any]:
    return {name: table for name, table in tables.items() if table}
