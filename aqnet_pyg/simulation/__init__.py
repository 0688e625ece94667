"""Simulated station data: stations around real cities, in the concentrations of a small air-quality model.

:data:`WRITERS` writes them, or any other station data, in the formats of the published archives. Nothing here imports torch.
"""

from aqnet_pyg.simulation.model import simulate
from aqnet_pyg.simulation.network import simulate_network
from aqnet_pyg.simulation.write import WRITERS, write_bjmemc, write_cnemc, write_table, write_uci_beijing

__all__ = [
    "WRITERS",
    "simulate",
    "simulate_network",
    "write_bjmemc",
    "write_cnemc",
    "write_table",
    "write_uci_beijing",
]
