import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from readers.fields.model_files import cams_global_forecasts, regular, write

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_field
from aqnet_pyg.readers.fields.opening import list_files

HOURS = pd.date_range("2023-01-01", periods=2, freq="h")


def small():
    return regular(HOURS, np.arange(100, 104, 1.0), np.arange(30, 34, 1.0))


def test_folders_patterns_and_lists_name_each_file_once(tmp_path):
    for name in ("b.nc", "a.cdf"):
        write(small(), tmp_path / name)
    (tmp_path / "readme.txt").write_text("not a field")
    expected = [tmp_path / "a.cdf", tmp_path / "b.nc"]
    assert list_files(tmp_path) == expected
    assert list_files([tmp_path / "b.nc", str(tmp_path / "*.nc"), tmp_path / "a.cdf"]) == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04...", r"the file is compressed \(zip\); unpack it first"),
        (b"\x1f\x8b\x08...", r"the file is compressed \(gzip\)"),
        (b"time,station", "neither a NetCDF nor a GRIB file"),
        (b"", "neither a NetCDF nor a GRIB file"),
        (b"\x89HDF\r\n\x1a\nbroken", "cannot be read"),
        (b"CDF\x02broken", "cannot be read"),
    ],
)
def test_other_files_are_refused(tmp_path, content, message):
    (tmp_path / "file.nc").write_bytes(content)
    with pytest.raises(InputError, match=rf"file\.nc: .*{message}"):
        read_field(tmp_path / "file.nc")


def test_truncated_files_are_refused(tmp_path):
    path = write(small(), tmp_path / "a.nc")
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(InputError, match=r"a\.nc: cannot be read"):
        read_field(path)


def test_nothing_to_read(tmp_path):
    with pytest.raises(InputError, match="there is no NetCDF or GRIB file or zarr store in the folder"):
        read_field(tmp_path)
    with pytest.raises(InputError, match="no file was given"):
        read_field([])


def test_grib_by_cfgrid(tmp_path, monkeypatch):
    """The data sets of cfgrid: one for each kind of level; reference time ``time``, lead time ``step`` and ``valid_time``."""
    dataset = cams_global_forecasts().rename(forecast_reference_time="time", forecast_period="step")
    other = dataset[["pm2p5"]].rename(pm2p5="t")
    given = []

    def open_datasets(path, **options):
        given.append((path, options))
        return [other, dataset]

    monkeypatch.setitem(sys.modules, "cfgrid", SimpleNamespace(open_datasets=open_datasets))
    (tmp_path / "a.grib").write_bytes(b"GRIB....")
    field = read_field(tmp_path / "a.grib")
    expected = read_field(write(cams_global_forecasts(), tmp_path / "a.nc"))
    np.testing.assert_array_equal(field, expected)
    assert given == [(str(tmp_path / "a.grib"), {"backend_kwargs": {"indexpath": ""}, "decode_times": False})]


def test_grib_without_cfgrid(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "cfgrid", None)
    (tmp_path / "a.grib").write_bytes(b"GRIB....")
    with pytest.raises(ModuleNotFoundError, match=r"aqnet-pyg\[grib\]"):
        read_field(tmp_path / "a.grib")
