"""Virtual sensing in Beijing as in the GRIN paper (Cini et al., ICLR 2022, arXiv 2108.00298)."""

from __future__ import annotations

from typing import Any

from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.evaluation.protocols.aqi36 import refuse_options, sample_data, sample_hours
from aqnet_pyg.evaluation.reconstruction import ReconstructionProtocol

HIDDEN = ("001014", "001031")
"""The best and the worst connected station; each is hidden in a case of its own."""


class GrinVirtual(ReconstructionProtocol):
    """One station is hidden and reconstructed in four months: in one case the best connected, in the other the worst.

    Values are those of ``pm25_ground.txt``, also at the visible stations. The methods of the paper had fewer of them in the
    test months (``pm25_missing.txt``); with those, the MAE of kriging is 11.6 and 14.9 instead of 11.3 and 14.6. Values are
    clipped at 500 in the file. Hours are labeled in Beijing time, one hour late; months are those of the labels, as in the
    paper.
    """

    def cases(self, request: Request) -> list[Case]:
        """Return one case for each of the two stations."""
        refuse_options(request, "grin-virtual")
        data = sample_data(request.folder)
        parts: dict[str, Any] = sample_hours(data)
        return [Case(code, data, "pm25", (code,), **parts, group=code) for code in HIDDEN]
