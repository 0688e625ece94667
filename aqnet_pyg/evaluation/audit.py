"""Tests a protocol for leakage: changes all data that must not be used, and compares predictions."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.forecast_case import ForecastCase
from aqnet_pyg.evaluation.protocol import MethodOptions, Protocol
from aqnet_pyg.evaluation.result_cache import MethodResult

log = logging.getLogger(__name__)


def audit(
    protocol: Protocol, cases: Sequence[Case], models: Sequence[str], options: MethodOptions
) -> dict[str, list[str]]:
    """Audit each method on one case of each group, with seed 0.

    A method is run as it is, and again after each change that it must not notice:

    - *hidden stations*: whatever they measured, at all hours;
    - *test hours*: what any station measured in them, while the method is fitted and calibrated; it then predicts from
      the true ones;
    - *future hours*, of a forecast: what any station measured after the middle issue, but for variables that are declared
      to be known.

    Values are replaced by others, some are taken away and some are put where none were. Every prediction (of a forecast:
    up to the middle issue), every value on which intervals are calibrated and every selected hyper-parameter has to be the
    same, bit for bit.

    Args:
        protocol: The protocol.
        cases: Its cases.
        models: Names of the methods.
        options: Of the methods.

    Returns:
        The checks passed, by method.

    Raises:
        InputError: At the first thing that moves, with the method, the case and the change.
    """
    firsts = {case.group: case for case in reversed(cases)}
    passed: dict[str, list[str]] = {}
    for model in models:
        for case in reversed(firsts.values()):
            original = _run(protocol, case, model, options, fitted=case, shown=case)
            for change, fitted, shown, rows in _changes(case):
                log.info("audit of %s on %s: %s", model, case.name, change)
                changed = _run(protocol, case, model, options, fitted=fitted, shown=shown)
                moved = _moved(original, changed, rows)
                if moved:
                    raise InputError(
                        f"audit: {model} on {case.name} depends on the {change}, which it must not see: {moved} moved when they "
                        "were changed; look at how it is fitted."
                    )
                passed.setdefault(model, []).append(f"{case.name}: {change}")
    return passed


def _run(
    protocol: Protocol, case: Case, model: str, options: MethodOptions, *, fitted: Case, shown: Case
) -> MethodResult:
    with tempfile.TemporaryDirectory() as folder:
        return protocol.run(fitted, protocol.method(model, replace(options, folder=Path(folder))), 0, shown)


def _changes(case: Case) -> list[tuple[str, Case, Case, int | None]]:
    """Name of a change, the case to fit, the case to predict from, and how many rows of a prediction must not move."""
    everywhere, always = np.ones(case.data.sizes["station"], bool), np.ones(case.data.sizes["time"], bool)
    hidden = np.isin(case.data.station.values.astype(str), case.hidden)
    other_stations = _changed(case, always, hidden)
    changes = [
        ("hidden stations", other_stations, other_stations, None),
        ("test hours", _changed(case, case.test, everywhere), case, None),
    ]
    if isinstance(case, ForecastCase):
        number = len(case.issues) // 2
        later = np.arange(len(always)) > case.issues[number]
        changes.append(("future hours", case, _changed(case, later, everywhere, case.known), number + 1))
    return changes


def _changed(case: Case, hours: np.ndarray, stations: np.ndarray, kept: Sequence[str] = ()) -> Case:
    rng = np.random.default_rng(1)
    where = hours[:, None] & stations
    data = case.data.copy()
    for name in data.data_vars:
        if name in kept:
            continue
        values = data[name].transpose("time", "station").values.copy()
        highest = np.nanmax(values, initial=1.0)
        other = rng.uniform(0, 2 * highest, values.shape).astype(values.dtype)
        other[rng.random(values.shape) < 0.3] = np.nan
        values[where] = other[where]
        data[name] = xr.DataArray(values, dims=("time", "station"), attrs=data[name].attrs)
    return replace(case, data=data)


def _moved(before: MethodResult, after: MethodResult, rows: int | None) -> str:
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
