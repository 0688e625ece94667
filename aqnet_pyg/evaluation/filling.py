"""Protocols that mask measurements of stations and score the estimates there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from aqnet_pyg.evaluation.gap_case import GapCase
from aqnet_pyg.evaluation.interval_scores import limit_scores
from aqnet_pyg.evaluation.protocol import Bins, MethodOptions, Protocol, Scored
from aqnet_pyg.evaluation.result_cache import MethodResult
from aqnet_pyg.evaluation.rows import ENSEMBLE, GAP_FILLERS, filling, filling_names
from aqnet_pyg.gap_masks import GAP_BIN_NAMES, by_gap_bin, gap_bins, gap_length
from aqnet_pyg.local_dates import local_days

if TYPE_CHECKING:
    from aqnet_pyg.evaluation.gap_methods import Filling

BIN_NAMES = tuple(f"{name}h" if name[0].isdigit() else name for name in GAP_BIN_NAMES)
"""Names of the bins of gap length: ``4-12h``."""


class FillingProtocol(Protocol):
    """Protocol that scores the masked measurements of the test hours.

    Besides the table of all values there is one for each bin of the length of the gap (``gap_4-12h``), and one each for hours
    in which another station measured (``neighbors_measured``) or none did (``no_neighbor_measured``).
    """

    models = (*(name for name in GAP_FILLERS if name not in ("saits", "brits")), "network", ENSEMBLE)
    reference = "kriging"
    interval_bins = Bins("gap", BIN_NAMES)

    def known_models(self) -> list[str]:
        """Names of all rows that fill gaps."""
        return filling_names()

    def method(self, name: str, options: MethodOptions) -> Filling:
        """Create an estimator of gaps, a network or the ensemble; arguments as for :meth:`Protocol.method`."""
        return filling(name, options)

    def run(self, case: GapCase, method: Filling, seed: int, predicted_from: GapCase) -> MethodResult:
        """Fit to the training and validation hours, and fill the test hours; arguments as for :meth:`Protocol.run`."""
        method.fit(case.fitting_data(), case.target, seed)
        filled = method.fill(predicted_from.measured())
        arrays = {name: values[case.scored] for name, values in filled._asdict().items() if values is not None}
        return MethodResult(arrays, method.chosen)

    def truths(self, case: GapCase) -> dict[str, Scored]:
        """Measurements at the masked test hours, by table; a block of the bootstrap is a day."""
        truth, hour = case.truth(), np.nonzero(case.scored)[0]
        block = local_days(case.time, case.data.attrs["time_zone"])[hour]
        return {name: Scored(np.where(these, truth, np.nan), block) for name, these in _tables(case).items()}

    def predictions(self, case: GapCase, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Estimates at the masked test hours, the same for each table; arguments as for :meth:`Protocol.predictions`."""
        return dict.fromkeys(_tables(case), arrays["value"])

    def score_intervals(
        self, case: GapCase, results: Sequence[Mapping[str, np.ndarray]]
    ) -> dict[str, list[dict[str, np.ndarray]]]:
        """Score the 90 % intervals of each seed by gap length; arguments as for :meth:`Protocol.score_intervals`."""
        if any("lower" not in arrays for arrays in results):
            return {}
        truth, number = case.truth(), gap_bins(_gap_length(case))
        scores = []
        for arrays in results:
            known = np.isfinite(truth) & np.isfinite(arrays["lower"])
            value, lower, upper = (arrays[name][known] for name in ("value", "lower", "upper"))
            each = limit_scores(value, lower, upper, truth[known])
            scores.append(each | {"bin": number[known]})
        return {"": scores}


def _gap_length(case: GapCase) -> np.ndarray:
    """Return the length in hours of the gap of each scored value, shape ``[n]``."""
    return gap_length(case.missing)[case.scored]


def _tables(case: GapCase) -> dict[str, np.ndarray]:
    """Return which scored values are in each table, by name, each of shape ``[n]``; tables without a value are left out."""
    neighbors = (~case.missing).sum(axis=1)[np.nonzero(case.scored)[0]] > 0
    bins = by_gap_bin(_gap_length(case))
    tables: dict[str, np.ndarray] = {"": np.ones(len(neighbors), bool)}
    tables |= {f"gap_{name}": these for name, these in zip(BIN_NAMES, bins.values(), strict=True)}
    tables |= {"neighbors_measured": neighbors, "no_neighbor_measured": ~neighbors}
    known = np.isfinite(case.truth())
    return {name: these for name, these in tables.items() if (these & known).any()}
