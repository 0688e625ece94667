"""How well a prediction does."""

from aqnet_pyg.evaluation.metrics import scores

__all__ = ["scores"]
