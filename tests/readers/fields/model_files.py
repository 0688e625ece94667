"""Small files in the conventions of atmospheric models, and the fields in them."""

import numpy as np
import pandas as pd
import xarray as xr


def plane(longitude, latitude, hours=0.0):
    """A field in µg m-3 that is linear in longitude, latitude and hours, so that interpolation gives it back."""
    return 100 + 0.25 * np.asarray(longitude) + 0.5 * np.asarray(latitude) + np.asarray(hours)


def regular(time, longitude, latitude, *, name="pm2p5", units="kg m**-3", factor=1e-9, dims=None, attrs=None):
    """A data set on a regular grid with the values of :func:`plane`, hours from the first time."""
    time = pd.DatetimeIndex(time)
    hours = (time - time[0]) / pd.Timedelta("1h")
    folded = (np.asarray(longitude) + 180) % 360 - 180
    values = (
        plane(folded[None, None, :], np.asarray(latitude)[None, :, None], np.asarray(hours)[:, None, None]) * factor
    )
    names = dims or ("time", "latitude", "longitude")
    return xr.Dataset(
        {name: (names, values, {"units": units, **(attrs or {})})},
        {names[0]: time, names[1]: np.asarray(latitude), names[2]: np.asarray(longitude)},
    )


def write(dataset, path, **encoding):
    """Write a NetCDF file, of the classic kind if its name ends with ``.cdf``."""
    if path.suffix == ".cdf":
        dataset.to_netcdf(path, engine="scipy", format="NETCDF3_64BIT", encoding=encoding)
    else:
        dataset.to_netcdf(path, engine="h5netcdf", encoding=encoding)
    return path


def lambert(east, north, *, standard=(33.0, 45.0), meridian=-97.0, origin=40.0, radius=6_370_000.0):
    """Lambert conformal conic coordinates on a sphere in meters (Snyder, 1987, Map projections, equations 15-1 to 15-4)."""
    (first, second), origin = np.radians(standard), np.radians(origin)

    def height(latitude):
        return np.tan(np.pi / 4 + latitude / 2)

    cone = np.log(np.cos(first) / np.cos(second)) / np.log(height(second) / height(first))
    scale = radius * np.cos(first) * height(first) ** cone / cone
    rho, start = (scale / height(latitude) ** cone for latitude in (np.radians(north), origin))
    turn = cone * np.radians(np.asarray(east) - meridian)
    return rho * np.sin(turn), start - rho * np.cos(turn)


def cmaq(first="2016-07-01", hours=25, rows=6, columns=8, layers=1, name="PM25_TOT", units="ug m-3         "):
    """Output of CMAQ after ``combine``: Lambert grid in attributes, dates as integers; values rise by 1 an hour, row, column."""
    time = pd.date_range(first, periods=hours, freq="h")
    flags = np.stack([time.year * 1000 + time.day_of_year, time.hour * 10000], axis=1).astype(np.int32)
    step, _, row, column = np.ogrid[0:hours, 0:layers, 0:rows, 0:columns]
    values = (10.0 + step + row + column + 100 * np.arange(layers)[None, :, None, None]).astype(np.float32)
    attrs = {
        "GDTYP": np.int32(2), "P_ALP": 33.0, "P_BET": 45.0, "P_GAM": -97.0, "XCENT": -97.0, "YCENT": 40.0,
        "XORIG": 1_000_000.0, "YORIG": -300_000.0, "XCELL": 12000.0, "YCELL": 12000.0, "TSTEP": np.int32(10000),
        "IOAPI_VERSION": "ioapi-3.2", "FILEDESC": "Concentration file output",
    }  # fmt: skip
    return xr.Dataset(
        {
            "TFLAG": (("TSTEP", "VAR", "DATE-TIME"), flags[:, None], {"units": "<YYYYDDD,HHMMSS>"}),
            name: (("TSTEP", "LAY", "ROW", "COL"), values, {"units": units, "long_name": name.ljust(16)}),
        },
        attrs=attrs,
    )


def wrf_chem(first="2019-06-01", hours=4, rows=7, columns=9, layers=3):
    """Output of WRF-Chem: curvilinear coordinates for every time, times as text, layers from the ground upward."""
    time = pd.date_range(first, periods=hours, freq="h")
    y, x = np.mgrid[0:rows, 0:columns]
    latitude, longitude = (30 + 0.2 * y + 0.01 * x).astype(np.float32), (112 + 0.25 * x - 0.02 * y).astype(np.float32)
    values = (
        plane(longitude, latitude, np.arange(hours)[:, None, None])[:, None] + 50.0 * np.arange(layers)[:, None, None]
    )
    dims = ("Time", "bottom_top", "south_north", "west_east")
    coordinates = {"coordinates": "XLONG XLAT XTIME"}
    horizontal = (dims[0], *dims[2:])
    return xr.Dataset(
        {
            "Times": ("Time", np.array([f"{one:%Y-%m-%d_%H:%M:%S}".encode() for one in time])),
            "XLAT": (horizontal, np.repeat(latitude[None], hours, 0), {"units": "degree_north"}),
            "XLONG": (horizontal, np.repeat(longitude[None], hours, 0), {"units": "degree_east"}),
            "PM2_5_DRY": (dims, values.astype(np.float32), {"units": "ug m^-3", "stagger": "", **coordinates}),
            "o3": (dims, np.full(values.shape, 0.05, np.float32), {"units": "ppmv", "stagger": "", **coordinates}),
        },
        attrs={"TITLE": " OUTPUT FROM WRF V4.0 MODEL", "MAP_PROJ": np.int32(1)},
    )


