import inspect
import subprocess
import sys

import pytest
import readers.fake_archives as fake
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import READERS, ReadReport, read, read_cnemc
from aqnet_pyg.stations import check_station_data


def test_readers_of_any_table_follow_those_of_archives():
    assert list(READERS)[:3] == ["cnemc", "bjmemc", "uci_beijing"]
    assert list(READERS)[-2:] == ["table", "netcdf"]
    assert all(reader.__name__ == f"read_{name}" for name, reader in READERS.items())


def test_read_by_name(tmp_path):
    fake.write_month(tmp_path)
    fake.three_stations(tmp_path)
    dataset, report = read("cnemc", tmp_path, stations=tmp_path)
    assert check_station_data(dataset).identical(read_cnemc(tmp_path, tmp_path)[0])
    assert isinstance(report, ReadReport)


def test_unknown_source():
    with pytest.raises(InputError, match=f"there is no reader 'airbase'; use one of {', '.join(READERS)}, or"):
        read("airbase", "folder")


@pytest.mark.parametrize(
    "source", ["builtins.dict", "os.listdir", "os.path.exists", "readers.test_readers.read_reversed"]
)
def test_paths_that_name_no_reader(tmp_path, source):
    with pytest.raises(InputError, match=f"source: {source!r} is not a reader; give a function"):
        read(source, tmp_path)


def read_reversed(path):
    """Results in the wrong order."""
    return ReadReport(path), xr.Dataset()


@pytest.mark.parametrize("reader", [name for name in READERS if name != "netcdf"])
def test_missing_path(tmp_path, reader):
    required = inspect.signature(READERS[reader]).parameters.get("stations")
    options = {"stations": tmp_path} if required and required.default is inspect.Parameter.empty else {}
    with pytest.raises(InputError, match="nowhere: there is no such file or folder"):
        read(reader, tmp_path / "nowhere", **options)


def test_readers_files_and_levels_import_neither_torch_nor_dask():
    code = """
import sys, aqnet_pyg.io, aqnet_pyg.levels, aqnet_pyg.readers
print({"torch", "lightning", "matplotlib", "dask"} & set(sys.modules))
aqnet_pyg.io.write_stores
print({"torch", "lightning", "matplotlib", "dask"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["set()", "{'dask'}"]
