"""Protocols that reconstruct hidden stations at hours at which visible ones measured."""

from __future__ import annotations

import numpy as np

from aqnet_pyg.ensembles.reconstruction_methods import CLASSICAL, Reconstruction, classical
from aqnet_pyg.evaluation.calibration_samples import calibration_sample
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.protocol import MethodOptions, Protocol, Scored
from aqnet_pyg.evaluation.result_cache import ClassPath
from aqnet_pyg.local_dates import local_days

__all__ = ["ReconstructionProtocol"]


class ReconstructionProtocol(Protocol):
    """Scores every station-hour of the hidden stations in the test hours."""

    models = (*CLASSICAL, "aqnet")
    reference = "kriging"

    def known_models(self) -> list[str]:
        """Classical rows, and the network with its ablations."""
        from aqnet_pyg.ensembles.reconstruction import RECONSTRUCTIONS

        return [*CLASSICAL, *RECONSTRUCTIONS]

    def method(self, name: str, options: MethodOptions) -> Reconstruction:
        """A classical method or a network; torch is loaded for a network only."""
        if name in CLASSICAL or "." in name:
            return classical(name)
        from aqnet_pyg.ensembles.reconstruction import reconstruction_network

        return reconstruction_network(name, options)

    def run(self, case: Case, method: Reconstruction, seed: int, shown: Case) -> Part:
        """Fit, predict validation stations to calibrate intervals, predict the hidden stations."""
        method.fit(case.training_data(), case.validation_data(), case.target, seed)
        sample = calibration_sample(case, method)
        value, std = method.predict(shown.measured(), case.targets, case.hours)
        arrays = {"value": value}
        if std is not None and sample is not None:
            arrays |= {"std": std} | {f"calibration_{name}": array for name, array in sample._asdict().items()}
        return Part(arrays, method.chosen)

    def truths(self, case: Case) -> dict[str, Scored]:
        """The hidden stations' hours."""
        truth = case.truth()
        block = np.repeat(local_days(case.hours, case.data.attrs["time_zone"]), truth.shape[1])
        return {case.group: Scored(truth.ravel(), block, np.tile(case.distance_km, len(truth)))}

    def predictions(self, case: Case, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Likewise."""
        return {case.group: arrays["value"].ravel()}
