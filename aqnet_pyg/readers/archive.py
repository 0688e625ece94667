"""The files of an archive: in a folder, in zip files, or in zip files in a folder."""

from __future__ import annotations

import io
import re
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from pathlib import Path, PurePosixPath

from tqdm import tqdm

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.text import counted

__all__ = ["Member", "PathLike", "contents", "find_members"]

PathLike = str | Path
"""What names a file or folder."""

_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError)
"""What the zipfile module raises on a broken, cut or locked archive."""

_MANY = 100
"""Files from which on a progress bar is worth its line."""


@dataclass(frozen=True)
class Member:
    """One file of an archive; its bytes are read by :func:`contents`.

    Args:
        container: The file itself, or the zip file that holds it.
        inner: Path inside the zip file, through any zip files inside it; empty for a plain file.
    """

    container: Path
    inner: tuple[str, ...] = ()

    @cached_property
    def name(self) -> str:
        """The bare file name."""
        return PurePosixPath(self.inner[-1].replace("\\", "/")).name if self.inner else self.container.name

    @cached_property
    def label(self) -> str:
        """How reports name the file: the zip file, if any, and the bare name."""
        return f"{self.container.name}/{self.name}" if self.inner else self.name

    @cached_property
    def day(self) -> date | None:
        """The day in the file name (the last eight digits that are a date since 1900), or None."""
        for digits in reversed(re.findall(r"(?<!\d)(?:19|20)\d{6}(?!\d)", self.name)):
            try:
                return datetime.strptime(digits, "%Y%m%d").date()
            except ValueError:
                continue
        return None


def find_members(
    path: PathLike | Sequence[PathLike], pattern: str, wanted: str, report: ReadReport, *, leave: Iterable[Path] = ()
) -> list[Member]:
    """List the files of an archive without reading them.

    Args:
        path: A file, a zip file, a folder (searched with its subfolders and the zip files in it), or several of these.
        pattern: Regular expression that the whole bare file name must match, whatever its case. Other files are no fault:
            archives hold read-me files. A file that is named outright need not match.
        wanted: How users write the pattern, for the message.
        report: Takes note of zip files that cannot be opened.
        leave: Files that are not members although they match, such as a station list.

    Returns:
        Members in the order of their paths.

    Raises:
        InputError: If a path does not exist or no file matches.
    """
    named = [Path(one) for one in ([path] if isinstance(path, str | Path) else path)]
    matches = re.compile(pattern, re.IGNORECASE).fullmatch
    left = {one.resolve() for one in leave}
    members: list[Member] = []
    seen: list[str] = []
    for one in named:
        if not one.exists():
            raise InputError(
                f"{one}: there is no such file or folder; give a folder with {wanted}, or a zip file of it."
            )
        files = sorted(file for file in one.rglob("*") if file.is_file()) if one.is_dir() else [one]
        for file in files:
            if file.suffix.lower() == ".zip":
                try:
                    with zipfile.ZipFile(file) as archive:
                        inside = sorted(_inside(archive, file.name, report))
                except _BROKEN as error:
                    report.skip(file.name, f"not a readable zip file ({error})")
                    continue
                seen += [inner[-1] for inner in inside]
                members += [member for inner in inside if matches((member := Member(file, inner)).name)]
            elif file.resolve() not in left:
                seen.append(file.name)
                if file is one or matches(file.name):
                    members.append(Member(file))
    if not members:
        where = ", ".join(str(one) for one in named)
        if report.skipped:
            raise InputError(f"{where}: {report.skipped[0][0]} is {report.skipped[0][1]}; fetch it again.")
        there = f"found {counted(len(seen), 'other file')}, such as {', '.join(seen[:3])}" if seen else "it is empty"
        raise InputError(f"{where}: no file is named {wanted} ({there}); give the folder or zip file that holds them.")
    return members


def _inside(archive: zipfile.ZipFile, label: str, report: ReadReport) -> Iterator[tuple[str, ...]]:
    """Paths in a zip file, through the zip files in it."""
    for name in archive.namelist():
        if name.lower().endswith(".zip"):
            try:
                with zipfile.ZipFile(io.BytesIO(archive.read(name))) as nested:
                    yield from [(name, *inner) for inner in _inside(nested, label, report)]
            except _BROKEN as error:
                report.skip(f"{label}/{name}", f"not a readable zip file ({error})")
        elif not name.endswith("/"):
            yield (name,)


def contents(members: Sequence[Member], report: ReadReport) -> Iterator[tuple[Member, bytes]]:
    """Read members one by one, with a progress bar on a terminal.

    A member that cannot be read is skipped with a note in the report.

    Args:
        members: As :func:`find_members` gives them.
        report: Takes the notes.
    """
    quiet = len(members) < _MANY or not sys.stdout.isatty()
    tracked = tqdm(members, "reading", leave=False, disable=quiet)
    for (container, outer), group in groupby(tracked, key=lambda member: (member.container, member.inner[:-1])):
        with ExitStack() as opened:
            archive: zipfile.ZipFile | None = None
            for member in group:
                try:
                    if not member.inner:
                        data = container.read_bytes()
                    else:
                        archive = archive or _open(container, outer, opened)
                        data = archive.read(member.inner[-1])
                except _BROKEN as error:
                    report.skip(member.label, f"cannot be read ({error})")
                    continue
                yield member, data


def _open(container: Path, outer: Sequence[str], opened: ExitStack) -> zipfile.ZipFile:
    archive = opened.enter_context(zipfile.ZipFile(container))
    for name in outer:
        archive = opened.enter_context(zipfile.ZipFile(io.BytesIO(archive.read(name))))
    return archive
