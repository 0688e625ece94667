"""Files with checksums: what is read is what was written."""

import numpy as np
import pytest
import torch

from aqnet_pyg.errors import InputError
from aqnet_pyg.training.checkpoint_files import read_checkpoint, write_checkpoint

CONTENT = {"a": torch.arange(50.0), "b": {"c": [1.5, "text", None]}}


@pytest.fixture
def path(tmp_path):
    write_checkpoint(CONTENT, tmp_path / "a.ckpt")
    return tmp_path / "a.ckpt"


def test_it_is_read_back_equal_also_by_torch(path):
    for again in (read_checkpoint(path), torch.load(path, weights_only=True)):
        assert again["b"] == CONTENT["b"]
        assert torch.equal(again["a"], CONTENT["a"])


def test_every_flipped_byte_is_detected(path):
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    places = {0, 1, len(content) - 1, len(content) - 72, *rng.integers(len(content), size=200).tolist()}
    for place in places:
        changed = bytearray(content)
        changed[place] ^= 1 << rng.integers(8)
        path.write_bytes(changed)
        with pytest.raises(InputError, match=r"a\.ckpt: (it is damaged|it has no checksum|this is not a checkpoint)"):
            read_checkpoint(path)


def test_every_cut_is_detected(path):
    content = path.read_bytes()
    for size in (0, 1, 70, 71, 72, len(content) // 2, len(content) - 71, len(content) - 1):
        path.write_bytes(content[:size])
        with pytest.raises(InputError, match=r"a\.ckpt: (it is damaged|it has no checksum|this is not a checkpoint)"):
            read_checkpoint(path)
    path.write_bytes(content + b"\0")
    with pytest.raises(InputError, match="has no checksum"):
        read_checkpoint(path)


def test_files_of_others(tmp_path):
    torch.save(CONTENT, tmp_path / "torch.pt")
    with pytest.raises(InputError, match="cut short, changed or written by another version"):
        read_checkpoint(tmp_path / "torch.pt")
    with pytest.raises(InputError, match="there is no such checkpoint"):
        read_checkpoint(tmp_path / "none.pt")
    with pytest.raises(InputError, match="cannot be read"):
        read_checkpoint(tmp_path)
    torch.save(torch.nn.Linear(1, 1), tmp_path / "pickled.pt")
    content = (tmp_path / "pickled.pt").read_bytes()
    assert content
    write_checkpoint(
        {"part": torch.nn.Linear(1, 1)}, tmp_path / "pickled.pt"
    )  # a class, which reading would have to import
    with pytest.raises(InputError, match="not a checkpoint of aqnet_pyg"):
        read_checkpoint(tmp_path / "pickled.pt")
