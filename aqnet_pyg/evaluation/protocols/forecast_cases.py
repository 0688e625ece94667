"""The one case of a forecast protocol."""

from __future__ import annotations

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.forecast_case import ForecastCase
from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.evaluation.protocols.station_lists import folds_of, measuring
from aqnet_pyg.local_dates import split_hours
from aqnet_pyg.splits import read_hidden
from aqnet_pyg.windows import Window


def forecast_case(request: Request, window: Window, issue_hours: tuple[int, ...]) -> ForecastCase:
    """The listed stations are hidden; without a list, the first fold of those dealt at random.

    Args:
        request: The data and options.
        window: Hours of history and horizon.
        issue_hours: Local hours of the day at which a forecast is issued.

    Raises:
        InputError: If dates, stations or variables do not fit the data.
    """
    data = measuring(request.open_data(), request.target)
    unknown = [name for name in request.known if name not in data]
    if unknown:
        raise InputError(f"known: {unknown[0]!r} is not in the data; they have {', '.join(data.data_vars)}.")
    if request.hidden is None:
        hidden = folds_of(data, request, "random")[0]
    else:
        hidden = read_hidden(request.hidden, list(data.indexes["station"]))
    parts = split_hours(data, request.folder.resolve().name, request.dates)
    return ForecastCase(
        "forecast",
        data,
        request.target,
        hidden,
        **parts,
        window=window,
        issue_hours=issue_hours,
        known=request.known,
    )
