"""Results of several files that replace those of an earlier run together, or not at all.

The files are written to a folder inside the folder of the results. Renaming it is the moment at which they become the results:
an interruption before leaves the old ones, and after it the next caller of :func:`finish_publishing` completes the move.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.files import write_json

UNFINISHED, FINISHED = ".unfinished", ".finished"
"""Names of the folder that results are written to, before and after all of them are there."""

_KEY, _NAMES = "key.json", "names.json"
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{8}(\.[^.]+)?")


def begin_results(folder: Path, key: str, keep: Iterable[str] = ()) -> Path:
    """Create the folder inside ``folder`` that results are written to.

    Args:
        folder: Folder of the results.
        key: Identifies what is computed. Files of an interrupted run of another key are removed.
        keep: Patterns of the names of files that may be used again if an interrupted run of the same key left them.

    Returns:
        The folder to write to.

    Raises:
        InputError: If it cannot be written.
    """
    staged = folder / UNFINISHED
    patterns = (_KEY, *keep) if _read(staged / _KEY).get("key") == key else ()
    try:
        staged.mkdir(exist_ok=True)
        for path in staged.iterdir():
            if not any(fnmatch(path.name, pattern) for pattern in patterns):
                _remove(path)
    except OSError as error:
        raise InputError(f"{staged}: it cannot be written to ({error.strerror}); choose another folder.") from None
    write_json({"key": key}, staged / _KEY)
    return staged


def publish_results(folder: Path, products: Iterable[str]) -> None:
    """Replace the results in a folder by all files of :func:`begin_results`.

    Args:
        folder: Folder of the results.
        products: Names of all files and folders that results can have: those that the new results lack are removed.

    Raises:
        InputError: If the folder cannot be written to.
    """
    staged = folder / UNFINISHED
    try:
        (staged / _KEY).unlink()
        names = sorted(path.name for path in staged.iterdir())
        write_json({"names": names}, staged / _NAMES)
        staged.rename(folder / FINISHED)
    except OSError as error:
        raise InputError(f"{staged}: it cannot be moved ({error.strerror}); choose another folder.") from None
    finish_publishing(folder, products)


def finish_publishing(folder: Path, products: Iterable[str]) -> None:
    """Complete :func:`publish_results` where it was interrupted after all results were there.

    Args:
        folder: Folder of the results.
        products: As for :func:`publish_results`.

    Raises:
        InputError: If the folder cannot be written to.
    """
    finished = folder / FINISHED
    if not finished.is_dir():
        return
    names = _read(finished / _NAMES).get("names")
    try:
        if names is not None:  # otherwise all are moved, and the interruption came while this folder was removed
            for name in {*products} - {*names}:
                _remove(folder / name)
            for name in names:
                if (finished / name).exists():
                    if (folder / name).is_dir():
                        shutil.rmtree(folder / name)
                    (finished / name).replace(folder / name)
        shutil.rmtree(finished)
    except OSError as error:
        raise InputError(
            f"{finished}: the results cannot be moved to {folder} ({error.strerror}); make it writable and try again."
        ) from None


def remove_temporaries(folder: Path) -> None:
    """Remove the temporary files that killed processes left in a folder; call it only while the folder is locked.

    Args:
        folder: The folder.
    """
    for path in folder.glob(".*"):
        if path.is_file() and _TEMPORARY.fullmatch(path.name):
            path.unlink(missing_ok=True)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _read(path: Path) -> dict:
    """Content of a JSON file; empty if there is none, or it is damaged."""
    with suppress(OSError, ValueError):
        content = json.loads(path.read_text(encoding="utf-8"))
        return content if isinstance(content, dict) else {}
    return {}
