"""A simulated network: stations around real cities, in air that a small model moves. No torch.

Files of it in the formats of the published archives come from :mod:`aqnet_pyg.simulation.write`.
"""

from aqnet_pyg.simulation.model import simulate
from aqnet_pyg.simulation.network import simulate_network

__all__ = ["simulate", "simulate_network"]
