import json

import numpy as np
import pytest
import xarray as xr
from disk_limits import file_size_limit

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.cf import from_cf
from aqnet_pyg.io.files import fingerprint, output_folder, replacing, write_dataset, write_json


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), replacing(path) as temporary:  # noqa: PT012
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]
    with replacing(path) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "new"


def test_json_has_null_for_nan_and_infinity(tmp_path):
    write_json({"a": [float("nan"), 1.0], "b": {"c": float("inf")}}, tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text()) == {"a": [None, 1.0], "b": {"c": None}}


def test_a_data_set_is_read_back_equal(tmp_path):
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
    with pytest.raises(InputError, match="cannot be written"), replacing(tmp_path / folder / "a") as temporary:
        temporary.write_text("")


def test_an_output_folder_is_created_and_left_empty(tmp_path):
    folder = output_folder(tmp_path / "a" / "b")
    assert folder.is_dir()
    assert not list(folder.iterdir())


def test_the_fingerprint_depends_on_names_and_values_only():
    data = xr.Dataset({"a": ("x", [1.0, 2.0])}, {"x": np.array(["s", "t"], object)}, {"title": "t"})
    assert fingerprint(data) == fingerprint(data.drop_attrs())
    others = [
        data.rename(a="b"),
        data + 1,
        data.astype(np.float32),
        data.assign_coords(x=np.array(["s", "u"], object)),
        data.isel(x=slice(1)),
    ]
    assert len({fingerprint(other) for other in [data, *others]}) == 1 + len(others)


def test_a_data_set_for_which_there_is_no_space_is_refused_and_the_old_file_stays(tmp_path):
    data = xr.Dataset({"a": ("x", np.random.default_rng(0).random(50_000))})
    path = tmp_path / "a.nc"
    path.write_text("old")
    with file_size_limit(100_000), pytest.raises(InputError, match=r"a\.nc: cannot be written \(File too large\)"):
        write_dataset(data, path)
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.nc"]
