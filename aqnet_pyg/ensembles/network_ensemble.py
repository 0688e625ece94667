"""Base class of ensembles of networks and classical methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aqnet_pyg.inference.predictor import Predictor

if TYPE_CHECKING:
    from aqnet_pyg.inference.network import NetworkPredictor


class NetworkEnsemble(Predictor):
    """Base class of ensembles with networks, which decide what is read and predicted.

    Args:
        network: One of the networks; all of them read and predict the same.
    """

    kind = "ensemble"

    def __init__(self, network: NetworkPredictor) -> None:
        self.window, self.target = network.window, network.target
        self.variables, self.min_visible = network.variables, network.min_visible
        self.known, self.first_guess = network.known, network.first_guess
