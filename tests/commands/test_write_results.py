"""Predictions of a run, computed and written: files, or stores with dask."""

import subprocess
import sys
from contextlib import nullcontext

import numpy as np
import pytest
import xarray as xr
from model_samples import sample_model
from station_samples import random_station_data

from aqnet_pyg.commands.run_folder import RunFolder
from aqnet_pyg.commands.write_results import write_results
from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid
from aqnet_pyg.inference.reanalysis import reanalyze
from aqnet_pyg.io import zarr_stores
from aqnet_pyg.io.files import write_json
from aqnet_pyg.windows import Window

DATA = random_station_data(10, 72)
MODEL = sample_model("kriging", DATA, Window(16, margin=4))
HIDDEN = ("S003", "S007")
OPTIONS = {
    "hidden": HIDDEN,
    "grid": Grid.around(DATA, 3.0),
    "start": DATA.time.values[8],
    "end": DATA.time.values[63],
    "device": "cpu",
}


def written(folder, **options):
    return write_results(MODEL, DATA, folder, history="2025-01-01: test", run="abc", **OPTIONS | options)


def test_the_files_are_the_predictions_of_the_period(tmp_path):
    stations, grid = written(tmp_path)
    expected = reanalyze(MODEL, DATA, **OPTIONS)
    for result, direct in zip((stations, grid), expected, strict=True):
        xr.testing.assert_identical(result.drop_attrs(), direct.drop_attrs())
        assert result.attrs == direct.attrs | {
            "history": "2025-01-01: test",
            "model_sha256": MODEL.fingerprint(),
            "run_sha256": "abc",
        }
        assert (result.time.values[0], result.time.values[-1]) == (OPTIONS["start"], OPTIONS["end"])
    assert {path.name for path in tmp_path.iterdir()} == {"stations.nc", "grid.nc"}
    assert list(stations.station[stations.visible == 0].values) == list(HIDDEN)
    write_json({"run_sha256": "abc"}, tmp_path / "metrics.json")
    run = RunFolder(tmp_path)
    for read, result in ((run.stations, stations), (run.grid, grid)):
        np.testing.assert_array_equal(read.pm25.transpose(*result.pm25.dims), result.pm25)
        assert read.attrs["model_sha256"] == MODEL.fingerprint()
    assert run.stations.pm25.dims == ("station", "time")  # as time series are stored
    run.stations.close()
    run.grid.close()


@pytest.fixture
def local_dask(monkeypatch):
    """Blocks of one window, computed in this process; a scheduler is tested with ``aqnet reanalyze``."""
    dask = pytest.importorskip("dask")
    pytest.importorskip("zarr")
    monkeypatch.setattr("aqnet_pyg.inference.reanalysis.BLOCK_VALUES", 1)
    monkeypatch.setattr("aqnet_pyg.commands.write_results._scheduler", lambda where: nullcontext())
    with dask.config.set(scheduler="synchronous"):
        yield


def test_with_dask_the_same_is_written_to_stores(tmp_path, local_dask):
    (tmp_path / "files").mkdir()
    expected = written(tmp_path / "files")
    results = written(tmp_path, dask="1")
    assert {path.name for path in tmp_path.iterdir()} == {"files", "stations.zarr", "grid.zarr"}
    for lazy, direct in zip(results, expected, strict=True):
        assert lazy.pm25.chunks is not None
        np.testing.assert_allclose(lazy.pm25.transpose(*direct.pm25.dims), direct.pm25, rtol=1e-5)
        assert lazy.attrs == direct.attrs


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ({}, 1),
        ({"hidden": HIDDEN[:1]}, 0),
        ({"grid": Grid.around(DATA, 4.0)}, 0),
        ({"start": DATA.time.values[16], "end": DATA.time.values[71]}, 0),
    ],
    ids=["same", "hidden", "grid", "period"],
)
def test_an_interrupted_run_is_resumed_if_nothing_has_changed(changed, kept, tmp_path, local_dask, monkeypatch, caplog):
    write_block, written_blocks = zarr_stores._write_block, []

    def interrupted(paths, regions, block, marker):
        if written_blocks:
            raise KeyboardInterrupt
        write_block(paths, regions, block, marker)
        written_blocks.append(block)

    monkeypatch.setattr(zarr_stores, "_write_block", interrupted)
    with pytest.raises(KeyboardInterrupt):
        written(tmp_path, dask="1")
    monkeypatch.setattr(zarr_stores, "_write_block", write_block)
    with caplog.at_level("INFO", logger="aqnet_pyg"):
        written(tmp_path, dask="1", **changed)
    assert f"{kept} of 7 blocks were already written" in caplog.text


