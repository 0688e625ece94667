"""Files of PyTorch with a checksum: what is read is what was written, or an error.

The SHA-256 is the comment of the zip archive, at its end, so that :func:`torch.load` reads these files too. Checking it needs no
deep learning.
"""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path
from typing import Any

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.files import replacing

_MARK = b"sha256:"
_SIZE = len(_MARK) + 64
_COMMENT_SIZE = 2
"""Bytes at the end of a zip archive that give the length of its comment."""


def write_checkpoint(content: Any, path: str | Path) -> None:
    """Write tensors, numbers, text, and lists and dictionaries of them with their checksum.

    Args:
        content: What :func:`read_checkpoint` returns.
        path: File to write; an existing one is replaced atomically.

    Raises:
        InputError: If it cannot be written.
    """
    import torch

    buffer = BytesIO()
    torch.save(content, buffer)
    archive = buffer.getvalue()[:-_COMMENT_SIZE] + _SIZE.to_bytes(_COMMENT_SIZE, "little")
    with replacing(path) as beside:
        beside.write_bytes(archive + _MARK + hashlib.sha256(archive).hexdigest().encode())


def read_checkpoint(path: str | Path) -> Any:
    """Read what :func:`write_checkpoint` wrote.

    Args:
        path: The file.

    Raises:
        InputError: If the file does not exist, is no such file, is cut short or changed.
    """
    content = checked_content(path)
    import torch

    try:
        return torch.load(BytesIO(content), map_location="cpu", weights_only=True)
    except Exception:  # torch raises many kinds for a file that is not its own
        raise InputError(f"{path}: this is not a checkpoint of aqnet_pyg.") from None


def checked_content(path: str | Path) -> bytes:
    """Return the content of a checkpoint whose checksum fits.

    Args:
        path: The file.

    Raises:
        InputError: As for :func:`read_checkpoint`.
    """
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such checkpoint.") from None
    except OSError as error:
        raise InputError(f"{path}: the checkpoint cannot be read ({error.strerror}).") from None
    if not content.startswith(b"PK"):
        raise InputError(f"{path}: this is not a checkpoint of aqnet_pyg, or it is damaged.")
    archive, mark = content[:-_SIZE], content[-_SIZE:]
    if not mark.startswith(_MARK):
        raise InputError(
            f"{path}: it has no checksum, because it was cut short, changed or written by another version of aqnet_pyg; copy "
            "it again, or train again."
        )
    if mark != _MARK + hashlib.sha256(archive).hexdigest().encode():
        raise InputError(f"{path}: it is damaged, as its checksum does not fit; copy it again, or train again.")
    return content
