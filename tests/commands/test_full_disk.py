"""Full disks and folders that vanish: one line, and the old results."""

import errno
import os
import shutil
import subprocess
import sys

import pytest
from station_samples import random_station_data

from aqnet_pyg.commands.main import main
from aqnet_pyg.readers import write_netcdf

SIZES = ["--k", "4", "--history", "12", "--margin", "2", "--steps", "4", "--network.channels", "8"]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("archive") / "archive.nc"
    write_netcdf(random_station_data(stations=12, hours=24 * 8), path)
    return str(path)


@pytest.fixture
def disk(tmp_path):
    """Function that mounts a small disk in the memory, where that is permitted."""
    mounted = []

    def mount(kilobytes):
        folder = tmp_path / f"{kilobytes}k"
        folder.mkdir()
        arguments = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none", str(folder)]
        if sys.platform != "linux" or subprocess.run(arguments, capture_output=True, check=False).returncode:
            pytest.skip("mounting a file system needs Linux and its permission")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fails(arguments, capsys):
    """Run a command that fails with one line, and return it."""
    capsys.readouterr()
    assert main(arguments) == 1
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("aqnet: ")
    return line


def content(folder):
    return {path.name: path.read_bytes() for path in folder.glob("[!.]*") if path.is_file() and path.name != "run.log"}


@pytest.mark.parametrize("kilobytes", [4, 16, 64, 128])
def test_a_disk_that_is_full_at_some_stage(kilobytes, archive, disk, capfd):
    out = disk(kilobytes) / "run"
    line = fails(["reanalyze", "netcdf", "--path", archive, "--out", str(out), "--model", "kriging", *SIZES], capfd)
    assert "No space left" in line or "cannot be written" in line
    assert content(out) == {} if out.exists() else True


def test_old_results_stay_when_there_is_no_space_for_new_ones(archive, disk, tmp_path, capfd):
    arguments = ["reanalyze", "netcdf", "--path", archive, "--model", "kriging", *SIZES]
    assert main([*arguments, "--out", str(tmp_path / "first")]) == 0
    old = content(tmp_path / "first")
    out = disk(sum(map(len, old.values())) // 1000 + 150)
    shutil.copytree(tmp_path / "first", out / "run")
    assert main([*arguments, "--out", str(tmp_path / "first"), "--target", "o3"]) == 0
    fails([*arguments, "--out", str(out / "run"), "--target", "o3"], capfd)
    assert content(out / "run") == old


def test_no_half_checkpoint_of_a_training(archive, disk, capfd):
    out = disk(100) / "run"
    line = fails(["train", "netcdf", "--path", archive, "--out", str(out), *SIZES], capfd)
    assert "ckpt: cannot be written (No space left on device)" in line
    assert not [path for path in out.rglob("*.ckpt")]


@pytest.mark.parametrize("step", ["training.fitting.fit", "commands.write_results.write_results", "report.map_field"])
def test_a_folder_that_vanishes(step, archive, tmp_path, monkeypatch, capfd):
    out = tmp_path / "run"

    def vanish(*arguments, **options):
        shutil.rmtree(out)
        return original(*arguments, **options)

    module, _, name = f"aqnet_pyg.{step}".rpartition(".")
    original = getattr(__import__(module, fromlist=[name]), name)
    monkeypatch.setattr(f"{module}.{name}", vanish)
    line = fails(["reanalyze", "netcdf", "--path", archive, "--out", str(out), "--model", "kriging", *SIZES], capfd)
    assert "No such file" in line
    assert not content(out)


@pytest.mark.skipif(os.geteuid() != 0, reason="changes a mount")
def test_a_folder_that_becomes_read_only(archive, disk, monkeypatch, capfd):
    out = disk(4000)

    def read_only(*arguments, **options):
        subprocess.run(["mount", "-o", "remount,ro", str(out)], check=False, capture_output=True)
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(out))

    monkeypatch.setattr("aqnet_pyg.commands.write_results.write_dataset", read_only)
    arguments = ["reanalyze", "netcdf", "--path", archive, "--out", str(out / "run"), "--model", "kriging", *SIZES]
    assert "Read-only file system" in fails(arguments, capfd)
    assert "cannot be written to" in fails(arguments, capfd)
