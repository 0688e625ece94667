"""The protocols of the evaluation, one module each."""

from aqnet_pyg.evaluation.protocol import Protocol
from aqnet_pyg.evaluation.protocols.first_guess import FirstGuess
from aqnet_pyg.evaluation.protocols.gap_filling import GapFilling
from aqnet_pyg.evaluation.protocols.grin_virtual import GrinVirtual
from aqnet_pyg.evaluation.protocols.increase_beijing import IncreaseBeijing
from aqnet_pyg.evaluation.protocols.long_term import LongTerm
from aqnet_pyg.evaluation.protocols.short_term import ShortTerm
from aqnet_pyg.evaluation.protocols.station_folds import StationFolds

__all__ = [
    "PROTOCOLS",
    "FirstGuess",
    "GapFilling",
    "GrinVirtual",
    "IncreaseBeijing",
    "LongTerm",
    "ShortTerm",
    "StationFolds",
]

PROTOCOLS: dict[str, Protocol] = {
    "increase-beijing": IncreaseBeijing(),
    "grin-virtual": GrinVirtual(),
    "station-folds": StationFolds(),
    "long-term": LongTerm(),
    "short-term": ShortTerm(),
    "gap-filling": GapFilling(),
    "first-guess": FirstGuess(),
}
"""The protocols by name."""
