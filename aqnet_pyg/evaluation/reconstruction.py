"""Protocols that reconstruct hidden stations at hours at which visible ones measured."""

from __future__ import annotations

import numpy as np

from aqnet_pyg.evaluation.calibration_samples import calibration_sample
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.protocol import MethodOptions, Protocol, Scored
from aqnet_pyg.evaluation.reconstruction_methods import Reconstruction
from aqnet_pyg.evaluation.result_cache import MethodResult
from aqnet_pyg.evaluation.rows import ENSEMBLE, INTERPOLATORS, reconstruction, reconstruction_names
from aqnet_pyg.local_dates import local_days


class ReconstructionProtocol(Protocol):
    """Scores every station-hour of the hidden stations in the test hours."""

    models = (*INTERPOLATORS, "network", ENSEMBLE)
    reference = "kriging"

    def known_models(self) -> list[str]:
        """Classical rows, the ensemble, and the network with its ablations."""
        return reconstruction_names()

    def method(self, name: str, options: MethodOptions) -> Reconstruction:
        """A classical method, a network or the ensemble."""
        return reconstruction(name, options)

    def run(self, case: Case, method: Reconstruction, seed: int, shown: Case) -> MethodResult:
        """Fit, predict validation stations to calibrate intervals, predict the hidden stations."""
        method.fit(case.training_data(), case.validation_data(), case.target, seed)
        sample = calibration_sample(case, method)
        value, std = method.predict(shown.measured(), case.targets, case.hours)
        arrays = {"value": value}
        if std is not None and sample is not None:
            arrays |= {"std": std} | {f"calibration_{name}": array for name, array in sample._asdict().items()}
        return MethodResult(arrays, method.chosen)

    def truths(self, case: Case) -> dict[str, Scored]:
        """The hidden stations' hours."""
        truth = case.truth()
        block = np.repeat(local_days(case.hours, case.data.attrs["time_zone"]), truth.shape[1])
        return {case.group: Scored(truth.ravel(), block, np.tile(case.distance_km, len(truth)))}

    def predictions(self, case: Case, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Likewise."""
        return {case.group: arrays["value"].ravel()}
