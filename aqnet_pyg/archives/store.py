"""Folder of downloaded files with a manifest of their sizes and hashes, by which an interrupted download is resumed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aqnet_pyg.archives.checks import Check
from aqnet_pyg.archives.client import Client
from aqnet_pyg.archives.faults import Damaged, Failed, Missing
from aqnet_pyg.errors import InputError
from aqnet_pyg.io.files import output_folder, write_json

MANIFEST = "fetched.json"
"""Name of the manifest in the folder."""


@dataclass(frozen=True)
class RemoteFile:
    """A file of an archive.

    Args:
        name: Its path in the folder, with ``/`` between folders.
        url: Its address.
        check: Content check.
        size: Its size in bytes, if a listing of the archive states it.
        body: JSON body of a POST request; default a GET request.
    """

    name: str
    url: str
    check: Check
    size: int | None = None
    body: Mapping[str, Any] | None = None


class Store:
    """Folder of the files of one archive.

    A file gets its name only after its content check; its size and SHA-256 are in the manifest ``fetched.json``.

    Args:
        folder: The folder; it is created.
        archive: Name of the archive.
        client: Client for downloads.

    Raises:
        InputError: If the folder cannot be written to, or holds files of another archive.
    """

    def __init__(self, folder: str | Path, archive: str, client: Client) -> None:
        self.folder = output_folder(folder)
        self.client = client
        self.downloaded = self.kept = 0
        """Numbers of files that were downloaded, and that were complete already."""
        self.absent: dict[str, str] = {}
        """Files that the server does not have, and why."""
        self._archive = archive
        self._files: dict[str, dict[str, Any]] = {}
        path = self.folder / MANIFEST
        if path.exists():
            try:
                found = json.loads(path.read_text(encoding="utf-8"))
                owner, self._files = str(found["archive"]), dict(found["files"])
            except (OSError, ValueError, KeyError, TypeError):
                raise InputError(
                    f"out: {path} is not readable as a manifest; remove it or choose another folder."
                ) from None
            if owner != archive:
                raise InputError(f"out: {self.folder} holds files of {owner}; choose another folder for {archive}.")

    def fetch(self, file: RemoteFile) -> Path:
        """Download a file unless it is complete, and return its path.

        Raises:
            Missing: If the server does not have it.
            Failed: If the server returns something else.
            InputError: If the server cannot be reached, or the file cannot be written.
        """
        path = self.folder / file.name
        part = path.with_name(f"{path.name}.part")
        try:
            if self._is_complete(file, path):
                self.kept += 1
                return path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            self._files.pop(file.name, None)
            self.client.download(file.url, part, file.check, size=file.size, body=file.body)
            os.replace(part, path)
            self._record(file, path)
            self.downloaded += 1
            return path
        except OSError as error:
            raise InputError(
                f"out: {path} cannot be written ({error.strerror or error}); free some space or choose another folder."
            ) from None
        finally:
            with suppress(OSError):
                part.unlink()

    def write_manifest(self) -> None:
        """Write the manifest, if there is a file."""
        if self._files:
            content = {"archive": self._archive, "files": self._files, "absent": self.absent}
            write_json(content, self.folder / MANIFEST)

    def _is_complete(self, file: RemoteFile, path: Path) -> bool:
        """Whether a file is as in the manifest, or, after a run that ended before the manifest was written, passes its check."""
        if not path.is_file() or (file.size is not None and path.stat().st_size != file.size):
            return False
        if entry := self._files.get(file.name):
            return path.stat().st_size == entry["size"] and _sha256(path) == entry["sha256"]
        try:
            file.check(path)
        except (Damaged, Failed, Missing):
            return False
        self._record(file, path)
        return True

    def _record(self, file: RemoteFile, path: Path) -> None:
        self._files[file.name] = {
            "url": file.url,
            "size": path.stat().st_size,
            "sha256": _sha256(path),
        }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
