"""Run every method and seed of a protocol on every case, and compute the tables."""

from __future__ import annotations

import logging
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.cost import Cost, measured
from aqnet_pyg.evaluation.interval_tables import IntervalScores, interval_table
from aqnet_pyg.evaluation.jobs import run_in_processes
from aqnet_pyg.evaluation.protocol import MethodOptions, Protocol, Scored
from aqnet_pyg.evaluation.result_cache import MethodResult, ResultCache, fingerprint
from aqnet_pyg.evaluation.tables import Table, pool
from aqnet_pyg.evaluation.time_left import TimeLeft
from aqnet_pyg.resolver import find

log = logging.getLogger(__name__)


def evaluate(
    protocol: Protocol,
    cases: Sequence[Case],
    models: Sequence[str],
    seeds: int,
    cache: ResultCache,
    options: MethodOptions,
    reference: str,
    jobs: int = 1,
) -> dict[str, Any]:
    """Compute (or load from the cache) the result of every method, and score them.

    Deterministic methods are run once, and their standard deviation over seeds is 0.

    Args:
        protocol: The experiment.
        cases: Its cases.
        models: Names of the rows.
        seeds: Seeds 0 to ``seeds - 1`` are run.
        cache: Cache of finished results.
        options: Options of networks; networks are kept in the folder of the cache until a case is finished.
        reference: Row that the others are compared with.
        jobs: Number of processes; each runs one seed of a case at a time.

    Returns:
        Tables by name: ``rows`` (metrics of each row), ``n`` (number of values), ``without`` (number of values left out because
        a row has no prediction there), ``cases``, ``distance``, ``differences`` to the reference and ``intervals``.

    Raises:
        InputError: If a method cannot be fitted to the data.
    """
    tasks = [(case, seed) for case in cases for seed in range(seeds)]
    jobs = min(jobs, len(tasks))
    if jobs > 1:
        # Their results are then in the cache.
        run_in_processes(partial(_run_rows, protocol, models, cache, options), tasks, jobs)
    tables: dict[str, list[Table]] = defaultdict(list)
    intervals: dict[str, dict[str, list[list[IntervalScores]]]] = defaultdict(lambda: defaultdict(list))
    described: dict[str, Any] = {}
    costs: dict[str, list[Cost]] = defaultdict(list)
    runs = {model: seeds if protocol.method(model, options).stochastic else 1 for model in models}
    left = TimeLeft({model: len(cases) * number for model, number in runs.items()})
    for case in cases:
        truths = protocol.truths(case)
        predictions: dict[str, dict[str, list[np.ndarray]]] = {name: defaultdict(list) for name in truths}
        selected: dict[str, Any] = {"chosen": {}, "seconds": {}}
        for model in models:
            results: list[MethodResult] = []
            for seed in range(runs[model]):
                result = run_method(protocol, case, model, seed, cache, options, left)
                results.append(result)
                for name, values in protocol.predictions(case, result.arrays).items():
                    predictions[name][model].append(values)
            selected["chosen"][model] = results[0].chosen
            costs[model] += [result.cost for result in results]
            selected["seconds"][model] = round(float(np.mean([result.cost.seconds for result in results])), 1)
            for kind, each in protocol.score_intervals(case, [result.arrays for result in results]).items():
                intervals[case.group][f"{model}-{kind}" if kind else model].append(each)
        shutil.rmtree(_trainings(cache, case), ignore_errors=True)
        here = {name: _table(truth, predictions[name]) for name, truth in truths.items()}
        for name, table in here.items():
            tables[name].append(table)
        described[case.name] = _describe(case) | selected | {"rows": _rows(here)}
    pooled = {name: pool(each) for name, each in tables.items()}
    return {
        "rows": _rows(pooled),
        "n": {name or "all": int(table.scored.truth.size) for name, table in pooled.items()},
        "without": {name or "all": table.without for name, table in pooled.items()},
        "cases": described,
        "cost": {model: _sum_costs(each, len(cases)) for model, each in costs.items()},
        "distance": _nonempty({name or "all": table.by_distance() for name, table in pooled.items()}),
        "differences": {"reference": reference}
        | _nonempty({name or "all": table.differences(reference) for name, table in pooled.items()}),
        "intervals": {
            group or "all": interval_table(
                {row: _pool_seeds(each) for row, each in rows.items()}, protocol.interval_bins
            )
            for group, rows in intervals.items()
        },
    }


