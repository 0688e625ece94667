"""Errors and coverage of a result at the stations whose measurements it uses, to notice when a trained model no longer fits."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

_LEAST_VALUES = 100
_COVERAGE = (0.8, 0.97)
"""Shares of measurements inside of 90 % intervals beyond which a sentence says so."""


def monitored(result: xr.Dataset, target: str) -> dict[str, Any] | None:
    """Compare a result with the measurements at visible stations.

    A reconstruction at a visible station is interpolated from the other stations, and a forecast precedes what is measured.

    Args:
        result: Result at stations of :func:`aqnet_pyg.reanalyze`.
        target: The predicted pollutant.

    Returns:
        ``stations``, ``n``, ``mae``, ``bias`` (prediction minus measurement) and, with intervals, ``coverage`` (0 to 1) and mean
        ``width``; None if nothing was measured where there is a prediction.
    """
    visible = result.isel(station=np.flatnonzero(result.visible.values.astype(bool)))
    names = [target, f"{target}_measured", f"{target}_lower", f"{target}_upper"]
    predicted, measured, *ends = (visible[name] for name in names if name in visible)
    compared = predicted.notnull() & measured.notnull()
    others = [dim for dim in compared.dims if dim != "station"]
    if not (count := int(compared.sum())):
        return None
    error = (predicted - measured).where(compared)
    found: dict[str, Any] = {
        "stations": int(compared.any(others).sum()),
        "n": count,
        "mae": float(np.abs(error).mean()),
        "bias": float(error.mean()),
    }
    if ends:
        lower, upper = ends
        found["coverage"] = float(((lower <= measured) & (measured <= upper)).where(compared).mean())
        found["width"] = float((upper - lower).where(compared).mean())
    return found


def monitoring_note(found: dict[str, Any] | None) -> str | None:
    """Return a sentence where the intervals do not fit the measurements; None otherwise, or if there are few of these.

    Args:
        found: Result of :func:`monitored`.
    """
    if found is None or "coverage" not in found or found["n"] < _LEAST_VALUES:
        return None
    if _COVERAGE[0] <= found["coverage"] <= _COVERAGE[1]:
        return None
    return (
        f"The 90 % intervals contain {found['coverage']:.0%} of {found['n']:,} measurements at visible stations (each predicted "
        "without its own): the model was calibrated for other conditions; train it again on recent data."
    )