def merra2(first="2018-03-01", hours=24):
    """One day of MERRA-2 aerosols (tavg1_2d_aer_Nx): hourly averages at half hours, species in kg m-3."""
    longitude, latitude = np.arange(-180, 180, 0.625)[:40], np.arange(20, 30, 0.5)
    time = np.arange(hours) * 60
    species = {
        "DUSMASS25": 1e-9,
        "SSSMASS25": 2e-9,
        "BCSMASS": 3e-9,
        "OCSMASS": 4e-9,
        "SO4SMASS": 5e-9,
        "DUSMASS": 9e-8,
    }
    shape = (hours, len(latitude), len(longitude))
    dims = ("time", "lat", "lon")
    return xr.Dataset(
        {name: (dims, np.full(shape, value, np.float32), {"units": "kg m-3"}) for name, value in species.items()},
        {
            "time": ("time", time, {"units": f"minutes since {first} 00:30:00", "long_name": "time"}),
            "lat": ("lat", latitude, {"units": "degrees_north"}),
            "lon": ("lon", longitude, {"units": "degrees_east"}),
        },
        {"Title": "MERRA2 tavg1_2d_aer_Nx: 2d,1-Hourly,Time-averaged,Single-Level,Assimilation,Aerosol Diagnostics"},
    )


def cams_europe(day="20230912", hours=25):
    """Forecast of CAMS Europe: hours since a date in an attribute, longitudes from 335 to 45 degrees, a single level."""
    longitude = np.concatenate([np.arange(355.05, 360, 0.1), np.arange(0.05, 5, 0.1)]).astype(np.float32)
    latitude = np.arange(51.95, 50, -0.1).astype(np.float32)
    folded = (longitude.astype(np.float64) + 180) % 360 - 180
    values = plane(folded, latitude[:, None].astype(np.float64), np.arange(hours)[:, None, None])[:, None]
    return xr.Dataset(
        {
            "pm2p5_conc": (
                ("time", "level", "latitude", "longitude"),
                values.astype(np.float32),
                {
                    "species": "PM2.5 Aerosol",
                    "units": "µg/m3",
                    "standard_name": "mass_concentration_of_pm2p5_ambient_aerosol_in_air",
                },
            )
        },
        {
            "time": (
                "time",
                np.arange(hours, dtype=np.float32),
                {"long_name": f"FORECAST time from {day}", "units": "hours"},
            ),
            "level": ("level", np.float32([0]), {"units": "m"}),
            "latitude": ("latitude", latitude, {"units": "degrees_north"}),
            "longitude": ("longitude", longitude, {"units": "degrees_east"}),
        },
        {"title": "PM25 Air Pollutant FORECAST at the Surface", "FORECAST": f"Europe, {day}+[0H_24H]"},
    )


def cams_global_forecasts(days=2, leads=8, step=3):
    """Forecasts of CAMS global as the data store converts them: reference time and lead time as dimensions."""
    reference = np.arange(days) * 86400 + 1_700_006_400 // 86400 * 86400
    lead = np.arange(leads) * step
    valid = reference[:, None] + lead * 3600
    longitude, latitude = np.arange(0, 360, 30.0), np.arange(90, -91, -30.0)
    folded = (longitude + 180) % 360 - 180
    hours = (valid - valid[0, 0]) / 3600
    values = plane(folded, latitude[:, None], hours.T[..., None, None]) * 1e-9
    return xr.Dataset(
        {
            "pm2p5": (
                ("forecast_period", "forecast_reference_time", "latitude", "longitude"),
                values.astype(np.float32),
                {"units": "kg m**-3", "standard_name": "unknown", "GRIB_paramId": np.int32(210073)},
            )
        },
        {
            "forecast_period": (
                "forecast_period",
                lead.astype(float),
                {"units": "hours", "standard_name": "forecast_period"},
            ),
            "forecast_reference_time": (
                "forecast_reference_time",
                reference,
                {"units": "seconds since 1970-01-01", "standard_name": "forecast_reference_time"},
            ),
            "valid_time": (
                ("forecast_reference_time", "forecast_period"),
                valid,
                {"units": "seconds since 1970-01-01", "standard_name": "time"},
            ),
            "latitude": latitude,
            "longitude": longitude,
        },
        {"GRIB_centre": "ecmf", "institution": "European Centre for Medium-Range Weather Forecasts"},
    )
