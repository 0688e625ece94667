"""Download the files of a period and an area from a published archive."""

from __future__ import annotations

import hashlib
import inspect
import json
import shlex
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from tqdm import tqdm

from aqnet_pyg.archives.airnow import plan_airnow
from aqnet_pyg.archives.aqs import plan_aqs
from aqnet_pyg.archives.client import Client
from aqnet_pyg.archives.cnemc import plan_cnemc
from aqnet_pyg.archives.eea import plan_eea
from aqnet_pyg.archives.faults import Failed, Missing
from aqnet_pyg.archives.openaq import plan_openaq
from aqnet_pyg.archives.plan import Plan
from aqnet_pyg.archives.request import parse_period
from aqnet_pyg.archives.store import Store
from aqnet_pyg.errors import InputError, optional_imports
from aqnet_pyg.grid import parse_box
from aqnet_pyg.text import counted

ARCHIVES: dict[str, Callable[..., Plan]] = {
    "openaq": plan_openaq,
    "eea": plan_eea,
    "airnow": plan_airnow,
    "aqs": plan_aqs,
    "cnemc": plan_cnemc,
}
"""By archive, which is also the name of its reader: the function that lists the files of a request."""

_PATIENCE = 5
"""Number of files in a row that cannot be downloaded, after which the rest is not tried."""

_SAVE_EVERY = 50
"""Number of files after which the manifest is written."""


@dataclass(frozen=True)
class Fetched:
    """Downloaded files of an archive. ``str(fetched)`` is a summary with the command that reads them.

    Args:
        archive: Name of the archive and of its reader.
        path: Folder of the files.
        options: Options with which the reader reads them: ``aqnet_pyg.read(archive, path, **options)``.
        downloaded: Number of files that were downloaded.
        kept: Number of files that were complete already.
        absent: Files that the server does not have, and why.
        notes: Remarks, one sentence each.
    """

    archive: str
    path: Path
    options: Mapping[str, str] = field(default_factory=dict)
    downloaded: int = 0
    kept: int = 0
    absent: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()

    @property
    def command(self) -> str:
        """The command that summarizes the files; other commands take the same options."""
        words = ["aqnet", "info", self.archive, "--path", str(self.path)]
        # With "=", since a box may begin with a minus sign.
        return shlex.join([*words, *(f"--{name}={value}" for name, value in self.options.items())])

    def __str__(self) -> str:
        lines = [f"{self.archive}: {counted(self.downloaded + self.kept, 'file')} in {self.path}"]
        if self.kept:
            lines[0] += f", of which {self.kept:,} were complete already"
        if self.absent:
            name, reason = next(iter(self.absent.items()))
            lines.append(f"  absent      {counted(len(self.absent), 'file')} (first {name}: {reason})")
        lines += [f"  note        {note}" for note in self.notes]
        return "\n".join([*lines, "Read them with:", f"  {self.command}"])


