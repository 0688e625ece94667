import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_openair

rdata = pytest.importorskip("rdata")

BEGIN = pd.date_range("2020-01-01", periods=4, freq="h")


def frame(columns):
    """A data frame that rdata can write: rows numbered from 1, texts without Arrow."""
    table = pd.DataFrame(columns)
    table.index = pd.RangeIndex(1, len(table) + 1)
    texts = [name for name in table if pd.api.types.is_string_dtype(table[name].dtype)]
    return table.astype(dict.fromkeys(texts, pd.StringDtype("python")))


def seconds(times):
    return pd.DatetimeIndex(times).to_numpy("datetime64[s]").astype(np.float64)


def site(code="MY1", begin=BEGIN, **columns):
    return frame({"date": seconds(begin), "site": ["London"] * len(begin), "code": [code] * len(begin)} | columns)


def metadata(*codes):
    return frame(
        {
            "site_id": [*codes, *codes],
            "site_name": [f"Site {code}" for code in codes] * 2,
            "latitude": [51.0 + place for place in range(len(codes))] * 2,
            "longitude": [-1.0] * 2 * len(codes),
            "parameter": ["O3"] * len(codes) + ["NO2"] * len(codes),
        }
    )


def write(path, **objects):
    rdata.write_rda(path, objects)
    return path


def note(report, text):
    return next((one for one in report.notes if text in one), None)


@pytest.mark.parametrize("name", ["PM2.5", "PM25", "pm2.5"])
def test_times_are_the_beginnings_of_the_hours(tmp_path, name):
    write(tmp_path / "MY1_2020.RData", MY1_2020=site(**{name: [1.0, np.nan, 3, 4], "CO": [0.5] * 4, "NO": [9.0] * 4}))
    write(tmp_path / "AURN_metadata.RData", AURN_metadata=metadata("MY1", "KC1"))
    data, report = read_openair(tmp_path, strict=True)
    assert data.station.values.tolist() == ["MY1"]
    assert data.indexes["time"].tolist() == (BEGIN + pd.Timedelta("1h")).tolist()
    np.testing.assert_array_equal(data.pm25.values[:, 0], [1, np.nan, 3, 4])
    np.testing.assert_array_equal(data.co.values[:, 0], [0.5] * 4)
    assert (data.longitude.item(), data.latitude.item(), data.name.item()) == (-1, 51, "Site MY1")
    assert note(report, "label the beginning")
    assert note(report, "(co) refer to 20 °C")


def test_coordinates_in_the_data_frame_of_an_rds_file(tmp_path):
    table = site(o3=[1.0, 2, 3, 4], latitude=[51.5] * 4, longitude=[-0.2] * 4)
    rdata.write_rds(tmp_path / "mine.rds", table)
    data, _ = read_openair(tmp_path / "mine.rds", strict=True)
    np.testing.assert_array_equal(data.o3.values[:, 0], [1, 2, 3, 4])
    assert data.latitude.item() == 51.5


def test_narrow_data_frame(tmp_path):
    table = site(pollutant=["o3", "no2", "o3", "nox"], value=[1.0, 2, 3, 4], begin=BEGIN[[0, 0, 1, 1]])
    (tmp_path / "sites.csv").write_text("code,longitude,latitude\nMY1,-0.1,51.5\n")
    data, _ = read_openair(write(tmp_path / "a.RData", a=table), tmp_path / "sites.csv")
    np.testing.assert_array_equal(data.o3.values[:, 0], [1, 3])
    np.testing.assert_array_equal(data.no2.values[:, 0], [2, np.nan])


def test_units_in_volume(tmp_path):
    path = write(tmp_path / "a.RData", a=site(o3=[10.0] * 4, co=[1.0] * 4, no2=[5.0] * 4), m=metadata("MY1"))
    data, report = read_openair(path, units={"o3": "ppb", "co": "ppm", "so2": "ppb"})
    np.testing.assert_allclose(data.o3.values[0, 0], 19.954, rtol=2e-4)
    np.testing.assert_allclose(data.co.values[0, 0], 1.1644, rtol=2e-4)
    assert data.no2.values[0, 0] == 5
    assert note(report, "o3 was converted from ppb at 20 °C")
    assert note(report, "(no2) refer to 20 °C")
    assert not note(report, "so2")
    with pytest.raises(InputError, match="units: 'ozone'"):
        read_openair(path, units={"ozone": "ppb"})


def test_quarters_of_hours_are_averaged(tmp_path):
    begin = pd.date_range("2020-01-01", periods=8, freq="15min")
    path = write(tmp_path / "a.RData", a=site(begin=begin, SO2=[1.0, 2, 3, 4, 5, np.nan, np.nan, 8]), m=metadata("MY1"))
    data, _ = read_openair(path)
    np.testing.assert_array_equal(data.so2.dropna("time").values[:, 0], [2.5])
    assert data.indexes["time"][0] == pd.Timestamp("2020-01-01 01:00")


def test_daily_means(tmp_path):
    days = pd.date_range("2020-01-01", periods=4)
    path = write(tmp_path / "a.RData", a=site(begin=days, pm10=[1.0, 2, 3, 4]), m=metadata("MY1"))
    with pytest.raises(InputError, match="daily means, which resolution='day' reads"):
        read_openair(path)
    data, _ = read_openair(path, resolution="day")
    assert data.pm10.dropna("time").indexes["time"].tolist() == (days + pd.Timedelta("1D")).tolist()


@pytest.mark.parametrize(
    ("objects", "reason"),
    [
        ({"mydata": frame({"date": seconds(BEGIN), "o3": [1.0] * 4})}, "no column code or site"),
        ({"a": site(NOXasNO2=[1.0] * 4)}, "none of the six pollutants"),
        ({"a": site(begin=BEGIN[:4:3], o3=[1.0, 2])}, "values 3 hours apart"),
        ({"a": np.array([1.0])}, "no data frame with a column date"),
    ],
)
def test_other_data_frames_are_skipped(tmp_path, objects, reason):
    with pytest.raises(InputError, match=reason):
        read_openair(write(tmp_path / "a.RData", **objects))


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"RDX3\nX\n", b"code,time\n"])
def test_faults_of_files(tmp_path, content):
    (tmp_path / "bad.RData").write_bytes(content)
    good = write(tmp_path / "good.RData", a=site(o3=[1.0] * 4), m=metadata("MY1"))
    _, report = read_openair([tmp_path / "bad.RData", good])
    assert [file for file, _ in report.skipped] == ["bad.RData"]
    with pytest.raises(InputError, match=r"bad\.RData"):
        read_openair(tmp_path / "bad.RData")


@settings(max_examples=15, deadline=None)
@given(
    values=st.lists(st.one_of(st.just(np.nan), st.floats(0, 900)), min_size=2, max_size=40).filter(
        lambda x: not np.isnan(x).all()
    ),
    start=st.integers(0, 20000),
)
def test_what_is_written_is_read(tmp_path_factory, values, start):
    folder = tmp_path_factory.mktemp("openair")
    begin = pd.date_range("2013-01-01", periods=len(values), freq="h") + pd.Timedelta(start, "h")
    write(folder / "a.RData", a=site(begin=begin, PM10=np.array(values)), m=metadata("MY1"))
    data, _ = read_openair(folder, strict=True)
    found = data.pm10.to_pandas()["MY1"].reindex(begin + pd.Timedelta("1h"))
    np.testing.assert_allclose(found, np.float32(values), rtol=1e-6)
