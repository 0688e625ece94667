"""Files of an archive: in a folder, in zip files, or in zip files in a folder."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

import pyarrow as pa
from tqdm import tqdm

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.files import BROKEN
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.text import counted

PathLike = str | Path
"""Path of a file or folder."""

LARGE = 256 << 20
"""Size in bytes up to which any compressed file is read."""

EXPANSION = 200
"""Ratio to the compressed size from which on a larger file is not read; measurements as text are five to fifty times smaller."""

_any_size: ContextVar[bool] = ContextVar("any_size", default=False)


@contextmanager
def files_of_any_size() -> Iterator[None]:
    """Read compressed files of any size within a ``with`` block."""
    before = _any_size.set(True)
    try:
        yield
    finally:
        _any_size.reset(before)


_MANY = 100
"""Number of files from which a progress bar is shown."""


@dataclass(frozen=True)
class Member:
    """One file of an archive; :func:`read_members` reads its bytes.

    Args:
        container: The file itself, or the zip file that holds it.
        inner: Path inside the zip file, through nested zip files; empty for a plain file.
    """

    container: Path
    inner: tuple[str, ...] = ()

    @cached_property
    def name(self) -> str:
        """The file name without folders."""
        return PurePosixPath(self.inner[-1].replace("\\", "/")).name if self.inner else self.container.name

    @cached_property
    def label(self) -> str:
        """The name in read reports: the zip file, if any, and the file name."""
        return f"{self.container.name}/{self.name}" if self.inner else self.name

    @cached_property
    def day(self) -> date | None:
        """The date in the file name (the last eight digits that form a date since 1900), or None."""
        for digits in reversed(re.findall(r"(?<!\d)(?:19|20)\d{6}(?!\d)", self.name)):
            try:
                return datetime.strptime(digits, "%Y%m%d").date()
            except ValueError:
                continue
        return None


def find_members(
    path: PathLike | Sequence[PathLike],
    pattern: str,
    expected: str,
    report: ReadReport,
    *,
    exclude: Iterable[Path] = (),
) -> list[Member]:
    """List the files of an archive without reading them.

    Args:
        path: A file, a zip file, a folder (searched with its subfolders and the zip files in it), or several of these.
        pattern: Regular expression that the whole file name must match, regardless of case and without the suffix of a
            compressed file (``.gz``, ``.bz2``, ``.xz``, ``.zst``). Other files are ignored, since
            archives also hold read-me files. A file that is itself an element of ``path`` need not match.
        expected: The pattern in words, for the message, such as ``china_sites_YYYYMMDD.csv``.
        report: Read report that records zip files that cannot be opened.
        exclude: Files, also zip files, that are not members although they match, such as a station list.

    Returns:
        Members, sorted by path.

    Raises:
        InputError: If a path does not exist or no file matches.
    """
    roots = [Path(root) for root in ([path] if isinstance(path, str | Path) else path)]
    matches = re.compile(pattern, re.IGNORECASE).fullmatch
    excluded = {file.resolve() for file in exclude}
    members: list[Member] = []
    seen: list[str] = []
    for root in roots:
        if not root.exists():
            raise InputError(
                f"{root}: there is no such file or folder; give a folder with {expected}, or a zip file of it."
            )
        files = sorted(file for file in root.rglob("*") if file.is_file()) if root.is_dir() else [root]
        for file in files:
            if file.resolve() in excluded:
                continue
            if file.suffix.lower() == ".zip":
                try:
                    with zipfile.ZipFile(file) as archive:
                        inside = sorted(_inside(archive, file.name, report))
                except BROKEN as error:
                    report.skip(file.name, f"not a readable zip file ({error})")
                    continue
                seen += [inner[-1] for inner in inside]
                members += [member for inner in inside if matches(plain_name((member := Member(file, inner)).name))]
            else:
                seen.append(file.name)
                if file is root or matches(plain_name(file.name)):
                    members.append(Member(file))
    if not members:
        where = ", ".join(map(str, roots))
        if report.skipped:
            raise InputError(f"{where}: {report.skipped[0][0]} is {report.skipped[0][1]}; download it again.")
        found = f"found {counted(len(seen), 'other file')}, such as {', '.join(seen[:3])}" if seen else "it is empty"
        raise InputError(
            f"{where}: no file is named {expected} ({found}); give the folder or zip file with these files."
        )
    return members


def _inside(archive: zipfile.ZipFile, label: str, report: ReadReport) -> Iterator[tuple[str, ...]]:
    """Paths in a zip file, through nested zip files."""
    for name in archive.namelist():
        if name.lower().endswith(".zip"):
            try:
                with zipfile.ZipFile(io.BytesIO(_read(archive, name))) as nested:
                    yield from [(name, *inner) for inner in _inside(nested, label, report)]
            except BROKEN as error:
                report.skip(f"{label}/{name}", f"not a readable zip file ({error})")
        elif not name.endswith("/"):
            yield (name,)


def read_members(members: Sequence[Member], report: ReadReport) -> Iterator[tuple[Member, bytes]]:
    """Read members one by one, with a progress bar on a terminal.

    Args:
        members: Members from :func:`find_members`.
        report: Read report that records members that cannot be read; these are skipped.

    Yields:
        Each member and its bytes, decompressed.
    """
    for member, stream in open_members(members, report):
        try:
            data = stream.read()
        except BROKEN as error:
            report.skip(member.label, f"cannot be read ({error})")
            continue
        yield member, data


def open_members(members: Sequence[Member], report: ReadReport) -> Iterator[tuple[Member, BinaryIO]]:
    """Open members one by one, with a progress bar on a terminal.

    Args:
        members: Members from :func:`find_members`.
        report: Read report that records members that cannot be opened; these are skipped.

    Yields:
        Each member and its content, decompressed, which is closed afterwards. Reading it may raise one of
        :data:`~aqnet_pyg.io.files.BROKEN`.
    """
    quiet = len(members) < _MANY or not sys.stdout.isatty()
    tracked = tqdm(members, "reading", leave=False, disable=quiet)
    for (container, outer), group in groupby(tracked, key=lambda member: (member.container, member.inner[:-1])):
        with ExitStack() as opened:
            archive: zipfile.ZipFile | None = None
            for member in group:
                with ExitStack() as files:
                    try:
                        if not member.inner:
                            raw: BinaryIO = files.enter_context(container.open("rb"))
                            size = container.stat().st_size
                        else:
                            archive = archive or _open(container, outer, opened)
                            size = checked_size(archive, member.inner[-1])
                            raw = cast(BinaryIO, files.enter_context(archive.open(member.inner[-1])))
                        stream = _decompressed(raw, member.name, size)
                    except BROKEN as error:
                        report.skip(member.label, f"cannot be read ({error})")
                        continue
                    yield member, stream


def plain_name(name: str) -> str:
    """Return a file name without the suffix of a compressed file: ``a.csv`` for ``a.csv.gz``."""
    return re.sub(r"(?i)\.(gz|bz2|xz|zst)$", "", name)


def _decompressed(stream: BinaryIO, name: str, size: int) -> BinaryIO:
    """The content of a file of some bytes, decompressed by the suffix of its name."""
    suffix = name.lower().rpartition(".")[2] if plain_name(name) != name else ""
    if suffix in ("gz", "bz2", "xz"):
        opener: Any = {"gz": gzip.GzipFile, "bz2": bz2.BZ2File, "xz": lzma.LZMAFile}[suffix]
        return io.BufferedReader(_Bounded(opener(fileobj=stream) if suffix == "gz" else opener(stream), size))
    if suffix == "zst":
        return io.BufferedReader(_Bounded(pa.CompressedInputStream(pa.PythonFile(stream), "zstd"), size))
    return stream if hasattr(stream, "peek") else io.BufferedReader(cast(io.RawIOBase, stream))


def _open(container: Path, outer: Sequence[str], opened: ExitStack) -> zipfile.ZipFile:
    archive = opened.enter_context(zipfile.ZipFile(container))
    for name in outer:
        archive = opened.enter_context(zipfile.ZipFile(io.BytesIO(_read(archive, name))))
    return archive


class _Bounded(io.RawIOBase):
    """A decompressed stream that ends with an error where it is far larger than the file."""

    def __init__(self, stream: Any, size: int) -> None:
        self.stream = stream
        self.left = max(LARGE, EXPANSION * size) if not _any_size.get() else sys.maxsize

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.stream.read(len(buffer))
        self.left -= len(data)
        if self.left < 0:
            raise OSError(_TOO_LARGE)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.stream.close()
        super().close()


_TOO_LARGE = (
    f"more than {EXPANSION} times its compressed size and {LARGE >> 20} MB; if it is right, read it with any_size=True or "
    "--any_size true"
)


def checked_size(archive: zipfile.ZipFile, name: str) -> int:
    """Return the size of a file in a zip file, beyond which zipfile does not read.

    Args:
        archive: The zip file.
        name: Path of the file in it.

    Raises:
        OSError: If it is far larger than its compressed form, outside :func:`files_of_any_size`.
    """
    about = archive.getinfo(name)
    if about.file_size > max(LARGE, EXPANSION * about.compress_size) and not _any_size.get():
        raise OSError(_TOO_LARGE)
    return about.file_size


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    checked_size(archive, name)
    return archive.read(name)
