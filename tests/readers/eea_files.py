"""Writers of the files of the European Environment Agency, as their columns are documented."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

NUMBERS = {"so2": 1, "pm10": 5, "o3": 7, "no2": 8, "co": 10, "pm25": 6001}
UNITS = {"co": "mg.m-3"}


def rows(point, pollutant, ends, values, **other):
    """Rows by their ends in UTC, with times in UTC+1 at the beginning, as in Parquet files."""
    start = pd.DatetimeIndex(ends)
    count = len(start)
    table = {
        "Samplingpoint": [point] * count,
        "Pollutant": [NUMBERS.get(pollutant, pollutant)] * count,
        "Start": start,
        "End": start + pd.Timedelta("1h"),
        "Value": list(values),
        "Unit": [UNITS.get(pollutant, "ug.m-3")] * count,
        "AggType": ["hour"] * count,
        "Validity": [1] * count,
        "Verification": [1] * count,
    }
    return pd.DataFrame(table | other)


def write_parquet(path, *tables):
    table = pd.concat(tables, ignore_index=True)
    values = [None if np.isnan(value) else Decimal(f"{value:.10f}") for value in table["Value"]]
    columns = {
        "Samplingpoint": pa.array(table["Samplingpoint"], pa.string()),
        "Pollutant": pa.array(table["Pollutant"], pa.int32()),
        "Start": pa.array(table["Start"], pa.timestamp("ns")),
        "End": pa.array(table["End"], pa.timestamp("ns")),
        "Value": pa.array(values, pa.decimal128(38, 18)),
        "Unit": pa.array(table["Unit"], pa.string()),
        "AggType": pa.array(table["AggType"], pa.string()),
        "Validity": pa.array(table["Validity"], pa.int32()),
        "Verification": pa.array(table["Verification"], pa.int32()),
    }
    pa.parquet.write_table(pa.table(columns), path)
    return path


def write_csv(path, table, stations, offset="+01:00", encoding="utf-8"):
    """A file of E1a; ``stations`` has the EoI code of each sampling point."""
    point = table["Samplingpoint"].str.partition("/")[2]
    columns = {
        "Countrycode": table["Samplingpoint"].str[:2],
        "Namespace": "XX.AQD",
        "AirQualityNetwork": "NET",
        "AirQualityStation": "STA",
        "AirQualityStationEoICode": point.map(stations),
        "SamplingPoint": point,
        "SamplingProcess": "SPP",
        "Sample": "SAM",
        "AirPollutant": "X",
        "AirPollutantCode": "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/" + table["Pollutant"].astype(str),
        "AveragingTime": table["AggType"],
        "Concentration": [format(value, ".10f") for value in table["Value"]],
        "UnitOfMeasurement": table["Unit"].replace({"ug.m-3": "µg/m3", "mg.m-3": "mg/m3"}),
        "DatetimeBegin": table["Start"].dt.strftime(f"%Y-%m-%d %H:%M:%S {offset}").str.strip(),
        "DatetimeEnd": table["End"].dt.strftime(f"%Y-%m-%d %H:%M:%S {offset}").str.strip(),
        "Validity": table["Validity"],
        "Verification": table["Verification"],
    }
    pd.DataFrame(columns).replace("nan", "").to_csv(path, index=False, encoding=encoding)
    return path


def write_metadata(path, points, name="DataExtract.csv"):
    """Metadata of sampling points: ``{point: (station, longitude, latitude)}``."""
    lines = [
        "Country,Timezone,Air Quality Station EoI Code,Air Quality Station Name,Sampling Point Id,Air Pollutant,Longitude,"
        "Latitude,Altitude",
        *(
            f"Land,UTC+01,{station},Name of {station},{point},PM2.5,{longitude},{latitude},12.0"
            for point, (station, longitude, latitude) in points.items()
        ),
    ]
    (path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path / name
