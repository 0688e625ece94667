"""Areas and periods of station data: exactly the stations inside and the hours of the local days."""

import numpy as np
import pandas as pd
import pytest
import readers.fake_archives as fake
from hypothesis import given
from hypothesis import strategies as st
from station_samples import random_station_data

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import ReadReport, read
from aqnet_pyg.readers.assembly.selection import select

DATA = random_station_data(hours=24 * 6, stations=12, seed=0)
LONGITUDE, LATITUDE = DATA.longitude.values, DATA.latitude.values
ZONE = DATA.attrs["time_zone"]
LOCAL = DATA.indexes["time"].tz_localize("UTC").tz_convert(ZONE).tz_localize(None) - pd.Timedelta("1h")
DAYS = sorted({f"{day:%Y-%m-%d}" for day in LOCAL})


@given(st.sampled_from(range(12)), st.sampled_from(range(12)))
def test_stations_in_a_box(one, other):
    west, east = sorted((LONGITUDE[one], LONGITUDE[other]))
    south, north = sorted((LATITUDE[one], LATITUDE[other]))
    box = (west - 0.01, south - 0.01, east + 0.01, north + 0.01)
    report = ReadReport("x")
    found = select(DATA, report, bbox=",".join(map(repr, map(float, box))))
    inside = {
        code
        for code, x, y in zip(DATA.station.values, LONGITUDE, LATITUDE, strict=True)
        if box[0] <= x <= box[2] and box[1] <= y <= box[3]
    }
    assert set(found.station.values) == inside
    assert [note.split(" station")[0] for note in report.notes] == [str(12 - len(inside))] * (len(inside) < 12)
    assert found.identical(DATA.sel(station=found.station))


def test_stations_in_a_box_across_the_antimeridian():
    longitude = np.linspace(160, 200, 12)
    data = DATA.assign_coords(longitude=("station", np.where(longitude > 180, longitude - 360, longitude)))
    report = ReadReport("x")
    found = select(data, report, bbox="170,-90,-170,90")
    assert set(found.station.values) == set(data.station.values[(longitude >= 170) & (longitude <= 190)])
    assert "outside the box 170,-90,-170,90" in report.notes[0]


@given(st.integers(0, len(DAYS) - 1), st.integers(0, len(DAYS) - 1))
def test_hours_of_local_days(one, other):
    first, last = sorted((DAYS[one], DAYS[other]))
    found = select(DATA, ReadReport("x"), start=first, end=last)
    expected = [first <= f"{day:%Y-%m-%d}" <= last for day in LOCAL]
    np.testing.assert_array_equal(found.time.values, DATA.time.values[expected])


def test_one_bound_is_enough():
    report = ReadReport("x")
    found = select(DATA, report, start=DAYS[2])
    assert found.sizes["time"] + select(DATA, ReadReport("x"), end=DAYS[1]).sizes["time"] == DATA.sizes["time"]
    outside = DATA.sizes["time"] - found.sizes["time"]
    assert report.notes == [f"{outside} hours outside {DAYS[2]} to {DAYS[-1]} ({ZONE}) left out."]


def test_a_month():
    report = ReadReport("x")
    assert select(DATA, report, start=DAYS[0][:7], end=DAYS[-1][:7]).identical(DATA)
    assert report.notes == []


def test_without_options_nothing_changes():
    report = ReadReport("x")
    assert select(DATA, report) is DATA
    assert report.notes == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bbox": (0, 0, 1, 1)}, r"^bbox: none of the 12 stations of x is inside 0,0,1,1"),
        ({"bbox": "1,2,3"}, r"^bbox: '1,2,3' is not four numbers"),
        (
            {"start": "1999-01-01", "end": "1999-01-02"},
            r"^start: x has no hour from 1999-01-01 to 1999-01-02; it has the days",
        ),
        ({"start": "soon"}, r"^start: 'soon' is not a day"),
        ({"end": ""}, r"^end: '' is not a day"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(InputError, match=message):
        select(DATA, ReadReport("x"), **options)


def test_every_reader_takes_them(tmp_path):
    fake.write_month(tmp_path)
    fake.three_stations(tmp_path)
    whole, _ = read("cnemc", tmp_path, stations=tmp_path)
    day = f"{(whole.indexes['time'][-1] - pd.Timedelta('1h')).tz_localize('UTC').tz_convert('Asia/Shanghai'):%Y-%m-%d}"
    data, report = read("cnemc", tmp_path, stations=tmp_path, start=day, bbox=(70, 0, 140, 60))
    assert data.identical(whole.isel(time=slice(-data.sizes["time"], None)))
    assert 0 < data.sizes["time"] <= 24
    assert any("outside" in note for note in report.notes)
