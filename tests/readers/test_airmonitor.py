import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels.units import conversion_factor
from aqnet_pyg.readers import READERS, read_airmonitor

rdata = pytest.importorskip("rdata")

START = pd.Timestamp("2016-07-22 07:00")


def frame(columns):
    """A data frame that rdata can write: rows numbered from 1, texts without Arrow."""
    table = pd.DataFrame(columns)
    table.index = pd.RangeIndex(1, len(table) + 1)
    texts = [name for name in table if pd.api.types.is_string_dtype(table[name].dtype)]
    return table.astype(dict.fromkeys(texts, pd.StringDtype("python")))


def monitor(devices, values, start=START, **meta):
    """Data frames of an object of AirMonitor; values of shape [time, device]."""
    places = [device.split("_")[0] for device in devices]
    columns = {
        "deviceDeploymentID": devices,
        "pollutant": ["PM2.5"] * len(devices),
        "units": ["UG/M3"] * len(devices),
        "locationID": places,
        "locationName": [f"place {place}" for place in places],
        "longitude": [-121.7 + len(place) for place in places],
        "latitude": [36.5] * len(devices),
        "elevation": [200.1] * len(devices),
        "timezone": ["America/Los_Angeles"] * len(devices),
    }
    seconds = start.timestamp() + 3600.0 * np.arange(len(values))
    data = {"datetime": seconds} | {device: np.asarray(values)[:, place] for place, device in enumerate(devices)}
    return {"meta": frame(columns | meta), "data": frame(data)}


def write(path, **objects):
    rdata.write_rda(path, objects)
    return path


def test_times_label_the_beginning(tmp_path):
    values = np.array([[1.0, np.nan], [np.nan, 4.0]])
    path = write(tmp_path / "Carmel_Valley.rda", Carmel_Valley=monitor(["a_1", "bb_1"], values))
    data, report = read_airmonitor(path, strict=True)
    assert data.station.values.tolist() == ["a", "bb"]
    assert data.time.values[0] == np.datetime64("2016-07-22T08:00")
    np.testing.assert_array_equal(data.pm25, values.astype(np.float32))
    assert data.attrs["time_zone"] == "America/Los_Angeles"
    assert data.name.values.tolist() == ["place a", "place bb"]
    assert data.elevation.values.tolist() == [200.1, 200.1]
    assert "times are UTC and label the beginning of the averaging hour." in report.notes


def test_the_first_device_of_a_location_counts(tmp_path):
    values = np.array([[7.0, np.nan], [8.0, 2.0]])
    data, _ = read_airmonitor(write(tmp_path / "a.rda", a=monitor(["a_2", "a_1"], values)))
    assert data.station.values.tolist() == ["a"]
    np.testing.assert_array_equal(data.pm25.values[:, 0], [7, 2])


def test_units_of_each_device(tmp_path):
    objects = monitor(["a_1", "a_2"], [[10.0, 2.0]], pollutant=["OZONE", "CO"], units=["PPB", "PPM"])
    data, report = read_airmonitor(write(tmp_path / "a.rda", a=objects))
    np.testing.assert_allclose(data.o3.item(), 10 * conversion_factor("o3", "ppb", "ug m-3"), rtol=1e-6)
    np.testing.assert_allclose(data.co.item(), 2 * conversion_factor("co", "ppm", "mg m-3"), rtol=1e-6)
    assert "o3 is converted from PPB at 25 °C and 1013.25 hPa." in report.notes
    write(tmp_path / "a.rda", a=monitor(["a_1"], [[10.0]], units=["MOL"]))
    with pytest.raises(InputError, match=r"a.rda \(a\): pm25: 'MOL'"):
        read_airmonitor(tmp_path / "a.rda")


def test_several_objects_and_files(tmp_path):
    write(tmp_path / "a.rda", a=monitor(["a_1"], [[1.0]]), b=monitor(["b_1"], [[2.0]], timezone=["America/Denver"]))
    write(tmp_path / "c.RData", c=monitor(["c_1"], [[3.0]]), note="text")
    data, _ = read_airmonitor(tmp_path)
    assert data.station.values.tolist() == ["a", "b", "c"]
    assert data.attrs["time_zone"] == "UTC"


def test_an_object_without_a_name(tmp_path):
    rdata.write_rds(tmp_path / "a.rds", monitor(["a_1"], [[1.0]]))
    data, _ = read_airmonitor(tmp_path / "a.rds")
    assert data.pm25.item() == 1


def test_faults_of_files_are_reported(tmp_path):
    objects = monitor(["a_1", "b_1"], [[1.0, 5.0]], pollutant=["PM2.5", "RH"])
    objects["data"] = objects["data"].drop(columns="b_1")
    write(tmp_path / "good.rda", a=objects)
    write(tmp_path / "other.rda", a="text")
    other = monitor(["a_1"], [[1.0]])
    other["meta"] = other["meta"].drop(columns=["units", "latitude"])
    write(tmp_path / "columns.rda", a=other)
    (tmp_path / "empty.rda").write_bytes(b"")
    (tmp_path / "page.rda").write_text("<html></html>")
    (tmp_path / "cut.rda").write_bytes((tmp_path / "good.rda").read_bytes()[:200])
    data, report = read_airmonitor(tmp_path)
    assert data.station.values.tolist() == ["a"]
    assert report.damaged == [("good.rda (a)", "b_1 left out: it measures RH")]
    reasons = dict(report.skipped)
    assert set(reasons) == {"other.rda", "columns.rda (a)", "empty.rda", "page.rda", "cut.rda"}
    assert reasons["columns.rda (a)"] == "no latitude, units"


def test_reader_is_registered():
    assert READERS["airmonitor"] is read_airmonitor


@settings(max_examples=20, deadline=None)
@given(values=st_numpy.arrays(np.float64, (10, 3), elements=st.floats(0, 999, width=32) | st.just(np.nan)))
def test_values_read_back(tmp_path_factory, values):
    folder = tmp_path_factory.mktemp("airmonitor")
    values[[0, -1]] = 1
    path = write(folder / "a.rda", a=monitor(["a_1", "bb_1", "ccc_1"], values))
    data, _ = read_airmonitor(path, strict=True)
    np.testing.assert_array_equal(data.pm25, values.astype(np.float32))
