"""Virtual sensing in Beijing as in the GRIN paper (Cini et al., ICLR 2022, arXiv 2108.00298)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.evaluation.protocols.aqi36 import TIME_ZONE, find_file, refuse_options, station_positions
from aqnet_pyg.evaluation.reconstruction import ReconstructionProtocol
from aqnet_pyg.stations import make_station_data

HIDDEN = ("001014", "001031")
"""The best and the worst connected station; each is hidden in a case of its own."""

TEST_MONTHS = (3, 6, 9, 12)

VALIDATION_MONTHS, VALIDATION_DAY = (2, 5, 8, 11), 22
"""Validation is from this day to the end of these months: a part of every season, next to the test months."""


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
        stations = station_positions(request.folder)
        path = find_file(request.folder, "pm25_ground.txt", ("aqi36",))
        values = pd.read_csv(path, index_col="datetime", parse_dates=["datetime"], date_format="%Y/%m/%d %H:%M:%S")
        if set(values) != set(stations.index) or not set(HIDDEN) <= set(values):
            raise InputError(
                f"{path}: its stations are not those of pm25_latlng.txt with {' and '.join(HIDDEN)}; give files of one sample."
            )
        data = make_station_data(
            {"pm25": values[list(stations.index)].to_numpy()},
            # One hour late, and eight hours ahead of UTC.
            pd.DatetimeIndex(values.index) - pd.Timedelta("9h"),
            stations,
            time_zone=TIME_ZONE,
            source="ST-MVL sample: 36 stations in Beijing",
        )
        labels = pd.date_range(values.index[0], values.index[-1], freq="h")
        test = np.isin(labels.month, TEST_MONTHS)
        validation = np.isin(labels.month, VALIDATION_MONTHS) & (labels.day >= VALIDATION_DAY)
        parts = (~test & ~validation, validation, test)
        return [Case(code, data, "pm25", (code,), *parts, group=code) for code in HIDDEN]
