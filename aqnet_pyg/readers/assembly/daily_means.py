"""Files of daily means: read only on request, since they have no information on the hours of the day."""

from __future__ import annotations

from aqnet_pyg.errors import InputError


def check_resolution(resolution: str | None, daily: bool, file: str) -> None:
    """Check that daily means are read exactly if they are requested.

    Args:
        resolution: Option of a reader: ``"day"``, or another value or None for means over an hour or less.
        daily: Whether the file has daily means.
        file: Its name, for the message.

    Raises:
        InputError: If the option does not fit the file.
    """
    if daily and resolution != "day":
        raise InputError(
            f"{file}: these are daily means, not hourly ones; read them with resolution='day', which puts each at the hour in "
            "which its local day ends."
        )
    if resolution == "day" and not daily:
        raise InputError(f"resolution: {file} has no daily means; leave the option out.")
