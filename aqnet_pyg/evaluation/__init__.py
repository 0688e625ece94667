"""How well a prediction does: splits of stations and hours, and scores."""

from aqnet_pyg.evaluation.metrics import scores
from aqnet_pyg.evaluation.splits import (
    StationSplit,
    TimeSplit,
    blocked_hidden,
    random_hidden,
    read_hidden,
    split_stations,
    write_hidden,
)

__all__ = [
    "StationSplit",
    "TimeSplit",
    "blocked_hidden",
    "random_hidden",
    "read_hidden",
    "scores",
    "split_stations",
    "write_hidden",
]
