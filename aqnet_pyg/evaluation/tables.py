"""Tables of scores over cases, methods and seeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aqnet_pyg.conformal import bin_names, bin_of
from aqnet_pyg.evaluation.bootstrap import paired_differences
from aqnet_pyg.evaluation.metrics import scores
from aqnet_pyg.evaluation.protocol import Scored

METRICS = ("mae", "rmse", "r2")


@dataclass
class Table:
    """Predictions of several methods for the same values.

    Args:
        scored: The truth, where every method and seed has a prediction.
        prediction: By method, shape ``[seed, n]``.
        without: By method, the number of measured values left out of the table because it has no prediction there.
    """

    scored: Scored
    prediction: dict[str, np.ndarray]
    without: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, scored: Scored, prediction: dict[str, np.ndarray]) -> Table:
        """Keep the values where the truth and every prediction are finite.

        Args:
            scored: The truth, shape ``[n]``.
            prediction: By method, shape ``[seed, n]``.
        """
        known = np.isfinite(scored.truth)
        without = {name: int((~np.isfinite(rows).all(axis=0) & known).sum()) for name, rows in prediction.items()}
        for rows in prediction.values():
            known = known & np.isfinite(rows).all(axis=0)
        distance_km = None if scored.distance_km is None else scored.distance_km[known]
        kept = Scored(scored.truth[known], scored.block[known], distance_km)
        return cls(kept, {name: rows[:, known] for name, rows in prediction.items()}, without)

    def rows(self) -> dict[str, dict[str, dict[str, float]]]:
        """Return mean and standard deviation over seeds of each metric, by method."""
        return {name: self._row(rows, slice(None)) for name, rows in self.prediction.items()}

    def by_distance(self) -> dict[str, dict[str, Any]]:
        """Return the rows by distance to the nearest visible station, with the number of values; empty bins are left out."""
        if self.scored.distance_km is None:
            return {}
        number = bin_of(self.scored.distance_km)
        return {
            name: {"n": int((number == i).sum())}
            | {"rows": {model: self._row(rows, number == i) for model, rows in self.prediction.items()}}
            for i, name in enumerate(bin_names())
            if (number == i).any()
        }

    def differences(self, reference: str) -> dict[str, dict[str, dict[str, float]]]:
        """Return the differences of each other method to a reference; empty if the reference has no row."""
        if reference not in self.prediction or not self.scored.truth.size:
            return {}
        truth, block, _ = self.scored
        return {
            name: paired_differences(truth, rows, self.prediction[reference], block)
            for name, rows in self.prediction.items()
            if name != reference
        }

    def _row(self, rows: np.ndarray, these: Any) -> dict[str, dict[str, float]]:
        each = [scores(self.scored.truth[these], row[these]) for row in rows]
        return {metric: mean_and_sd([one[metric] for one in each]) for metric in METRICS}


def pool(tables: Sequence[Table]) -> Table:
    """Merge the tables of several cases into one."""
    distances = [table.scored.distance_km for table in tables if table.scored.distance_km is not None]
    scored = Scored(
        np.concatenate([table.scored.truth for table in tables]),
        np.concatenate([table.scored.block for table in tables]),
        np.concatenate(distances) if distances else None,
    )
    names = tables[0].prediction
    return Table(
        scored,
        {name: np.concatenate([table.prediction[name] for table in tables], axis=1) for name in names},
        {name: sum(table.without[name] for table in tables) for name in names},
    )


def mean_and_sd(values: Iterable[float]) -> dict[str, float]:
    """Return mean and standard deviation over seeds; that of a single seed is 0."""
    array = np.array(list(values), np.float64)
    return {"mean": float(array.mean()), "sd": float(array.std(ddof=1)) if array.size > 1 else 0.0}
