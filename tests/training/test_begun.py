"""The record of what a training was begun with."""

import json

import pytest

from aqnet_pyg.errors import InputError
from aqnet_pyg.training.begun import RECORD, begin_training

ABOUT = {"seed": 0, "network": {"channels": 8}, "data_sha256": "a" * 64, "resume": False, "device": "cpu"}


@pytest.fixture
def folder(tmp_path):
    """A training that was interrupted."""
    begin_training(tmp_path, ABOUT, resume=False)
    (tmp_path / "checkpoints" / "last.ckpt").write_text("a")
    return tmp_path


def test_it_is_resumed_with_the_same(folder):
    begin_training(folder, ABOUT | {"resume": True, "device": "gpu"}, resume=True)
    assert (folder / "checkpoints" / "last.ckpt").exists()


def test_differences_are_named(folder):
    about = {"seed": 1, "network": {"channels": 16}, "data_sha256": "b" * 64, "new": True}
    with pytest.raises(InputError) as error:
        begin_training(folder, about, resume=True)
    assert (
        "begun with seed 0 (now 1), network.channels 8 (now 16), data_sha256 aaaaaaaa (now bbbbbbbb), new null (now true); "
        "give the same" in str(error.value)
    )


@pytest.mark.parametrize("content", [None, "{", "[]", '"text"'])
def test_an_unknown_beginning_is_refused(folder, content):
    record = folder / "checkpoints" / RECORD
    record.unlink() if content is None else record.write_text(content)
    with pytest.raises(InputError, match="it is missing or damaged"):
        begin_training(folder, ABOUT, resume=True)


def test_an_earlier_training_is_removed(folder):
    for name in ("checkpoints/best.ckpt", "metrics.csv", "trained.pt", "checkpoints/.last.ckpt.01234567.ckpt", "mine"):
        (folder / name).write_text("old")
    begin_training(folder, ABOUT | {"seed": 1}, resume=False, finished=folder / "trained.pt")
    assert {path.name for path in folder.rglob("*")} == {"checkpoints", RECORD, "mine"}
    assert json.loads((folder / "checkpoints" / RECORD).read_text())["seed"] == 1


def test_nothing_to_resume_begins_anew(tmp_path):
    begin_training(tmp_path, ABOUT, resume=True)
    assert (tmp_path / "checkpoints" / RECORD).exists()


def test_a_folder_that_cannot_be_written_to(tmp_path):
    (tmp_path / "checkpoints").write_text("")
    with pytest.raises(InputError, match="cannot be written to"):
        begin_training(tmp_path, ABOUT, resume=False)
