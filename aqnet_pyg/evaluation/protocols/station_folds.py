"""Five folds of stations of any network, each hidden once."""

from __future__ import annotations

from typing import Any

from aqnet_pyg.ensembles.folds import block_spacing
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.evaluation.protocols.station_lists import hidden_folds, measured_stations
from aqnet_pyg.evaluation.reconstruction import ReconstructionProtocol
from aqnet_pyg.local_dates import split_hours
from aqnet_pyg.splits import read_hidden


class StationFolds(ReconstructionProtocol):
    """Every station is hidden in one of five folds, random or of spatial blocks; or a given list of stations is hidden.

    Randomly hidden stations have visible ones nearby; blocks measure the skill far from visible stations.
    """

    def cases(self, request: Request) -> list[Case]:
        """Return five cases per regime, or one if a list is given."""
        data = measured_stations(request.open_data(), request.target)
        parts: dict[str, Any] = split_hours(data, request.folder.resolve().name, request.dates)
        regimes = ("random", "blocked") if request.regime == "both" else (request.regime,)
        spacing = {"random": None, "blocked": block_spacing(data)}
        if request.hidden is not None:
            regime = "random" if request.regime == "both" else request.regime
            hidden = read_hidden(request.hidden, list(data.indexes["station"]))
            return [Case("list", data, request.target, hidden, **parts, spacing=spacing[regime])]
        return [
            Case(f"{regime}-{number}", data, request.target, fold, **parts, group=regime, spacing=spacing[regime])
            for regime in regimes
            for number, fold in enumerate(hidden_folds(data, request, regime), 1)
        ]
