"""Conventions of the output of atmospheric models: names of variables, labels of times, and levels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import xarray as xr

TimeLabel = Literal["instant", "start", "center", "end"]
"""The time that labels a record: that of an instantaneous value, or the start, center or end of an averaging period."""


@dataclass(frozen=True)
class FieldConvention:
    """Conventions of the output of one model or service.

    Args:
        title: Name of the model or service.
        recognized: How its files are recognized, for the documentation.
        variables: Names of variables by pollutant; of several in a file, the first is used.
        time_label: The time that labels a record, if it is the same in all files; otherwise it follows from the file.
        time: The rule for times, for the documentation.
        surface: Dimension of levels of which the first is the lowest layer of the model.
        sources: Documents that state the above.
        formulas: Weighted sums of variables by pollutant, used if none of the variables is there.
    """

    title: str
    recognized: str
    variables: dict[str, tuple[str, ...]]
    time_label: TimeLabel | None
    time: str
    surface: str | None
    sources: tuple[str, ...]
    formulas: dict[str, dict[str, float]] = field(default_factory=dict)


FIELD_CONVENTIONS: dict[str, FieldConvention] = {
    "cmaq": FieldConvention(
        title="CMAQ (I/O API)",
        recognized="variable `TFLAG`",
        variables={
            "pm25": ("PM25_TOT", "PM25", "PMIJ", "ATOTIJ"),
            "pm10": ("PM10", "PM10_TOT"),
            **{name: (name.upper(),) for name in ("so2", "no2", "o3", "co")},
        },
        time_label="start",
        time="`TFLAG` is the start of the averaging period (files `ACONC`)",
        surface="LAY",
        sources=("https://cjcoats.github.io/ioapi/GRIDS.html", "https://github.com/USEPA/CMAQ"),
    ),
    "wrf_chem": FieldConvention(
        title="WRF-Chem",
        recognized="variables `XLAT` and `Times`",
        variables={
            "pm25": ("PM2_5_DRY",),
            "pm10": ("PM10",),
            **{name: (name,) for name in ("so2", "no2", "o3", "co")},
        },
        time_label="instant",
        time="instantaneous",
        surface="bottom_top",
        sources=("https://ruc.noaa.gov/wrf/wrf-chem/",),
    ),
    "merra2": FieldConvention(
        title="MERRA-2",
        recognized="`MERRA2` in the global attributes, or variable `DUSMASS25`",
        variables={"so2": ("SO2SMASS",), "co": ("COSC",)},
        time_label=None,
        time="averages labeled at half hours are centered",
        surface=None,
        sources=("https://gmao.gsfc.nasa.gov/reanalysis/MERRA-2/FAQ/",),
        formulas={
            "pm25": {"DUSMASS25": 1, "SSSMASS25": 1, "BCSMASS": 1, "OCSMASS": 1, "SO4SMASS": 132.14 / 96.06},
        },
    ),
    "geos_cf": FieldConvention(
        title="GEOS-CF",
        recognized="variable `PM25_RH35_GCC`, or `GEOS-CF` in the global attributes",
        variables={
            "pm25": ("PM25_RH35_GCC", "PM25_RH35_GOCART"),
            **{name: (name.upper(),) for name in ("so2", "no2", "o3", "co")},
        },
        time_label=None,
        time="averages labeled at half hours are centered",
        surface=None,
        sources=("https://gmao.gsfc.nasa.gov/pubs/office_notes.php (No. 17)",),
    ),
    "cams_europe": FieldConvention(
        title="CAMS Europe",
        recognized="variables that end in `_conc`",
        variables={
            "pm25": ("pm2p5_conc",),
            "pm10": ("pm10_conc",),
            **{name: (f"{name}_conc",) for name in ("so2", "no2", "o3", "co")},
        },
        time_label=None,
        time="instantaneous; hours since the date in the attribute `long_name` of the time or `FORECAST` of the file",
        surface=None,
        sources=("https://confluence.ecmwf.int/display/CKB",),
    ),
    "cams_global": FieldConvention(
        title="CAMS global (forecasts, reanalysis EAC4)",
        recognized="variables `pm2p5`, `pm10`, `go3`",
        variables={
            "pm25": ("pm2p5",),
            "pm10": ("pm10",),
            "so2": ("so2",),
            "no2": ("no2",),
            "o3": ("go3", "o3"),
            "co": ("co",),
        },
        time_label=None,
        time="instantaneous; a forecast is valid at its reference time plus the lead time",
        surface=None,
        sources=("https://confluence.ecmwf.int/display/CKB/GRIB+to+netCDF+conversion+on+new+CDS+and+ADS+systems",),
    ),
}
"""Conventions by name, in the order in which files are compared with them. Other files are read by the CF conventions."""

CF = FieldConvention(
    title="other files that follow the CF conventions",
    recognized="none of the above",
    variables={},
    time_label=None,
    time="bounds; without them, times at half hours are centers of averages, and others instantaneous",
    surface=None,
    sources=("https://cfconventions.org",),
)


def recognize(dataset: xr.Dataset) -> FieldConvention:
    """Return the conventions of a file.

    Args:
        dataset: The file as xarray opens it.
    """
    names = {str(name) for name in dataset.variables}
    attributes = " ".join(str(value) for value in dataset.attrs.values()).upper()
    if "TFLAG" in names:
        found = "cmaq"
    elif {"XLAT", "Times"} <= names:
        found = "wrf_chem"
    elif "DUSMASS25" in names or "MERRA2" in attributes or "MERRA-2" in attributes:
        found = "merra2"
    elif "PM25_RH35_GCC" in names or "GEOS-CF" in attributes or "GEOS CF" in attributes:
        found = "geos_cf"
    elif any(name.endswith("_conc") for name in names):
        found = "cams_europe"
    elif names & {"pm2p5", "go3"} or "ECMF" in attributes.split():
        found = "cams_global"
    else:
        return CF
    return FIELD_CONVENTIONS[found]
