"""Locks on folders."""

import os
import subprocess
import sys

import pytest

from aqnet_pyg.errors import InputError
from aqnet_pyg.io import locks
from aqnet_pyg.io.locks import folder_lock

HOLD = """
import sys
from aqnet_pyg.io.locks import folder_lock
with folder_lock(sys.argv[1]):
    print("locked", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """A process that has locked the folder."""
    arguments = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "locked\n"
        yield process
        process.kill()


def test_a_folder_is_locked_once(tmp_path):
    with folder_lock(tmp_path):
        with pytest.raises(InputError, match="another process is writing to this folder"), folder_lock(tmp_path):
            pass
        with pytest.raises(InputError, match="another process"), folder_lock(tmp_path):  # the second did not unlock it
            pass
    with folder_lock(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_another_process_and_its_death(tmp_path, holder):
    with pytest.raises(InputError, match="another process is writing"), folder_lock(tmp_path):
        pass
    holder.kill()
    holder.wait()
    with folder_lock(tmp_path):
        pass


def test_a_lock_whose_file_was_removed_is_not_taken_for_the_lock(tmp_path, monkeypatch):
    """The holder removes the file between opening and locking: the next lock is on the new file."""
    locked, opened = locks._lock, []

    def removed_first(descriptor, path):
        locked(descriptor, path)
        opened.append(descriptor)
        if len(opened) == 1:
            path.unlink()

    monkeypatch.setattr(locks, "_lock", removed_first)
    with folder_lock(tmp_path):
        assert len(opened) == 2
        assert (tmp_path / locks.LOCK).exists()


def test_a_folder_that_vanishes(tmp_path):
    folder = tmp_path / "a"
    folder.mkdir()
    with folder_lock(folder):
        (folder / locks.LOCK).unlink()
        folder.rmdir()
    with pytest.raises(InputError, match="cannot be written to"), folder_lock(folder):
        pass


def test_a_file_system_without_locks(tmp_path, monkeypatch, caplog):
    def no_locks(*arguments):
        raise OSError(95, os.strerror(95))

    monkeypatch.setattr(locks.fcntl, "flock", no_locks)
    with folder_lock(tmp_path):
        assert "cannot be locked" in caplog.text
