"""How well a prediction does."""

from aqnet_pyg.evaluation.comparison import Comparison, table
from aqnet_pyg.evaluation.metrics import scores

__all__ = ["Comparison", "scores", "table"]
