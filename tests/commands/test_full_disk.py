"""A disk that is full, a folder that vanishes or can no longer be written to, at every stage: one line, and the old results."""

import shutil
import sys

import pytest
from disk_limits import file_size_limit, when_written
from station_samples import random_station_data

from aqnet_pyg.commands.main import main
from aqnet_pyg.readers import write_netcdf

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs limits of POSIX")

SIZES = ["--history", "12", "--margin", "2"]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("archive") / "archive.nc"
    write_netcdf(random_station_data(stations=10, hours=24 * 8), path)
    return str(path)


@pytest.fixture(scope="module")
def first(archive, tmp_path_factory):
    """A finished run."""
    out = tmp_path_factory.mktemp("first") / "run"
    assert (
        main(
            [
                "reanalyze",
                "netcdf",
                "--path",
                archive,
                "--out",
                str(out),
                "--model",
                "kriging",
                "--spacing",
                "4",
                *SIZES,
            ]
        )
        == 0
    )
    return out


def results(folder):
    return {path.name: path.read_bytes() for path in folder.glob("[!.]*") if path.is_file() and path.name != "run.log"}


def fails(arguments, capsys):
    """Run a command that fails with one line, and return it."""
    capsys.readouterr()
    assert main([str(argument) for argument in arguments]) == 1
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("aqnet: ")
    assert "damaged" not in line
    return line


def reanalyze(first, out):
    """Arguments of a run with the model of the first one, whose results are beforehand in the folder."""
    shutil.copytree(first, out)
    grid = ["--spacing", "3"]
    return [
        "reanalyze",
        "netcdf",
        "--path",
        first.parent / "archive.nc",
        "--out",
        out,
        "--checkpoint",
        out / "aqnet.ckpt",
        *grid,
    ]


STAGES = ["key.json", "aqnet.ckpt", "stations.nc", "grid.nc", "metrics.json", "map.png", "report.html"]
STAGES += ["names.json"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_disk_that_is_full_at_some_stage(stage, archive, first, tmp_path, capsys):
    shutil.copy(archive, first.parent / "archive.nc")
    arguments = reanalyze(first, tmp_path / "run")
    old = results(tmp_path / "run")
    with file_size_limit() as limit, when_written(stage, lambda path: limit(0)):
        line = fails(arguments, capsys)
    assert f"{stage}: cannot be written (File too large)" in line
    assert results(tmp_path / "run") == old
    assert main([str(argument) for argument in arguments]) == 0
    assert results(tmp_path / "run") != old
