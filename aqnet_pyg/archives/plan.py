"""Files that a request selects in an archive, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aqnet_pyg.archives.store import RemoteFile


@dataclass(frozen=True)
class Plan:
    """Files that a request selects in an archive.

    Args:
        files: The files.
        options: Options with which they are read, such as ``stations``.
        notes: Remarks for the user, one sentence each.
        remedy: Advice if the server has none of the files.
    """

    files: Sequence[RemoteFile]
    options: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    remedy: str = "choose another period or area"
