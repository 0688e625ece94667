"""A sentence on the scores of a run: how it compares with simple methods, and how often its intervals were right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PLACES = {"stations": "hidden stations", "measuring": "visible stations", "grid": "the cells of the true grid"}
"""Names of the places of ``metrics.json``."""

METHODS = {
    "idw": "inverse distance weighting",
    "kriging": "ordinary kriging",
    "kriging-log": "kriging of logarithms",
    "persistence": "persistence",
    "first_guess": "the first guess",
    "climatology": "climatology",
}
"""Names of the simple methods."""

Scores = Mapping[str, Any]
"""Scores of a method: ``mae``, ``rmse`` and, in a forecast, ``leads``."""


def verdict(places: Mapping[str, Mapping[str, Scores] | None], label: str, units: str) -> list[str]:
    """Return a sentence for each place where a model was scored beside simple methods.

    A model counts as better than a method where both its mean absolute error and its root mean square error are lower.

    Args:
        places: Scores by place and row, of :class:`Comparison`, the row of the model first.
        label: Name of the pollutant.
        units: Its units.

    Returns:
        Sentences; a single one where nothing was scored.
    """
    scored = {place: rows for place, rows in places.items() if rows and next(iter(rows.values()))["n"]}
    if not scored:
        return [
            f"No hidden station measured {label} in the test hours, so it is not known how large the errors are; "
            "hide some stations (--hidden 0.1) to know."
        ]
    return [_sentence(place, rows, units) for place, rows in scored.items()]


def _sentence(place: str, rows: Mapping[str, Scores], units: str) -> str:
    model = next(iter(rows))
    own = rows[model]
    others = {name: rows[name] for name in METHODS if name in rows and name != model}
    best = min(others, key=lambda name: others[name]["mae"])
    named = dict.fromkeys([best, *(["persistence"] if "persistence" in others else []), "climatology"])
    differences = " and ".join(_difference(own["mae"], rows[name]["mae"], METHODS[name]) for name in named)
    called = "ensemble of krigings" if model == "krigings" else model
    text = f"At {PLACES[place]} the mean absolute error of this {called} is {own['mae']:.3g} {units}, {differences}"
    if "coverage" in own:
        text += f"; the 90 % intervals contain {100 * own['coverage']:.0f} % of the measurements"
    text += "."
    return text + "".join(_behind(own, rows[name], name) for name in named)


def _difference(own: float, other: float, name: str) -> str:
    if not other > 0:
        return f"against {other:.3g} of {name}"
    percent = 100 * (own / other - 1)
    if abs(percent) < 0.5:
        return f"as large as that of {name}"
    return f"{abs(percent):.0f} % {'below' if percent < 0 else 'above'} that of {name}"


def _behind(own: Scores, other: Scores, name: str) -> str:
    """Return a sentence if a model is not better than a method, by lead time in a forecast; else nothing."""
    advice = "do not use it" if name == "climatology" else "prefer that"
    if "leads" not in own:
        if _better(own, other):
            return ""
        if own["mae"] < other["mae"]:
            return f" Its root mean square error, {own['rmse']:.3g}, is not below that of {METHODS[name]}, {other['rmse']:.3g}."
        return f" It is not better than {METHODS[name]}: {advice}."
    leads = list(own["leads"])
    behind = [lead for lead in leads if not _better(own["leads"][lead], other["leads"][lead])]
    if not behind:
        return ""
    if behind == leads:
        return f" It is not better than {METHODS[name]} at any lead time: {advice}."
    last = behind == leads[-len(behind) :]
    where = f"beyond {int(behind[0].split('-')[0]) - 1} h" if last else f"{', '.join(behind)} h ahead"
    return f" It is not better than {METHODS[name]} {where}: {advice} there."


def _better(own: Scores, other: Scores) -> bool:
    return bool(own["mae"] < other["mae"] and own["rmse"] < other["rmse"])
