"""Protocols that reconstruct the hours of hidden stations from the same hours of visible ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from aqnet_pyg.evaluation.calibration_samples import calibration_sample
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.interval_tables import score_intervals
from aqnet_pyg.evaluation.protocol import MethodOptions, Protocol, Scored
from aqnet_pyg.evaluation.result_cache import MethodResult
from aqnet_pyg.evaluation.rows import ENSEMBLE, INTERPOLATORS, reconstruction, reconstruction_names
from aqnet_pyg.local_dates import local_days

if TYPE_CHECKING:
    from aqnet_pyg.evaluation.reconstruction_methods import Reconstruction


class ReconstructionProtocol(Protocol):
    """Protocol that scores every test hour of the hidden stations."""

    models = (*(name for name in INTERPOLATORS if name != "gpboost"), "network", ENSEMBLE)
    reference = "kriging"

    def known_models(self) -> list[str]:
        """Names of all rows at hidden stations."""
        return reconstruction_names()

    def method(self, name: str, options: MethodOptions) -> Reconstruction:
        """Create a classical method, a network or the ensemble; arguments as for :meth:`Protocol.method`."""
        return reconstruction(name, options)

    def run(self, case: Case, method: Reconstruction, seed: int, predicted_from: Case) -> MethodResult:
        """Fit, calibrate intervals and predict the hidden stations; arguments as for :meth:`Protocol.run`."""
        method.fit(case.training_data(), case.validation_data(), case.target, seed)
        sample = calibration_sample(case, method)
        value, std = method.predict(predicted_from.measured(), case.targets, case.hours)
        arrays = {"value": value}
        if std is not None and sample is not None:
            arrays |= {"std": std} | {f"calibration_{name}": array for name, array in sample._asdict().items()}
        return MethodResult(arrays, method.chosen)

    def truths(self, case: Case) -> dict[str, Scored]:
        """Measurements of the hidden stations in the test hours; a block of the bootstrap is a day."""
        truth = case.truth()
        block = np.repeat(local_days(case.hours, case.data.attrs["time_zone"]), truth.shape[1])
        return {case.group: Scored(truth.ravel(), block, np.tile(case.distance_km, len(truth)))}

    def predictions(self, case: Case, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Predictions at the hidden stations in the test hours; arguments as for :meth:`Protocol.predictions`."""
        return {case.group: arrays["value"].ravel()}

    def score_intervals(
        self, case: Case, results: Sequence[Mapping[str, np.ndarray]]
    ) -> dict[str, list[dict[str, np.ndarray]]]:
        """Score conformal and normal intervals by distance; arguments as for :meth:`Protocol.score_intervals`."""
        return score_intervals(self.truths(case)[case.group], results)
