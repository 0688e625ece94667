"""Classical interpolators, the rows that every table of hidden stations carries. Imports no torch."""

from aqnet_pyg.baselines.base import Coordinates, Interpolator, great_circle_km
from aqnet_pyg.baselines.kriging import OrdinaryKriging
from aqnet_pyg.baselines.neighbours import IDW, Nearest

__all__ = ["IDW", "Coordinates", "Interpolator", "Nearest", "OrdinaryKriging", "great_circle_km"]
