"""From an archive's server to a map in three commands: the printed options are all that the next command needs."""

import datetime
import shlex

import numpy as np
import pytest
import xarray as xr
from archives.archive_server import aqs_zip, eea_metadata, eea_parquet, openaq_day, openaq_path, zipped

from aqnet_pyg.commands.main import main

DAYS = 14
PLACES = [(4.0 + 0.3 * column, 51.0 + 0.3 * row) for row in range(4) for column in range(4)]


def value(station, hour):
    """A field that varies in space and time."""
    return round(20 + station % 4 * 3 + station // 4 * 2 + 10 * np.sin(hour / 24 * 2 * np.pi) + station * hour % 3, 2)


def openaq_files(server):
    for station, place in enumerate(PLACES):
        for day in range(DAYS):
            date = str(datetime.date(2023, 1, 1) + datetime.timedelta(days=day))
            server.files[openaq_path(station, date)] = openaq_day(station, date, *place, station)
    return ["--locations", ",".join(map(str, range(len(PLACES))))]


def eea_files(server):
    points = [("Netherlands", f"NL{10000 + n}", f"SPO-NL{10000 + n}_06001_100", *p) for n, p in enumerate(PLACES)]

    def answer(body):
        start = body["dateTimeStart"][:10]
        return zipped(
            {
                f"E1a/{point}.parquet": eea_parquet(
                    f"NL/{point}", start, [value(number, hour) for hour in range(24 * DAYS)]
                )
                for number, (_, _, point, _, _) in enumerate(points)
            }
        )

    server.files |= {"/App/AQViewer/download": eea_metadata(points), "/ParquetFile/dynamic": answer}
    return ["--country", "NL"]


def aqs_files(server):
    sites = [("06", "037", f"{1000 + n}", x - 122, y - 17) for n, (x, y) in enumerate(PLACES)]
    server.files["/aqsweb/airdata/hourly_88101_2023.zip"] = aqs_zip(2023, DAYS, sites, value=value)
    return ["--bbox=-119,33,-116,36"]


def run(capsys, words):
    assert main(words) == 0
    return capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("archive", ["openaq", "eea", "aqs"])
@pytest.mark.parametrize("command", ["reanalyze", "fill"])
def test_three_commands(server, tmp_path, capsys, archive, command):
    options = {"openaq": openaq_files, "eea": eea_files, "aqs": aqs_files}[archive](server)
    period = ["--start", "2023-01-01", "--end", f"2023-01-{DAYS}"]
    files, out = tmp_path / "files", tmp_path / "out"
    printed = run(capsys, ["fetch", archive, "--base", server.base, "--out", str(files), *period, *options])
    words = shlex.split(printed.splitlines()[-1])
    assert words[:3] == ["aqnet", "info", archive]
    described = run(capsys, words[1:])
    assert f"stations    {len(PLACES)}, " in described
    assert "first measurements" in described
    small = ["--model", "kriging", "--spacing", "0.3"] if command == "reanalyze" else ["--steps", "2"]
    run(capsys, [command, *words[2:], "--out", str(out), *small])
    assert (out / "report.html").stat().st_size > 10_000
    product, picture = {"reanalyze": ("grid.nc", "map.png"), "fill": ("filled.nc", "pm25_gaps.png")}[command]
    assert (out / picture).read_bytes().startswith(b"\x89PNG")
    with xr.open_dataset(out / product) as data:
        estimates = data.pm25.values
    assert np.isfinite(estimates).mean() > 0.9
    assert 5 < np.nanmean(estimates) < 60
