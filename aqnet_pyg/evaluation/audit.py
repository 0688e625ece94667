"""Leakage audit: change every value that a method must not use, and check that no prediction changes."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.forecast_case import ForecastCase
from aqnet_pyg.evaluation.gap_case import GapCase
from aqnet_pyg.evaluation.protocol import MethodOptions, Protocol
from aqnet_pyg.evaluation.result_cache import MethodResult

log = logging.getLogger(__name__)


def audit(
    protocol: Protocol, cases: Sequence[Case], models: Sequence[str], options: MethodOptions
) -> dict[str, list[str]]:
    """Audit each method on one case of each group, with seed 0.

    A method is run on the original data, and again after each change that must have no effect:

    - *hidden stations*: all their measurements, at all hours; where gaps are filled, *masked hours*: the masked measurements
      of the test hours, of all pollutants;
    - *test hours*: the measurements of all stations, while the method is fitted and calibrated; it then predicts from
      the original ones (not of a snapshot, whose visible stations are both training and input);
    - *future hours*, of a forecast: the measurements of all stations after the middle issue, except variables that are
      declared to be known.

    Values are replaced by random ones, some are removed and gaps are filled. Every prediction (of a forecast: up to the
    middle issue), every value on which intervals are calibrated and every selected hyper-parameter must be the same, bit
    for bit.

    Args:
        protocol: The protocol that runs the methods.
        cases: Its cases.
        models: Names of the rows.
        options: Options of the methods.

    Returns:
        The checks that passed, by method.

    Raises:
        InputError: At the first difference, with the method, the case and the change.
    """
    firsts = {case.group: case for case in reversed(cases)}
    passed: dict[str, list[str]] = {}
    for model in models:
        for case in reversed(firsts.values()):
            original = _run(protocol, case, model, options, fitted=case, predicted_from=case)
            for change, fitted, predict_case, rows in _changes(case):
                log.info("audit of %s on %s: %s", model, case.name, change)
                changed = _run(protocol, case, model, options, fitted=fitted, predicted_from=predict_case)
                difference = _difference(original, changed, rows)
                if difference:
                    raise InputError(
                        f"audit: {model} on {case.name} depends on the {change}, which it must not use: {difference} differs "
                        "after a change; check how the method is fitted."
                    )
                passed.setdefault(model, []).append(f"{case.name}: {change}")
    return passed


def _run(
    protocol: Protocol, case: Case, model: str, options: MethodOptions, *, fitted: Case, predicted_from: Case
) -> MethodResult:
    with tempfile.TemporaryDirectory() as folder:
        return protocol.run(fitted, protocol.method(model, replace(options, folder=Path(folder))), 0, predicted_from)


def _changes(case: Case) -> list[tuple[str, Case, Case, int | None]]:
    """Return name, case to fit, case to predict from, and the number of rows of a prediction that must not change."""
    hours, stations = case.data.sizes["time"], case.data.sizes["station"]
    if isinstance(case, GapCase):
        name, without_truth = "masked hours", _changed(case, case.unknown)
    else:
        hidden = np.isin(case.data.station.values.astype(str), case.hidden)
        name, without_truth = "hidden stations", _changed(case, np.broadcast_to(hidden, (hours, stations)))
    changes: list[tuple[str, Case, Case, int | None]] = [(name, without_truth, without_truth, None)]
    if not case.is_snapshot:
        changes.append(("test hours", _changed(case, np.tile(case.test[:, None], stations)), case, None))
    if isinstance(case, ForecastCase):
        number = len(case.issues) // 2
        later = np.tile(np.arange(hours)[:, None] > case.issues[number], stations)
        changes.append(("future hours", case, _changed(case, later, case.known), number + 1))
    return changes


def _changed(case: Case, where: np.ndarray | Mapping[str, np.ndarray], kept: Sequence[str] = ()) -> Case:
    """Return a case with other values ``where`` True, ``[time, station]`` or by variable, except variables that are ``kept``."""
    masks = where if isinstance(where, Mapping) else {str(name): where for name in case.data.data_vars}
    rng = np.random.default_rng(1)
    data = case.data.copy()
    for name, mask in masks.items():
        if name in kept:
            continue
        values = data[name].transpose("time", "station").values.copy()
        highest = np.nanmax(values, initial=1.0)
        other = rng.uniform(0, 2 * highest, values.shape).astype(values.dtype)
        other[rng.random(values.shape) < 0.3] = np.nan
        values[mask] = other[mask]
        data[name] = xr.DataArray(values, dims=("time", "station"), attrs=data[name].attrs)
    return replace(case, data=data)


def _difference(before: MethodResult, after: MethodResult, rows: int | None) -> str:
    if before.chosen != after.chosen:
        names = sorted(
            name for name in before.chosen | after.chosen if before.chosen.get(name) != after.chosen.get(name)
        )
        return f"the selected {', '.join(names)}"
    for name in sorted(before.arrays.keys() | after.arrays.keys()):
        first, second = (part.arrays.get(name, np.empty(0)) for part in (before, after))
        if not np.array_equal(first[:rows], second[:rows], equal_nan=True):
            return f"the array {name!r}"
    return ""
