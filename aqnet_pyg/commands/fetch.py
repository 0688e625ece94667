"""``aqnet fetch``: files of a published archive."""

from __future__ import annotations

from dataclasses import asdict

from aqnet_pyg.archives import fetch
from aqnet_pyg.commands.settings import FetchSettings
from aqnet_pyg.errors import InputError


def run_fetch(settings: FetchSettings) -> str:
    """Download the files of a period and an area.

    Returns:
        A summary, with the command that reads the files.

    Raises:
        InputError: If a day is missing, or as for :func:`aqnet_pyg.archives.fetch`.
    """
    if settings.start is None or settings.end is None:
        missing = "start" if settings.start is None else "end"
        raise InputError(
            f"{missing}: no day was given; give --start and --end, such as --start 2023-01-01 --end 2023-01-31."
        )
    options = {name: value for name, value in asdict(settings).items() if value is not None}
    return str(fetch(**options))