def write_with_kills(folder, monkeypatch, deaths):
    """Write with one process of dask that is killed before its second block, some number of times."""
    pytest.importorskip("zarr")
    (folder / "deaths").mkdir()
    there = str(folder / "deaths")

    def killed(paths, regions, block, marker):
        import os
        import signal
        from pathlib import Path

        from aqnet_pyg.io.zarr_stores import _write_block

        before = list(Path(there).iterdir())
        if list(marker.parent.glob("0*")) and len(before) < deaths:
            (Path(there) / str(len(before))).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        _write_block(paths, regions, block, marker)

    with monkeypatch.context() as patch:
        patch.setattr("aqnet_pyg.inference.reanalysis.BLOCK_VALUES", 1)
        patch.setattr(zarr_stores, "_write_block", killed)  # a local function, which is sent to the process as it is
        (folder / "run").mkdir(exist_ok=True)
        return written(folder / "run", dask="1")


def test_a_worker_that_is_killed_is_replaced(tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    results = write_with_kills(tmp_path, monkeypatch, deaths=1)
    assert len(list((tmp_path / "deaths").iterdir())) == 1
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"stations.zarr", "grid.zarr"}
    for lazy, direct in zip(results, reanalyze(MODEL, DATA, **OPTIONS), strict=True):
        np.testing.assert_allclose(lazy.pm25.transpose(*direct.pm25.dims), direct.pm25, rtol=1e-5)


def test_workers_that_are_killed_again_and_again_end_the_run_which_is_resumed(tmp_path, monkeypatch, caplog):
    dask = pytest.importorskip("dask")
    pytest.importorskip("distributed")
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        pytest.raises(InputError, match=r"^dask: a worker was lost .* run the same command again with fewer"),
    ):
        write_with_kills(tmp_path, monkeypatch, deaths=9)
    with caplog.at_level("INFO", logger="aqnet_pyg"), monkeypatch.context() as patch:
        patch.setattr("aqnet_pyg.inference.reanalysis.BLOCK_VALUES", 1)
        patch.setattr("aqnet_pyg.commands.write_results._scheduler", lambda where: nullcontext())
        results = written(tmp_path / "run", dask="1")
    assert "1 of 7 blocks were already written" in caplog.text
    for lazy, direct in zip(results, reanalyze(MODEL, DATA, **OPTIONS), strict=True):
        np.testing.assert_allclose(lazy.pm25.transpose(*direct.pm25.dims), direct.pm25, rtol=1e-5)


SCHEDULER = """
import sys
from distributed import LocalCluster
cluster = LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None)
print(cluster.scheduler_address, flush=True)
sys.stdin.read()
"""


def test_a_scheduler_that_is_killed_ends_the_run(tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    pytest.importorskip("zarr")
    command, pipe = [sys.executable, "-c", SCHEDULER], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        number = process.pid

        def killed(paths, regions, block, marker):
            import os
            import signal

            from aqnet_pyg.io.zarr_stores import _write_block

            if list(marker.parent.glob("0*")):
                os.kill(number, signal.SIGKILL)
            _write_block(paths, regions, block, marker)

        monkeypatch.setattr("aqnet_pyg.inference.reanalysis.BLOCK_VALUES", 1)
        monkeypatch.setattr(zarr_stores, "_write_block", killed)
        with pytest.raises(InputError, match=r"^dask: the connection to the scheduler at 'tcp://.* was lost"):
            written(tmp_path, dask=process.stdout.readline().strip())
    assert (tmp_path / "stations.zarr.parts").is_dir()


def test_no_scheduler(tmp_path):
    pytest.importorskip("distributed")
    with pytest.raises(InputError, match="dask: no scheduler answers at 'nowhere'"):
        written(tmp_path, dask="nowhere")
    assert not list(tmp_path.iterdir())
