import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import READERS, read_knowair

CITIES = ["0 Beijing 116.39825 40.04597", "1 Tianjin 117.32217 39.07768"]


def write(folder, values, cities=CITIES):
    np.save(folder / "KnowAir.npy", values)
    path = folder / "city.txt"
    path.write_text("\n".join([*cities, ""]))
    return path


@pytest.mark.parametrize("whole_folder", [True, False])
def test_every_third_hour_from_2015(tmp_path, whole_folder):
    values = np.zeros((3, 2, 18), np.float32)
    values[:, :, -1] = [[1, 2], [3, 4], [5, 6]]
    cities = write(tmp_path, values)
    data, report = read_knowair(tmp_path if whole_folder else tmp_path / "KnowAir.npy", cities)
    assert data.station.values.tolist() == ["Beijing", "Tianjin"]
    assert data.time.values[0] == np.datetime64("2015-01-01T00:00")
    np.testing.assert_array_equal(data.pm25.values[::3], [[1, 2], [3, 4], [5, 6]])
    assert data.pm25.notnull().sum() == 6
    assert data.latitude.values.tolist() == [40.04597, 39.07768]
    assert any("2015-01-01 00:00" in note for note in report.notes)
    assert report.files_read == 1


def test_another_number_of_cities_is_refused(tmp_path):
    cities = write(tmp_path, np.zeros((3, 3, 18), np.float32))
    with pytest.raises(InputError, match=r"city.txt: 2 cities, but KnowAir.npy has 3"):
        read_knowair(tmp_path, cities)


@pytest.mark.parametrize("lines", [["0 Beijing 116.4"], ["1 Beijing 116.4 40"], ["0 Beijing east 40"], []])
def test_other_lists_are_refused(tmp_path, lines):
    cities = write(tmp_path, np.zeros((3, 1, 18), np.float32), lines)
    with pytest.raises(InputError, match=r"city.txt: not lines with number"):
        read_knowair(tmp_path, cities)
    with pytest.raises(InputError, match="the list of cities cannot be read"):
        read_knowair(tmp_path, tmp_path / "none.txt")


def test_other_arrays_are_refused(tmp_path):
    cities = write(tmp_path, np.zeros((3, 2), np.float32))
    with pytest.raises(InputError, match=r"shape \(3, 2\) instead of an array"):
        read_knowair(tmp_path, cities)
    np.save(tmp_path / "KnowAir.npy", np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(InputError, match="not an array of numbers"):
        read_knowair(tmp_path, cities)
    for content in (b"<html></html>", b"PK\x03\x04 cut", b"\x93NUMPY\x01\x00\x76\x00{'descr': (", b""):
        (tmp_path / "KnowAir.npy").write_bytes(content)
        with pytest.raises(InputError, match="not an array of numbers"):
            read_knowair(tmp_path, cities)
    (tmp_path / "KnowAir.npy").unlink()
    with pytest.raises(InputError, match="there is no such file"):
        read_knowair(tmp_path, cities)


def test_reader_is_registered():
    assert READERS["knowair"] is read_knowair


@settings(max_examples=20, deadline=None)
@given(values=st_numpy.arrays(np.float32, (10, 2, 3), elements=st.floats(0, 999, width=32)))
def test_values_read_back(tmp_path_factory, values):
    folder = tmp_path_factory.mktemp("knowair")
    data, _ = read_knowair(folder, write(folder, values))
    np.testing.assert_array_equal(data.pm25.values[::3], values[:, :, -1])
