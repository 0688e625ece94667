"""Construction of the case of a forecast protocol from the options of a request."""

from __future__ import annotations

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.forecast_case import ForecastCase
from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.evaluation.protocols.station_lists import hidden_folds, measured_stations
from aqnet_pyg.local_dates import split_hours
from aqnet_pyg.splits import read_hidden
from aqnet_pyg.windows import Window


def build_forecast_case(request: Request, window: Window, issue_hours: tuple[int, ...]) -> ForecastCase:
    """Return the case of a forecast protocol: the listed stations are hidden, or by default the first random fold.

    Args:
        request: Options of the case.
        window: Hours of history and horizon.
        issue_hours: Local hours of the day at which forecasts are issued.

    Raises:
        InputError: If dates, stations or variables do not fit the data.
    """
    data = measured_stations(request.open_data(), request.target)
    unknown = [name for name in request.known if name not in data]
    if unknown:
        raise InputError(f"known: {unknown[0]!r} is not in the data; available: {', '.join(map(str, data.data_vars))}.")
    if request.hidden is None:
        hidden = hidden_folds(data, request, "random")[0]
    else:
        hidden = read_hidden(request.hidden, list(data.indexes["station"]))
    parts = split_hours(data, request.folder.resolve().name, request.dates)
    return ForecastCase(
        "forecast",
        data,
        request.target,
        hidden,
        parts["train"],
        parts["validation"],
        parts["test"],
        window=window,
        issue_hours=issue_hours,
        known=request.known,
    )
