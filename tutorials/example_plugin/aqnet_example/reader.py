"""A user-defined reader: tab-separated tables."""

import pandas as pd

from aqnet_pyg import InputError
from aqnet_pyg.readers import ReadReport
from aqnet_pyg.stations import make_station_data


def read_tabs(path, *, strict=False):
    """Read a tab-separated table.

    Interface: the archive and keywords → station data (``make_station_data`` checks them and completes the time axis)
    and a read report. Errors that the user can correct raise ``InputError``: the file, what was found, what to do.

    Columns: station, time (UTC, ISO 8601), longitude, latitude, pm25 in µg m-3.
    """
    report = ReadReport(str(path), strict)
    try:
        table = pd.read_csv(path, sep="\t", parse_dates=["time"], dtype={"station": str})
    except OSError as error:
        raise InputError(f"{path}: the file cannot be read ({error.strerror}); give a tab-separated table.") from None
    stations = table.groupby("station")[["longitude", "latitude"]].first()
    values = table.pivot(index="time", columns="station", values="pm25")[stations.index]
    report.files_read = 1
    data = make_station_data(
        {"pm25": values.to_numpy()}, values.index, stations, time_zone="UTC", source=f"{path}, read by aqnet_example"
    )
    return data, report
