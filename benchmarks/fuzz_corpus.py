"""Small valid archives in the format of every reader, as tables that can be written in several ways, for `fuzz.py`."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

START = datetime(2023, 2, 27)
POLLUTANTS = ("pm25", "pm10", "so2", "no2", "o3", "co")
LABELS = {"pm25": "PM2.5", "pm10": "PM10", "so2": "SO2", "no2": "NO2", "o3": "O3", "co": "CO"}


@dataclass(frozen=True)
class Sheet:
    """A text table.

    Args:
        name: Path of the file below the folder of the archive; ``{part}`` stands for the number of a part where it can be split.
        header: Column names; empty if the format has none.
        rows: Texts.
        separator: Separator of the columns; empty for columns of fixed width, of which ``rows`` have one text.
        before: Lines before the header.
        encoding: Encoding.
        fixed: Number of columns at the beginning whose places are part of the format.
        groups: Widths of the others that stay together; default each alone; empty if all places are part of the format.
        quotes: Whether fields may be quoted.
    """

    name: str
    header: list[str]
    rows: list[list[str]]
    separator: str = ","
    before: str = ""
    encoding: str = "utf-8"
    fixed: int = 0
    groups: tuple[int, ...] | None = None
    quotes: bool = True

    def text(self, quoting: bool = False, newline: str = "\n", last: bool = True) -> bytes:
        """Return the content of the file, with all fields quoted, another end of lines, or without the last one."""
        lines = self.before.splitlines()
        body = ([self.header] if self.header else []) + self.rows
        if self.separator:
            file = io.StringIO()
            style = csv.QUOTE_ALL if quoting and self.quotes else csv.QUOTE_MINIMAL
            csv.writer(file, delimiter=self.separator, quoting=style, lineterminator="\n").writerows(body)
            lines += file.getvalue().splitlines()
        else:
            lines += [row[0] for row in body]
        return (newline.join(lines) + (newline if last else "")).encode(self.encoding)


@dataclass(frozen=True)
class Archive:
    """Files of an archive and the options to read them.

    Args:
        reader: Name of the reader.
        sheets: Text tables with measurements.
        options: Options of the reader; a value that begins with ``@`` is a file of the archive.
        tables: Text tables that are options.
        files: Other files by name.
        path: Path to read below the folder; empty for the folder.
    """

    reader: str
    sheets: list[Sheet] = field(default_factory=list)
    options: dict = field(default_factory=dict)
    tables: list[Sheet] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    path: str = ""

    def contents(self) -> dict[str, bytes]:
        """Return all files by their path below the folder: data in ``data``, tables of stations beside it."""
        data = {f"data/{sheet.name.format(part=0)}": sheet.text() for sheet in self.sheets}
        return data | {sheet.name: sheet.text() for sheet in self.tables} | self.files


def write(contents: dict[str, bytes], folder: Path) -> None:
    """Write files below a folder."""
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def arguments(archive: Archive, folder: Path) -> tuple[str | Path, dict]:
    """Return the path and the options for the reader of an archive in a folder."""
    options = {
        name: folder / value[1:] if isinstance(value, str) and value.startswith("@") else value
        for name, value in archive.options.items()
    }
    return folder / (archive.path or "data"), options


@dataclass(frozen=True)
class World:
    """Values in tenths by pollutant, shape ``[hour, station]``, and the stations."""

    codes: list[str]
    names: list[str]
    places: list[tuple[str, str]]
    hours: list[datetime]
    values: dict[str, np.ndarray]

    @classmethod
    def random(cls, rng: np.random.Generator) -> "World":
        """Two or three stations, one or two days, one to six pollutants; with gaps and impossible values."""
        stations, days = int(rng.integers(2, 4)), int(rng.choice([1, 1, 1, 2]))
        hours = [START + timedelta(hours=hour) for hour in range(24 * days)]
        names = ["pm25", *(name for name in POLLUTANTS[1:] if rng.random() < 0.4)]
        values = {}
        for name in names:
            array = rng.integers(1, 2000 if name != "co" else 50, (len(hours), stations)) / 10
            array[rng.random(array.shape) < rng.choice([0.0, 0.2, 0.6])] = np.nan
            array[rng.random(array.shape) < rng.choice([0.0, 0.01])] = rng.choice([-5.0, 553405.0, 0.0])
            array[0] = np.where(np.isnan(array[0]), 12.5, array[0])
            values[name] = array
        places = [(f"{116 + 0.11 * place:.4f}", f"{39.9 - 0.07 * place:.4f}") for place in range(stations)]
        codes = [str(1001 + place) + "A" for place in range(stations)]
        return cls(codes, [f"Station {chr(65 + place)}" for place in range(stations)], places, hours, values)

    def station_table(
        self, name: str = "stations.csv", header: tuple[str, ...] = ("code", "longitude", "latitude")
    ) -> Sheet:
        """Return a table of the stations with code and coordinates, and their names."""
        rows = [[code, x, y, label] for code, (x, y), label in zip(self.codes, self.places, self.names, strict=True)]
        return Sheet(name, [*header, "name"], rows)


def number(value: float, missing: str = "") -> str:
    """Return the text of a value in tenths."""
    return missing if np.isnan(value) else f"{value:.1f}"


def _daily_wide(world: World, prefix: str, columns: list[str], names: list[str]) -> list[Sheet]:
    sheets = []
    for day in range(len(world.hours) // 24):
        rows = [
            [f"{START + timedelta(days=day):%Y%m%d}", str(hour), label, *cells]
            for hour in range(24)
            for label, cells in [
                *((LABELS[name], [number(value) for value in world.values[name][24 * day + hour]]) for name in names),
                ("AQI", ["77"] * len(columns)),
            ]
        ]
        date = f"{START + timedelta(days=day):%Y%m%d}"
        sheets.append(Sheet(f"{prefix}_{date}.csv", ["date", "hour", "type", *columns], rows, fixed=3))
    return sheets


def cnemc(world: World, rng: np.random.Generator) -> Archive:
    """Daily wide files of the national network of China."""
    rows = [[c, n, "北京", x, y] for c, n, (x, y) in zip(world.codes, world.names, world.places, strict=True)]
    table = Sheet("lists/站点列表-2022.02.13起.csv", ["监测点编码", "监测点名称", "城市", "经度", "纬度"], rows)
    sheets = _daily_wide(world, "china_sites", world.codes, list(world.values))
    return Archive("cnemc", sheets, {"stations": "@lists"}, [table])


def bjmemc(world: World, rng: np.random.Generator) -> Archive:
    """Daily wide files of Beijing."""
    particles = [name for name in world.values if name.startswith("pm")]
    gases = [name for name in world.values if name not in particles]
    sheets = _daily_wide(world, "beijing_all", world.names, particles)
    sheets += _daily_wide(world, "beijing_extra", world.names, gases) if gases else []
    table = world.station_table(header=("station_id", "longitude", "latitude"))
    return Archive("bjmemc", sheets, {"stations": "@stations.csv"}, [table])


def uci_beijing(world: World, rng: np.random.Generator) -> Archive:
    """A file for each station."""
    header = [
        "No",
        "year",
        "month",
        "day",
        "hour",
        *LABELS.values(),
        "TEMP",
        "PRES",
        "DEWP",
        "RAIN",
        "wd",
        "WSPM",
        "station",
    ]
    sheets = []
    for place, code in enumerate(world.codes):
        rows = [
            [str(row + 1), str(time.year), str(time.month), str(time.day), str(time.hour)]
            + [number(world.values[name][row, place], "NA") if name in world.values else "NA" for name in LABELS]
            + ["-0.7", "1023", "-18.8", "0", "NNW", "4.4", code]
            for row, time in enumerate(world.hours)
        ]
        sheets.append(Sheet(f"PRSA_Data_{code}_2023{{part}}.csv", header, rows))
    return Archive("uci_beijing", sheets, {"stations": "@stations.csv"}, [world.station_table()])


def openaq(world: World, rng: np.random.Generator) -> Archive:
    """Files of the archive, or an export."""
    archive = bool(rng.integers(2))
    header = "location_id,sensors_id,location,datetime,lat,lon,parameter,units,value"
    if not archive:
        header = (
            "location_id,location_name,parameter,value,unit,datetimeUtc,datetimeLocal,timezone,latitude,longitude,country_iso,"
            "isMobile,isMonitor,owner_name,provider"
        )
    rows = []
    for (place, name, row), value in _cells(world):
        x, y = world.places[place]
        units = "ppm" if row % 7 == 0 and name == "o3" else "mg/m³" if name == "co" else "µg/m³"
        time, label = world.hours[row], world.names[place]
        if archive:
            local = f"{time:%Y-%m-%dT%H:%M:%S}-06:00"
            rows.append([str(place), f"{place}{name}", label, local, y, x, name, units, value])
        else:
            utc, local = f"{time:%Y-%m-%dT%H:%M:%SZ}", f"{time - timedelta(hours=5):%Y-%m-%dT%H:%M:%S}-05:00"
            more = ["CA", "", "", "Owner", "AirNow"]
            rows.append([str(place), label, name, value, units, utc, local, "America/Toronto", y, x, *more])
    return Archive("openaq", [Sheet("location-7-2023{part}.csv", header.split(","), rows)])


def _cells(world: World, missing: str | None = None) -> list[tuple[tuple[int, str, int], str]]:
    """Position, pollutant, hour and text of each value."""
    return [
        ((place, name, row), number(value, missing or ""))
        for name, array in world.values.items()
        for (row, place), value in np.ndenumerate(array)
        if missing is not None or not np.isnan(value)
    ]


AQS_CODES = {"pm25": "88101", "pm10": "81102", "so2": "42401", "no2": "42602", "o3": "44201", "co": "42101"}
AQS_UNITS = {
    "88101": "Micrograms/cubic meter (LC)",
    "81102": "Micrograms/cubic meter (25 C)",
    "42401": "Parts per billion",
    "42602": "Parts per billion",
    "44201": "Parts per million",
    "42101": "Parts per million",
}


def aqs(world: World, rng: np.random.Generator) -> Archive:
    """Hourly files of the EPA."""
    header = [
        *(
            "State Code",
            "County Code",
            "Site Num",
            "Parameter Code",
            "POC",
            "Latitude",
            "Longitude",
            "Datum",
            "Parameter Name",
        ),
        *(
            "Date Local",
            "Time Local",
            "Date GMT",
            "Time GMT",
            "Sample Measurement",
            "Units of Measure",
            "MDL",
            "Uncertainty",
        ),
        *("Qualifier", "Method Type", "Method Code", "Method Name", "State Name", "County Name", "Date of Last Change"),
    ]
    sheets = []
    for name, array in world.values.items():
        code = AQS_CODES[name]
        rows = []
        for (row, place), value in np.ndenumerate(array):
            if np.isnan(value):
                continue
            time, (x, y) = world.hours[row], world.places[place]
            local = time - timedelta(hours=6)
            rows.append(
                [
                    *("27", f"{place:03}", "1002", code, "1", y, x, "WGS84", LABELS[name]),
                    f"{local:%Y-%m-%d}",
                    f"{local:%H:%M}",
                    f"{time:%Y-%m-%d}",
                    f"{time:%H:%M}",
                    number(value / (1000 if name in ("o3", "co") else 1)),
                    AQS_UNITS[code],
                    "5",
                    "",
                    "",
                    "FEM",
                    "209",
                    "Met One",
                    "Minnesota",
                    "Anoka",
                    "2024-01-01",
                ]
            )
        sheets.append(Sheet(f"hourly_{code}_2023{{part}}.csv", header, rows))
    return Archive("aqs", sheets)


def airnow(world: World, rng: np.random.Generator) -> Archive:
    """Hourly files without a header, and the list of sites."""
    units = {"co": "PPM", "o3": "PPB", "no2": "PPB", "so2": "PPB"}
    names = {"pm25": "PM2.5", "o3": "OZONE"}
    by_hour: dict[int, list[list[str]]] = {}
    for (place, name, row), value in _cells(world):
        if row >= 6:  # a file for each hour
            continue
        time = world.hours[row]
        by_hour.setdefault(row, []).append(
            [
                *(f"{time:%m/%d/%y}", f"{time:%H:%M}", f"{270031000 + place}", world.names[place], "-6"),
                *(names.get(name, LABELS[name]), units.get(name, "UG/M3"), value, "Agency"),
            ]
        )
    sheets = [
        Sheet(f"HourlyData_{world.hours[row]:%Y%m%d%H}.dat", [], rows, "|", groups=(), quotes=False)
        for row, rows in by_hour.items()
    ]
    header = [
        *("StationID", "AQSID", "FullAQSID", "Parameter", "MonitorType", "SiteCode", "SiteName", "Status", "AgencyID"),
        *("AgencyName", "EPARegion", "Latitude", "Longitude", "Elevation", "GMTOffset", "CountryFIPS", "CBSA_ID"),
        *("CBSA_Name", "StateAQSCode", "StateAbbreviation", "CountyAQSCode", "CountyName"),
    ]
    lines = []
    for place, (x, y) in enumerate(world.places):
        code = f"{270031000 + place}"
        lines.append(
            [
                code,
                code,
                f"840{code}",
                "PM2.5",
                "Permanent",
                "1002",
                world.names[place],
                "Active",
                "MN1",
                "Agency",
                "R5",
            ]
        )
        lines[-1] += [y, x, "280.0", "-6.00", "US", "33460", "Minneapolis", "27", "MN", "003", "ANOKA"]
    table = Sheet("Monitoring_Site_Locations_V2.dat", header, lines, "|", quotes=False)
    return Archive("airnow", sheets, {"stations": "@Monitoring_Site_Locations_V2.dat"}, [table])


def eea(world: World, rng: np.random.Generator) -> Archive:
    """CSV files of the EEA, and the table of sampling points."""
    numbers = {"so2": 1, "pm10": 5, "o3": 7, "no2": 8, "co": 10, "pm25": 6001}
    header = [
        *(
            "Countrycode",
            "Namespace",
            "AirQualityNetwork",
            "AirQualityStation",
            "AirQualityStationEoICode",
            "SamplingPoint",
        ),
        *("SamplingProcess", "Sample", "AirPollutant", "AirPollutantCode", "AveragingTime", "Concentration"),
        *("UnitOfMeasurement", "DatetimeBegin", "DatetimeEnd", "Validity", "Verification"),
    ]
    sheets, points = [], []
    for place, code in enumerate(world.codes):
        for name, array in world.values.items():
            point = f"SPO.DE_{code}_{name}"
            units = "mg/m3" if name == "co" else "µg/m3"
            vocabulary = f"http://dd.eionet.europa.eu/vocabulary/aq/pollutant/{numbers[name]}"
            rows = [
                [
                    "DE",
                    "DE.AQD",
                    "NET",
                    "STA",
                    f"DE{code}",
                    point,
                    "SPP",
                    "SAM",
                    LABELS[name],
                    vocabulary,
                    "hour",
                    number(value),
                    units,
                    f"{time:%Y-%m-%d %H:%M:%S} +01:00",
                    f"{time + timedelta(hours=1):%Y-%m-%d %H:%M:%S} +01:00",
                    "1",
                    "1",
                ]
                for time, value in zip(world.hours, array[:, place], strict=True)
            ]
            sheets.append(Sheet(f"DE_{numbers[name]}_{place}_2023_timeseries{{part}}.csv", header, rows))
            x, y = world.places[place]
            points.append(["Germany", "UTC", f"DE{code}", world.names[place], point, LABELS[name], x, y, "30"])
    columns = ["Country", "Timezone", "Air Quality Station EoI Code", "Air Quality Station Name", "Sampling Point Id"]
    table = Sheet("DataExtract.csv", [*columns, "Air Pollutant", "Longitude", "Latitude", "Altitude"], points)
    return Archive("eea", sheets, {"stations": "@DataExtract.csv"}, [table])


def uk_air(world: World, rng: np.random.Generator) -> Archive:
    """Flat files of UK-AIR."""
    titles = {
        "pm25": "PM<sub>2.5</sub> particulate matter (Hourly measured)",
        "pm10": "PM<sub>10</sub> particulate matter (Hourly measured)",
        "so2": "Sulphur dioxide",
        "no2": "Nitrogen dioxide",
        "o3": "Ozone",
        "co": "Carbon monoxide",
    }
    sheets = []
    for place, code in enumerate(world.codes):
        header = ["Date", "time", *(part for name in world.values for part in (titles[name], "status", "unit"))]
        rows = [
            [f"{time:%d-%m-%Y}", f"{time:%H:%M}" if time.hour else "00:00"]
            + [
                part
                for name, array in world.values.items()
                for part in (number(array[row, place]), "R", "mgm-3" if name == "co" else "ugm-3")
            ]
            for row, time in enumerate(world.hours)
        ]
        before = "Data supplied by UK-AIR on 1/5/2026\nAll Data GMT hour ending\nStatus: R = Ratified\n"
        before += f",,{world.names[place]},,,,\n"
        sheets.append(Sheet(f"{code}_2023.csv", header, rows, before=before, fixed=2, groups=(3,) * len(world.values)))
    return Archive("uk_air", sheets, {"stations": "@sites.csv"}, [world.station_table("sites.csv")])


def purpleair(world: World, rng: np.random.Generator) -> Archive:
    """Downloads of history."""
    header = ["time_stamp", "sensor_index", "pm2.5_atm", "pm10.0_atm"]
    coarse = world.values.get("pm10", 2 * world.values["pm25"])
    rows = [
        [
            str(int((time - datetime(1970, 1, 1)).total_seconds())),
            str(100 + place),
            number(fine),
            number(coarse[row, place]),
        ]
        for place in range(len(world.codes))
        for row, (time, fine) in enumerate(zip(world.hours, world.values["pm25"][:, place], strict=True))
    ]
    about = enumerate(zip(world.names, world.places, strict=True))
    lines = [[str(100 + place), name, y, x, "420"] for place, (name, (x, y)) in about]
    table = Sheet("sensors.csv", ["sensor_index", "name", "latitude", "longitude", "altitude"], lines)
    return Archive("purpleair", [Sheet("history{part}.csv", header, rows)], {"stations": "@sensors.csv"}, [table])


def sensor_community(world: World, rng: np.random.Generator) -> Archive:
    """Readings every ten minutes of some hours."""
    header = [
        "sensor_id",
        "sensor_type",
        "location",
        "lat",
        "lon",
        "timestamp",
        "P1",
        "durP1",
        "ratioP1",
        "P2",
        "durP2",
        "ratioP2",
    ]
    sheets = []
    for place, (x, y) in enumerate(world.places):
        rows = []
        for row, time in enumerate(world.hours[:6]):
            for minute in range(0, 60, 10):
                fine = world.values["pm25"][row, place]
                cells = [number(2 * fine), "", "", number(fine), "", ""]
                stamp = f"{time + timedelta(minutes=minute, seconds=30):%Y-%m-%dT%H:%M:%S}"
                rows.append([str(place), "SDS011", "5", y, x, stamp, *cells])
        sheets.append(Sheet(f"2023-02-27_sds011_sensor_{place}{{part}}.csv", header, rows, ";"))
    return Archive("sensor_community", sheets)


def taiwan_epa(world: World, rng: np.random.Generator) -> Archive:
    """A row for each day, station and item, with a column for each hour."""
    names = ["豐原", "大里", "西屯", "沙鹿"][: len(world.codes)]
    rows = [
        [f"{START + timedelta(days=day):%Y/%m/%d}", names[place], LABELS[name]]
        + [number(value) for value in array[24 * day : 24 * day + 24, place]]
        for day in range(len(world.hours) // 24)
        for place in range(len(names))
        for name, array in world.values.items()
    ]
    header = ["日期", "測站", "測項", *map(str, range(24))]
    table = replace(world, names=names).station_table()
    sheet = Sheet("2023{part}.csv", header, rows, encoding="cp950", groups=(1, 1, 1, 24))
    return Archive("taiwan_epa", [sheet], {"stations": "@stations.csv"}, [table])


def cpcb(world: World, rng: np.random.Generator) -> Archive:
    """Reports of the dashboard, a station each."""
    sheets = []
    for place, name in enumerate(world.names):
        before = f"CENTRAL POLLUTION CONTROL BOARD\nState,Delhi\nStation,{name}\n"
        rows = [
            [f"{time:%d-%m-%Y %H:%M}", f"{time + timedelta(hours=1):%d-%m-%Y %H:%M}"]
            + [number(array[row, place], "None") for array in world.values.values()]
            for row, time in enumerate(world.hours)
        ]
        header = ["From Date", "To Date", *(LABELS[each] for each in world.values)]
        sheets.append(Sheet(f"report{place}{{part}}.csv", header, rows, before=before, fixed=1))
    return Archive("cpcb", sheets, {"stations": "@stations.csv"}, [world.station_table()])


def airkorea(world: World, rng: np.random.Generator) -> Archive:
    """Hours 1 to 24 in local time, in EUC-KR."""
    header = ["지역", "망", "측정소코드", "측정소명", "측정일시", "SO2", "CO", "O3", "NO2", "PM10", "PM25", "주소"]
    order = ("so2", "co", "o3", "no2", "pm10", "pm25")
    rows = []
    for place in range(len(world.codes)):
        for row, time in enumerate(world.hours):
            cells = [number(world.values[name][row, place]) if name in world.values else "" for name in order]
            stamp = f"{time:%Y%m%d}{time.hour + 1:02d}"
            rows.append(
                ["서울 중구", "도시대기", str(111121 + place), world.names[place], stamp, *cells, "서울 중구 15"]
            )
    table = replace(world, codes=[str(111121 + place) for place in range(len(world.codes))]).station_table()
    return Archive(
        "airkorea", [Sheet("2023{part}.csv", header, rows, encoding="cp949")], {"stations": "@stations.csv"}, [table]
    )


def sinca(world: World, rng: np.random.Generator) -> Archive:
    """A file for each station and pollutant, with decimal commas."""
    header = [
        "FECHA (YYMMDD)",
        "HORA (HHMM)",
        "Registros validados",
        "Registros preliminares",
        "Registros no validados",
        "",
    ]
    sheets = []
    for place, code in enumerate(world.codes):
        for name, array in world.values.items():
            if name == "co" or np.isnan(array[:, place]).all():
                continue
            rows = []
            for row, time in enumerate(world.hours):
                cells = ["", "", ""]
                cells[row % 3] = number(array[row, place]).replace(".", ",")
                rows.append([f"{time:%y%m%d}", f"{time:%H%M}", *cells, ""])
            sheets.append(Sheet(f"{code}_{name.upper()}_2023{{part}}.csv", header, rows, ";", groups=()))
    return Archive("sinca", sheets, {"stations": "@stations.csv"}, [world.station_table()])


def cnemc_text(world: World, rng: np.random.Generator) -> Archive:
    """Columns of fixed width."""
    rows = []
    for place, (x, y) in enumerate(world.places):
        for row, time in enumerate(world.hours):
            cells = [
                float(world.values[name][row, place]) if name in world.values else np.nan
                for name in ("so2", "no2", "co", "o3", "pm10", "pm25")
            ]
            texts = " ".join(f"{-9999 if np.isnan(cell) else cell:12.3f}" for cell in cells)
            clock = f"{time:%Y} {time.month:2d} {time.day:2d} {time.hour:2d}"
            rows.append([f"{70001 + place} {clock} {float(x):12.4f} {float(y):12.4f} {texts}"])
    return Archive("cnemc_text", [Sheet("obs_2023{part}.txt", [], rows, "", groups=())])


def table(world: World, rng: np.random.Generator) -> Archive:
    """A long table: a column or a row for each pollutant, in several dialects."""
    separator = str(rng.choice([",", ";", "\t", "|"]))
    comma = separator != "," and bool(rng.integers(2))
    stamp = str(rng.choice(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ", "%d.%m.%Y %H:%M", "%Y%m%d%H", "%m/%d/%Y %H:%M"]))
    by_row = bool(rng.integers(2))
    rows = []
    for place, code in enumerate(world.codes):
        for row, time in enumerate(world.hours):
            about = [code, f"{time:{stamp}}", *world.places[place]]
            if by_row:
                rows += [
                    [*about, LABELS[name], number(array[row, place], "NA")] for name, array in world.values.items()
                ]
            else:
                rows.append([*about, *(number(array[row, place], "NA") for array in world.values.values())])
    if comma:
        rows = [
            [row[0], row[1], *(cell.replace(".", ",") if cell != "PM2.5" else cell for cell in row[2:])] for row in rows
        ]
    header = ["station", "time", "longitude", "latitude"]
    header += ["parameter", "value"] if by_row else [f"{LABELS[name]} (ug/m3)" for name in world.values]
    encoding = str(rng.choice(["utf-8", "utf-16"]))
    return Archive("table", [Sheet("data{part}.csv", header, rows, separator, encoding=encoding)])


def wide_table(world: World, rng: np.random.Generator) -> Archive:
    """A file for each pollutant with a column for each station."""
    sheets = []
    for name, array in world.values.items():
        rows = [[f"{time:%Y-%m-%d %H:%M}", *map(number, array[row])] for row, time in enumerate(world.hours)]
        sheets.append(Sheet(f"{LABELS[name]}_{{part}}.csv", ["time", *world.codes], rows))
    return Archive("table", sheets, {"stations": "@stations.csv"}, [world.station_table()])


TEXT: dict[str, Callable[[World, np.random.Generator], Archive]] = {
    make.__name__: make
    for make in (
        *(cnemc, bjmemc, uci_beijing, openaq, aqs, airnow, eea, uk_air, purpleair, sensor_community, taiwan_epa),
        *(cpcb, airkorea, sinca, cnemc_text, table, wide_table),
    )
}
"""Archives of text tables by the name of their format."""
