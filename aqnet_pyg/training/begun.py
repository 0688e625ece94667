"""Record of what a training was begun with, so that it is resumed with nothing else."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.files import write_json
from aqnet_pyg.io.staging import remove_temporaries

RECORD = "begun.json"
"""Name of the record in the folder of the checkpoints."""

_WITHOUT_EFFECT = ("resume", "device")


def begin_training(folder: str | Path, about: Mapping[str, Any], *, resume: bool, finished: Path | None = None) -> None:
    """Record what a training is begun with, or check that it is resumed with the same.

    Args:
        folder: Folder of the training, which has its checkpoints in ``checkpoints/``.
        about: Settings and hashes of data, as nested dictionaries of JSON types. Entries ``resume`` and ``device`` are left out.
        resume: Whether checkpoints are used again; if not, those of an earlier training are removed.
        finished: File of the finished parameters, which is removed with them.

    Raises:
        InputError: If the training to be resumed was begun with something else, or the folder cannot be written to.
    """
    checkpoints = Path(folder) / "checkpoints"
    record = checkpoints / RECORD
    content: dict[str, Any] = json.loads(json.dumps(about, default=repr))
    there = [path for path in (checkpoints / "last.ckpt", finished) if path is not None and path.exists()]
    try:
        if resume and there:
            _check(record, content)
        else:
            for path in (*there, checkpoints / "best.ckpt", Path(folder) / "metrics.csv"):
                path.unlink(missing_ok=True)
            checkpoints.mkdir(parents=True, exist_ok=True)
            write_json(content, record)
    except OSError as error:
        raise InputError(f"{checkpoints}: it cannot be written to ({error.strerror}); choose another folder.") from None
    remove_temporaries(checkpoints)
    remove_temporaries(Path(folder))


def _check(record: Path, about: Mapping[str, Any]) -> None:
    try:
        begun = json.loads(record.read_text(encoding="utf-8"))
        different = differences(begun, about, _WITHOUT_EFFECT)
    except (OSError, ValueError, AttributeError):
        raise InputError(
            f"{record}: it is missing or damaged, so that it is unknown what the training was begun with; begin again "
            "without resuming, or in another folder."
        ) from None
    if different:
        raise InputError(
            f"{record.parent}: the training to be resumed was begun with {different}; give the same, or begin again "
            "without resuming."
        )


def differences(before: Mapping[str, Any], now: Mapping[str, Any], without: Collection[str] = ()) -> str:
    """Return the entries that differ, as text such as ``seed 0 (now 1), network.channels 32 (now 8)``; empty if none does.

    Args:
        before: Nested dictionaries of JSON types.
        now: Likewise.
        without: Names of entries that are left out.
    """
    old, new = (dict(_flat(content, without)) for content in (before, now))
    names = [name for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)]
    return ", ".join(f"{name} {_short(old.get(name))} (now {_short(new.get(name))})" for name in names)


def _flat(content: Mapping[str, Any], without: Collection[str], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in content.items():
        if isinstance(value, dict):
            yield from _flat(value, without, f"{prefix}{name}.")
        elif name not in without:
            yield f"{prefix}{name}", value


def _short(value: Any) -> str:
    """Value as text; of a hash its first digits."""
    return value[:8] if isinstance(value, str) and len(value) == 64 else json.dumps(value)
