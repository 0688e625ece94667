"""Identity of a run, which every file of its folder holds: a hash of settings, data, code and model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

RUN = "run_sha256"
"""Name of the identity in files: attribute of NetCDF and zarr, key of JSON and GeoJSON, metadata of pages and pictures."""

_WITHOUT_EFFECT = ("out", "resume", "dask")
"""Settings that results do not depend on."""


def run_key(settings: Mapping[str, Any], data_sha256: str) -> str:
    """Return the SHA-256 of all that a run is computed from.

    Args:
        settings: Settings of the command.
        data_sha256: Hash of the station data.
    """
    chosen = {name: value for name, value in settings.items() if name not in _WITHOUT_EFFECT}
    return _sha256([chosen, data_sha256, code_sha256()])


def run_identity(key: str, models: Any) -> str:
    """Return the identity of a run.

    Args:
        key: Of :func:`run_key`.
        models: Hash of its model, or hashes by name.
    """
    return _sha256([key, models])


@cache
def code_sha256() -> str:
    """Return the SHA-256 of the Python modules of this package."""
    digest = hashlib.sha256()
    _add(digest, files("aqnet_pyg"))
    return digest.hexdigest()


def _add(digest: Any, folder: Traversable) -> None:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.name.endswith(".py"):
            digest.update(item.name.encode() + b"\0" + item.read_bytes())
        elif item.is_dir() and item.name != "__pycache__":
            _add(digest, item)


def _sha256(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