def run_method(
    protocol: Protocol,
    case: Case,
    model: str,
    seed: int,
    cache: ResultCache,
    options: MethodOptions,
    left: TimeLeft | None = None,
) -> MethodResult:
    """Return the result of one method with one seed on one case, from the cache if it is there.

    Args:
        protocol: Protocol of the case.
        case: The experiment.
        model: Name of the method.
        seed: Random seed.
        cache: Cache of finished results.
        options: Options of the method.
        left: Counts finished results, for the log.
    """
    name = f"{case.name}-{model}-{seed}"
    settings = options.steps, *filter(None, (options.variables, options.known))
    key = fingerprint(case, model, seed, *settings)
    result = cache.load(name, key)
    if result is not None:
        if left is not None:
            left.finish(model, result.cost.seconds)
        return result
    log.info("%s: %s, seed %d ...", case.name, model, seed)
    # A folder per option set, so that no run resumes another's training.
    folder = _trainings(cache, case) / fingerprint(case, *settings)[:12]
    with measured() as cost:
        result = protocol.run(case, protocol.method(model, replace(options, folder=folder)), seed, case)
    result = replace(result, cost=cost)
    cache.save(name, key, result)
    finished = "" if left is None else f" ({left.finish(model, cost.seconds)})"
    log.info("%s: %s, seed %d, took %.0f s%s", case.name, model, seed, cost.seconds, finished)
    return result


def _run_rows(
    protocol: Protocol, models: Sequence[str], cache: ResultCache, options: MethodOptions, case: Case, seed: int
) -> None:
    for model in models:
        if seed == 0 or protocol.method(model, options).stochastic:
            run_method(protocol, case, model, seed, cache, options)


def _trainings(cache: ResultCache, case: Case) -> Path:
    """Return the folder of a case's networks, kept until all its rows are finished: some rows share a network."""
    return cache.folder / f"{case.name}-trainings"


def check_models(protocol: Protocol, models: Sequence[str]) -> None:
    """Raise an error if a row does not exist in the protocol.

    Args:
        protocol: The protocol.
        models: Names of the rows.

    Raises:
        InputError: With the names of the existing rows.
    """
    for model in models:
        if "." in model:
            find(model, "models")
    others = [model for model in models if model not in protocol.models and "." not in model]
    if not others:
        return
    known = protocol.known_models()
    for model in others:
        if model not in known:
            raise InputError(
                f"models: {model!r} is not a row of this protocol; use some of {', '.join(known)}, or the path of "
                "a class of your own."
            )


def _table(scored: Scored, predictions: Mapping[str, list[np.ndarray]]) -> Table:
    return Table.of(scored, {model: np.stack(seeds) for model, seeds in predictions.items()})


def _rows(tables: Mapping[str, Table]) -> dict[str, dict[str, dict[str, float]]]:
    """Merge the metrics of several tables into one row per method; metrics are named ``metric_table``."""
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


def _sum_costs(costs: Sequence[Cost], cases: int) -> dict[str, float | None]:
    """Return the times of all cases, averaged over seeds, and the largest memory."""
    seeds = len(costs) / cases
    memory = [cost.memory_mib for cost in costs if cost.memory_mib is not None]
    return {
        "seconds": round(sum(cost.seconds for cost in costs) / seeds, 1),
        "processor_seconds": round(sum(cost.processor_seconds for cost in costs) / seeds, 1),
        "memory_mib": round(max(memory)) if memory else None,
    }


def _pool_seeds(cases: list[list[IntervalScores]]) -> list[IntervalScores]:
    """Concatenate the scores of each seed over all cases."""
    return [
        {name: np.concatenate([seed[name] for seed in seeds]) for name in seeds[0]}
        for seeds in zip(*cases, strict=True)
    ]


def _nonempty(tables: dict[str, Any]) -> dict[str, Any]:
    return {name: table for name, table in tables.items() if table}