def fetch(
    archive: str,
    out: str | Path | None = None,
    *,
    start: str | date,
    end: str | date,
    bbox: str | Sequence[float] | None = None,
    wait: Callable[[float], object] = time.sleep,
    **options: Any,
) -> Fetched:
    """Download the files of a period and an area from a published archive.

    Files are downloaded one at a time, and each is checked before it gets its name: its size, its checksums, and that it is the
    expected file rather than an error page. The folder has a manifest with sizes and hashes (``fetched.json``), by which the same
    call resumes an interrupted download: complete files are kept, and absent ones are tried again. Needs the extra ``download``.

    Args:
        archive: A key of :data:`ARCHIVES`: ``openaq``, ``eea``, ``airnow``, ``aqs``, ``cnemc``.
        out: Folder for the files of one archive; default one for this request in the user's cache folder.
        start: First day, in the days of the archive's files: local for OpenAQ, AQS and CNEMC, UTC for AirNow, UTC+1 for the EEA.
        end: Last day.
        bbox: West, south, east, north in degrees, also as a text separated by commas. Where files hold a whole network, the box
            is applied when they are read.
        wait: Function that waits a number of seconds before a request is repeated.
        options: Options of the archive: ``country`` (openaq, eea: code of two letters), ``pollutants`` (openaq, eea, aqs: names
            separated by commas; default PM2.5 where each has its own files), ``locations`` and ``key`` (openaq: numbers of
            locations, or the key of the API to search for them), ``dataset`` (eea: ``verified``, ``up-to-date``, ``airbase``),
            ``base`` (address of a mirror, in place of the archive's own servers).

    Returns:
        Path, options to read the files, and counts.

    Raises:
        InputError: If an option is invalid, the server cannot be reached, nothing is found, or files cannot be downloaded.
    """
    if archive not in ARCHIVES:
        raise InputError(f"archive: {archive!r} cannot be fetched; use one of {', '.join(ARCHIVES)}.")
    plan_files = ARCHIVES[archive]
    known = inspect.getfullargspec(plan_files).kwonlyargs
    for name in options:
        if name not in known:
            raise InputError(f"{name}: {archive} has no such option; leave it out.")
    first, last = parse_period(start, end)
    box = None if bbox is None else parse_box("bbox", bbox)
    if "bbox" in known:
        options["bbox"] = box
    client = Client(wait)
    store = Store(_cache(archive, first, last, options) if out is None else out, archive, client)
    try:
        plan = plan_files(store, first, last, **options)
        failed = _download(store, plan)
    except Failed as error:
        raise InputError(f"{archive}: {error}; try again later, or give base=... of a mirror.") from None
    finally:
        client.close()
        store.write_manifest()
    if failed:
        name, reason = next(iter(failed.items()))
        raise InputError(
            f"{archive}: {len(failed):,} of {counted(len(plan.files), 'file')} could not be downloaded (first {name}: {reason}); "
            "run the same command again to resume."
        )
    if len(store.absent) == len(plan.files):
        name, reason = next(iter(store.absent.items()), ("", ""))
        found = f"first {name}: {reason}" if name else "the archive lists no file"
        raise InputError(f"{archive}: nothing from {first} to {last} ({found}); {plan.remedy}.")
    in_box = {} if box is None else {"bbox": ",".join(f"{degrees:.10g}" for degrees in box)}
    return Fetched(
        archive,
        store.folder,
        {**plan.options, **in_box},
        store.downloaded,
        store.kept,
        dict(store.absent),
        tuple(plan.notes),
    )


def _cache(archive: str, first: date, last: date, options: Mapping[str, Any]) -> Path:
    """Folder of a request in the user's cache folder."""
    with optional_imports():
        import pooch

    chosen = json.dumps(
        {name: str(value) for name, value in options.items() if name not in ("key", "base")}, sort_keys=True
    )
    name = f"{first}_{last}_{hashlib.sha256(chosen.encode()).hexdigest()[:8]}"
    return Path(pooch.os_cache("aqnet-pyg"), archive, name)


def _download(store: Store, plan: Plan) -> dict[str, str]:
    """Download the files of a plan; return those that failed, and why."""
    failed: dict[str, str] = {}
    received = in_a_row = 0
    files = tqdm(plan.files, "fetching", unit="file", disable=not sys.stderr.isatty())

    def show(arrived: int) -> None:
        nonlocal received
        received += arrived
        files.set_postfix_str(f"{received / 1e6:.1f} MB")

    store.client.progress = show
    for number, file in enumerate(files, 1):
        try:
            store.fetch(file)
            in_a_row = 0
        except Missing as error:
            store.absent[file.name] = str(error)
            in_a_row = 0
        except Failed as error:
            failed[file.name] = str(error)
            in_a_row += 1
            if in_a_row == _PATIENCE:
                break
        if number % _SAVE_EVERY == 0:
            store.write_manifest()
    return failed
