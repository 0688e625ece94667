"""Results that replace those of an earlier run together."""

import shutil

import pytest

from aqnet_pyg.errors import InputError
from aqnet_pyg.io import staging
from aqnet_pyg.io.staging import begin_results, finish_publishing, publish_results, remove_temporaries

PRODUCTS = ("a.nc", "a.zarr", "alerts.csv", "metrics.json")


def content(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def old(tmp_path):
    """A folder with results of an earlier run."""
    for name in ("a.nc", "alerts.csv", "metrics.json", "mine.txt"):
        (tmp_path / name).write_text("old")
    return tmp_path


def write_new(folder):
    staged = begin_results(folder, "key")
    (staged / "a.zarr").mkdir()
    (staged / "a.zarr" / "0").write_text("new")
    (staged / "metrics.json").write_text("new")
    return staged


NEW = {"a.zarr/0": "new", "metrics.json": "new", "mine.txt": "old"}


def test_all_results_are_replaced(old):
    write_new(old)
    assert (old / "metrics.json").read_text() == "old"
    publish_results(old, PRODUCTS)
    assert content(old) == NEW
    write_new(old)
    (old / ".unfinished" / "a.zarr" / "0").write_text("newer")
    publish_results(old, PRODUCTS)  # a folder is replaced by a folder
    assert content(old) == NEW | {"a.zarr/0": "newer"}


CALLS = ("shutil.rmtree", "pathlib.Path.unlink", "pathlib.Path.rename", "pathlib.Path.replace", "os.replace")


class Killed(BaseException):
    """Stands for a kill: nothing of the package catches it."""


@pytest.mark.parametrize("before", range(12))
def test_interruptions_at_every_change_leave_the_old_or_the_new_results(old, before, monkeypatch):
    """The process ends before one of the calls that change the folder; the next caller completes the move."""
    write_new(old)
    was = content(old)
    count = 0

    def counted(call):
        def counting(*arguments, **options):
            nonlocal count
            count += 1
            if count == before + 1:
                raise Killed
            return call(*arguments, **options)

        return counting

    with monkeypatch.context() as patch:
        for name in CALLS:
            owner, _, attribute = name.rpartition(".")
            target = {"shutil": shutil, "os": staging.shutil.os, "pathlib.Path": staging.Path}[owner]
            patch.setattr(target, attribute, counted(getattr(target, attribute)))
        try:
            publish_results(old, PRODUCTS)
        except Killed:
            ended = False
        else:
            ended = True
    assert ended == (count <= before)
    if (old / ".unfinished").exists():  # not yet the results
        assert {name: text for name, text in content(old).items() if not name.startswith(".")} == {
            name: text for name, text in was.items() if not name.startswith(".")
        }
        return
    finish_publishing(old, PRODUCTS)
    finish_publishing(old, PRODUCTS)
    assert content(old) == NEW


def test_files_of_an_interrupted_run_are_used_again_only_if_it_was_the_same(tmp_path):
    keep = ["*.zarr", "model"]

    def interrupted():
        staged = write_new(tmp_path)
        (staged / "model").write_text("trained")
        return staged

    interrupted()
    staged = begin_results(tmp_path, "key", keep)
    assert {path.name for path in staged.iterdir()} == {"key.json", "a.zarr", "model"}
    assert {path.name for path in begin_results(tmp_path, "another", keep).iterdir()} == {"key.json"}
    interrupted()
    (staged / "key.json").write_text("{")  # cut short
    assert {path.name for path in begin_results(tmp_path, "key", keep).iterdir()} == {"key.json"}


def test_a_folder_that_cannot_be_written_to(tmp_path):
    (tmp_path / ".unfinished").write_text("")
    with pytest.raises(InputError, match="cannot be written to"):
        begin_results(tmp_path, "key")
    with pytest.raises(InputError, match="cannot be moved"):
        publish_results(tmp_path / "missing", PRODUCTS)


def test_temporary_files_are_removed(tmp_path):
    for name in (".a.nc.01234567.nc", ".b.89abcdef", ".mine", ".c.nc.0123456.nc", "a.nc", ".d.01234567.nc.x"):
        (tmp_path / name).write_text("")
    (tmp_path / ".e.01234567").mkdir()
    remove_temporaries(tmp_path)
    kept = {".mine", ".c.nc.0123456.nc", "a.nc", ".d.01234567.nc.x", ".e.01234567"}
    assert {path.name for path in tmp_path.iterdir()} == kept
