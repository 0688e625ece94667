"""Locks on folders, so that two processes do not write into one."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aqnet_pyg.errors import InputError

try:
    import fcntl
except ModuleNotFoundError:  # Windows
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger(__name__)

LOCK = ".lock"
"""Name of the file that a process locks in a folder while it writes there."""


@contextmanager
def folder_lock(folder: str | Path) -> Iterator[None]:
    """Lock a folder within a ``with`` block.

    The operating system releases the lock when the process ends, however it ends. Where the file system has no locks (and on
    Windows) a warning is logged instead.

    Args:
        folder: An existing folder.

    Raises:
        InputError: If another process, or another block of this one, has locked it, or it cannot be written to.
    """
    path = Path(folder) / LOCK
    try:
        descriptor = _locked(path)
    except BlockingIOError:
        raise InputError(
            f"{folder}: another process is writing to this folder; wait until it has ended, or choose another folder."
        ) from None
    except OSError as error:
        raise InputError(f"{folder}: it cannot be written to ({error.strerror}); choose another folder.") from None
    try:
        yield
    finally:
        with suppress(OSError):  # the folder may have vanished
            path.unlink()
        os.close(descriptor)


def _locked(path: Path) -> int:
    """Open and lock a file; one that its last holder removed in the meantime is opened again."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(descriptor, path)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), path.stat()):
                    return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _lock(descriptor: int, path: Path) -> None:
    try:
        if fcntl is None:
            raise OSError("no locks on this system")
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError as error:
        log.warning("%s cannot be locked (%s): do not start a second run in it", path.parent, error.strerror or error)
