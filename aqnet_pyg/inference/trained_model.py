"""A trained model: predictor, calibrated intervals and provenance."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from aqnet_pyg.baselines.instruments import InstrumentCalibration
from aqnet_pyg.conformal import ConformalIntervals
from aqnet_pyg.errors import InputError
from aqnet_pyg.inference.predictor import Predictor
from aqnet_pyg.windows import Window

if TYPE_CHECKING:
    from aqnet_pyg.nn import AQNet


@dataclass
class TrainedModel:
    """A calibrated predictor: returned by :func:`aqnet_pyg.fit`, stored in a checkpoint and used by :func:`aqnet_pyg.reanalyze`.

    Args:
        predictor: A network with its scaler, a kriging, or an ensemble of them.
        intervals: Conformal intervals of hourly values; None before :func:`aqnet_pyg.inference.calibrate`.
        daily_intervals: Likewise of daily means and maxima, by the names of :data:`aqnet_pyg.inference.PERIODS`.
        provenance: Data, split, settings and library versions of the training.
        instruments: Calibration of instruments that are no monitors; None if all are used alike.
    """

    predictor: Predictor
    intervals: ConformalIntervals | None = None
    daily_intervals: dict[str, ConformalIntervals] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    instruments: InstrumentCalibration | None = None

    @classmethod
    def of(cls, model: TrainedModel | Predictor | AQNet) -> TrainedModel:
        """Wrap a network or another predictor that has no intervals; a trained model is returned as it is.

        Args:
            model: The model.
        """
        if isinstance(model, TrainedModel):
            return model
        if isinstance(model, Predictor):
            return cls(model)
        from aqnet_pyg.inference.network import NetworkPredictor  # not above: PyTorch Geometric takes seconds

        return cls(NetworkPredictor(model))

    @property
    def kind(self) -> str:
        """``"network"``, ``"kriging"``, ``"krigings"`` or ``"ensemble"``."""
        return self.predictor.kind

    @property
    def window(self) -> Window:
        """Hours read and predicted."""
        return self.predictor.window

    @property
    def target(self) -> str:
        """The pollutant that is predicted."""
        return self.predictor.target

    @property
    def network(self) -> AQNet:
        """The network, of a model that is one network.

        Raises:
            InputError: If it is a kriging or an ensemble.
        """
        from aqnet_pyg.inference.network import NetworkPredictor

        if not isinstance(self.predictor, NetworkPredictor):
            raise InputError(
                f"model: it is of kind {self.kind!r}, not a single network; train one with model='network'."
            )
        return self.predictor.network

    def fingerprint(self) -> str:
        """Return the SHA-256 of what the predictions depend on, except the code."""
        states = [self.predictor.state()]
        if self.instruments is not None:
            states.append(self.instruments.state())
        if self.intervals is not None:
            states.append(self.intervals.state())
        return state_sha256(*states)


def state_sha256(*states: Any) -> str:
    """Return the SHA-256 of nested states: dictionaries, lists, tensors, arrays, numbers and text.

    Args:
        states: One after the other; the order of keys in their dictionaries has no effect.
    """
    digest = hashlib.sha256()
    for state in states:
        _update(digest, state)
    return digest.hexdigest()


def _update(digest: Any, value: Any) -> None:
    """Add a nested state to a digest, dictionaries in the order of their keys."""
    if isinstance(value, Mapping):
        for name in sorted(value):
            digest.update(str(name).encode())
            _update(digest, value[name])
    elif isinstance(value, list | tuple):
        for item in value:
            _update(digest, item)
    elif isinstance(value, Tensor):
        digest.update(value.cpu().contiguous().numpy().tobytes())
    elif isinstance(value, np.ndarray):
        digest.update(np.ascontiguousarray(value).tobytes())
    else:
        digest.update(repr(value).encode())
