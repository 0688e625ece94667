"""From an archive's server to station data: the printed options read what was downloaded."""

import numpy as np
import pandas as pd
import pytest
from archives.archive_server import (
    AIRNOW_SITES,
    airnow_hour,
    aqs_zip,
    busy,
    eea_metadata,
    eea_parquet,
    openaq_day,
    openaq_path,
    truncated,
    zipped,
)

from aqnet_pyg import fetch, read
from aqnet_pyg.readers import READERS

HOURS = 24


def fetch_and_read(archive, server, folder, **options):
    fetched = fetch(archive, folder, base=server.base, wait=lambda seconds: None, **options)
    data, report = read(fetched.archive, fetched.path, **fetched.options)
    assert not report.skipped
    assert not report.damaged
    return data, report


def series(data, station):
    values = data.pm25.sel(station=station).to_pandas()
    return values[values.notna()]


@pytest.mark.skipif("openaq" not in READERS, reason="no reader")
def test_openaq(server, tmp_path):
    for number, place in {7: (8.0, 50.0), 12: (8.5, 50.5)}.items():
        for day in ("2023-01-01", "2023-01-02"):
            server.files[openaq_path(number, day)] = openaq_day(number, day, *place)
    server.first[openaq_path(7, "2023-01-01")] = [truncated(openaq_day(7, "2023-01-01", 8.0, 50.0))]
    data, _ = fetch_and_read("openaq", server, tmp_path, locations="7,12", start="2023-01-01", end="2023-01-02")
    assert list(data.station.values) == ["12", "7"]
    assert data.sel(station="7").longitude == 8.0
    # Times label the ends of the hours.
    values = series(data, "7")
    assert values.index[0] == pd.Timestamp("2023-01-01 00:00")
    np.testing.assert_allclose(values, np.tile(np.arange(HOURS) + 0.5, 2))


@pytest.mark.skipif("eea" not in READERS, reason="no reader")
def test_eea(server, tmp_path):
    points = {"NL10404": "SPO-NL10404_06001_100", "NL10136": "SPO-NL10136_06001_100"}
    stations = [("Netherlands", code, point, 4.3 + number, 52.1) for number, (code, point) in enumerate(points.items())]
    values = np.arange(HOURS) + 0.5

    def answer(body):
        start = body["dateTimeStart"][:10]
        return zipped({f"E1a/{point}.parquet": eea_parquet(f"NL/{point}", start, values) for point in points.values()})

    server.files |= {"/App/AQViewer/download": eea_metadata(stations), "/ParquetFile/dynamic": answer}
    server.first["/ParquetFile/dynamic"] = [busy(429, "0")]
    data, report = fetch_and_read(
        "eea", server, tmp_path, bbox=(3.0, 51.0, 5.0, 53.0), start="2023-01-01", end="2023-01-01"
    )
    assert list(data.station.values) == ["NL10404"]
    assert any("1 station outside the box 3,51,5,53" in note for note in report.notes)
    found = series(data, "NL10404")
    # The hour that begins at 00:00 in UTC+1 ends at 00:00 UTC.
    assert found.index[0] == pd.Timestamp("2023-01-01 00:00")
    np.testing.assert_allclose(found, values)


@pytest.mark.skipif("aqs" not in READERS, reason="no reader")
def test_aqs(server, tmp_path):
    sites = [("06", "037", "1103", -118.2267, 34.0665), ("36", "061", "0079", -73.9343, 40.7997)]
    server.files["/aqsweb/airdata/hourly_88101_2023.zip"] = aqs_zip(2023, 3, sites)
    data, report = fetch_and_read("aqs", server, tmp_path, bbox="-125,32,-114,42", start="2023-01-02", end="2023-01-02")
    assert list(data.station.values) == ["060371103"]
    assert any("1 station outside the box" in note for note in report.notes)
    assert data.sizes["time"] == HOURS
    values = series(data, "060371103")
    local = pd.Timestamp("2023-01-02 01:00").tz_localize(data.attrs["time_zone"]).tz_convert("UTC").tz_localize(None)
    assert values.index[0] == local
    beginning = (local - pd.Timestamp("2023-01-01 09:00")) // pd.Timedelta("1h")
    np.testing.assert_allclose(values, np.arange(HOURS) + beginning + 0.5)


@pytest.mark.skipif("airnow" not in READERS, reason="no reader")
def test_airnow(server, tmp_path):
    server.files["/airnow/2024/20240701/Monitoring_Site_Locations_V2.dat"] = AIRNOW_SITES
    for hour in range(HOURS):
        server.files[f"/airnow/2024/20240701/HourlyData_20240701{hour:02d}.dat"] = airnow_hour("2024-07-01", hour)
    data, _ = fetch_and_read("airnow", server, tmp_path, start="2024-07-01", end="2024-07-01", bbox="-125,32,-114,42")
    assert list(data.station.values) == ["060371103"]
    assert float(data.longitude[0]) == pytest.approx(-118.2267)
    np.testing.assert_allclose(series(data, "060371103"), np.arange(HOURS) + 0.5)
