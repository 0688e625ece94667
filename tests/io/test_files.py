import json

import numpy as np
import pytest
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.cf import from_cf
from aqnet_pyg.io.files import output_folder, replacing, write_dataset, write_json


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), replacing(path) as beside:  # noqa: PT012
        beside.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]
    with replacing(path) as beside:
        beside.write_text("new")
    assert path.read_text() == "new"


def test_json_has_no_nan(tmp_path):
    write_json({"a": [float("nan"), 1.0], "b": {"c": float("inf")}}, tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text()) == {"a": [None, 1.0], "b": {"c": None}}


def test_a_data_set_comes_back(tmp_path):
    time = np.datetime64("2017-01-01", "ns") + np.arange(3) * np.timedelta64(1, "h")
    data = xr.Dataset(
        {"pm25": (("time", "x"), np.array([[1.0, np.nan]] * 3, np.float32)), "n": ((), np.int32(0))},
        {"time": time, "x": [1.0, 2.0]},
        {"title": "t"},
    )
    write_dataset(data, tmp_path / "a.nc")
    with xr.open_dataset(tmp_path / "a.nc") as again:
        xr.testing.assert_identical(data, from_cf(again.load()))
        assert again.time.encoding["units"] == "hours since 1970-01-01T00:00:00+00:00"


@pytest.mark.parametrize("folder", ["file/inside", "file"])
def test_an_unwritable_folder_is_an_input_error(tmp_path, folder):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        output_folder(tmp_path / folder)
    with pytest.raises(InputError, match="cannot be written"), replacing(tmp_path / folder / "a") as beside:
        beside.write_text("")
