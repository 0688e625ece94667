"""Filling of gaps: measurements are masked in the pattern of real gaps, and estimated."""

from __future__ import annotations

from typing import Any

import numpy as np

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.filling import FillingProtocol
from aqnet_pyg.evaluation.gap_case import GapCase
from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.evaluation.protocols.aqi36 import refuse_options, sample_data, sample_hours
from aqnet_pyg.evaluation.protocols.station_lists import measured_stations
from aqnet_pyg.gap_masks import copied_gaps
from aqnet_pyg.local_dates import split_hours
from aqnet_pyg.stations import POLLUTANTS

PUBLISHED_MASK = "pm25_missing.txt"
"""File of the ST-MVL sample in which measurements of ``pm25_ground.txt`` are missing."""


class GapFilling(FillingProtocol):
    """Masked measurements of the test hours are estimated from all others, earlier and later, of the station and its neighbors.

    In the ST-MVL sample (a folder with ``pm25_missing.txt``) the masked measurements are those of ``pm25_ground.txt`` that are
    not in ``pm25_missing.txt``; those of March, June, September and December are scored, as by GRIN, CSDI and PriSTI. Methods
    are fitted to the measurements of ``pm25_ground.txt`` in the other eight months. Nothing of the four months is used to
    train, tune, select or calibrate; the published networks used them for early stopping.

    In other archives the gaps of all stations are shifted together by a number of days (:func:`aqnet_pyg.gap_masks.copied_gaps`,
    seed 0), so that the masked hours have the lengths, hours of the day and common outages of the real gaps. The gaps of other
    pollutants are shifted with them: at a masked hour they are there as often as in a real gap.
    """

    def cases(self, request: Request) -> list[Case]:
        """Return the case."""
        folders = (request.folder, request.folder / "aqi36")
        if any((folder / PUBLISHED_MASK).is_file() for folder in folders):
            return [_published(request)]
        return [_copied(request)]


def _published(request: Request) -> GapCase:
    refuse_options(request, "gap-filling in this sample")
    data, given = (sample_data(request.folder, name) for name in ("pm25_ground.txt", PUBLISHED_MASK))
    if not data.indexes["time"].equals(given.indexes["time"]):
        raise InputError(f"{request.folder}: its two files have different hours; give files of one sample.")
    masked = (data.pm25.notnull() & given.pm25.isnull()).values
    parts: dict[str, Any] = sample_hours(data)
    return GapCase("gaps", data, "pm25", (), **parts, masked=masked)


def _copied(request: Request) -> GapCase:
    for name in ("hidden", "known"):
        if getattr(request, name):
            raise InputError(f"{name}: gap-filling hides hours, not stations, and has no horizon; omit this option.")
    data = measured_stations(request.open_data(), request.target)
    others = [name for name in POLLUTANTS if name in data and name != request.target]
    data = data[[request.target, *others]].transpose("time", "station")
    parts: dict[str, Any] = split_hours(data, request.folder.resolve().name, request.dates)
    missing = np.stack([data[name].isnull().values for name in data], axis=-1)
    copied = copied_gaps(missing, np.random.default_rng(0)) & parts["test"][:, None, None]
    masked, *rest = np.moveaxis(copied, -1, 0)
    others_masked = dict(zip(others, rest, strict=True))
    return GapCase("gaps", data, request.target, (), **parts, masked=masked, others_masked=others_masked)
