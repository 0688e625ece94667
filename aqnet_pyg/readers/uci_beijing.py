"""Reader of the Beijing multi-site data of the UCI archive (data set 501, doi 10.24432/C5RK5G): 12 stations with weather."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.network_metadata import network_folder
from aqnet_pyg.readers.assembly.station_tables import read_station_table
from aqnet_pyg.readers.files.archive import PathLike, find_members
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.readers.tables.long import read_long
from aqnet_pyg.readers.tables.long_layout import Layout

_COLUMNS = {
    "station": "station",
    "year": "year",
    "month": "month",
    "day": "day",
    "hour": "hour",
    "pm25": "PM2.5",
    "pm10": "PM10",
    "so2": "SO2",
    "no2": "NO2",
    "o3": "O3",
    "co": "CO",
    "temperature": "TEMP",
    "pressure": "PRES",
    "dew_point": "DEWP",
    "precipitation": "RAIN",
    "wind_direction": "wd",
    "wind_speed": "WSPM",
}

_ON_SCALE = {"units_metadata": "temperature: on_scale"}
_WEATHER = {
    "temperature": {"standard_name": "air_temperature", "long_name": "air temperature", "units": "degC", **_ON_SCALE},
    "pressure": {"standard_name": "air_pressure", "long_name": "air pressure", "units": "hPa"},
    "dew_point": {"standard_name": "dew_point_temperature", "long_name": "dew point", "units": "degC", **_ON_SCALE},
    "precipitation": {
        "standard_name": "lwe_thickness_of_precipitation_amount",
        "long_name": "precipitation",
        "units": "mm",
        "cell_methods": "time: sum",
    },
    "wind_direction": {"standard_name": "wind_from_direction", "long_name": "wind direction", "units": "degree"},
    "wind_speed": {"standard_name": "wind_speed", "long_name": "wind speed", "units": "m s-1"},
}


def read_uci_beijing(
    path: PathLike | Sequence[PathLike], stations: PathLike | None = None, *, strict: bool = False
) -> tuple[xr.Dataset, ReadReport]:
    """Read the Beijing Multi-Site Air Quality data of the UCI archive (doi 10.24432/C5RK5G).

    Args:
        path: Zip file, or folder, with the files ``PRSA_Data_STATION_START-END.csv``: year, month, day and hour in Beijing
            time, pollutants in µg m-3 (CO too), and the weather at the nearest meteorological station.
        stations: Table (CSV) with ``code`` (the names in the files, such as Aotizhongxin), ``longitude`` and ``latitude``,
            which the archive lacks. Default: the table included in this package.
        strict: Raise an error at the first damaged file instead of recording it.

    Returns:
        Station data (UTC) with CO in mg m-3 and the variables ``temperature`` (°C), ``pressure`` (hPa), ``dew_point`` (°C),
        ``precipitation`` (mm), ``wind_direction`` (degrees from which the wind blows), ``wind_speed``, ``eastward_wind`` and
        ``northward_wind`` (m s-1); and the read report.

    Raises:
        InputError: If there is nothing to read, or no station of the files is in the table.
    """
    report = ReadReport(str(path), strict)
    members = find_members(path, r"PRSA_Data_.*\.csv", "PRSA_Data_STATION_START-END.csv", report)
    table = read_station_table(stations or network_folder("beijing_multisite") / "stations.csv")
    data = read_long(members, _layout, table, report, source="Beijing Multi-Site Air Quality, UCI, doi 10.24432/C5RK5G")
    # Directions are discontinuous at north; models use the components.
    towards = np.deg2rad(data.wind_direction) + np.pi
    for name, part in (("eastward_wind", np.sin(towards)), ("northward_wind", np.cos(towards))):
        attrs = {
            "standard_name": name,
            "long_name": name.replace("_", " "),
            "units": "m s-1",
            "cell_methods": "time: mean",
        }
        data[name] = (data.wind_speed * part).astype(np.float32).assign_attrs(attrs)
    return data, report


def _layout(names: Sequence[str], file: str) -> Layout:
    missing = [name for name in _COLUMNS.values() if name not in names]
    if missing:
        raise InputError(
            f"{file}: no column {', '.join(missing)} among {', '.join(names[:20])[:200]}; download the file again."
        )
    return Layout(_COLUMNS, "Asia/Shanghai", {"co": 0.001}, _WEATHER)
