"""Conventions of the archives: label of the hour, time zone, units, missing values, flags and instruments, with their sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Convention:
    """Conventions of one archive, each a short text for the table in the documentation.

    Args:
        label: The end of the averaging period that times label.
        zone: Time zone of the times.
        resolution: Averaging period, such as ``1 hour``.
        units: Units of the values.
        temperature: Reference temperature in °C of the mass concentrations of gases, or that at which mixing ratios are
            converted; None where no gas is read.
        missing: Codes of missing values.
        flags: Flags of the archive, and the values that are read or left out by them.
        instruments: Rule for several instruments at a site.
        sources: Addresses of the documents that state the above.
    """

    label: Literal["beginning", "ending"]
    zone: str
    resolution: str
    units: str
    temperature: float | None
    missing: str
    flags: str
    instruments: str
    sources: tuple[str, ...]


CONVENTIONS: dict[str, Convention] = {
    "cnemc": Convention(
        label="ending",
        zone="Asia/Shanghai (UTC+8)",
        resolution="1 hour",
        units="µg/m³, CO mg/m³",
        temperature=25.0,
        missing="empty",
        flags="none",
        instruments="one column a station",
        sources=("https://quotsoft.net/air/",),
    ),
    "bjmemc": Convention(
        label="ending",
        zone="Asia/Shanghai (UTC+8)",
        resolution="1 hour",
        units="µg/m³, CO mg/m³",
        temperature=25.0,
        missing="empty",
        flags="none",
        instruments="one column a station",
        sources=("https://quotsoft.net/air/",),
    ),
    "uci_beijing": Convention(
        label="ending",
        zone="Asia/Shanghai (UTC+8)",
        resolution="1 hour",
        units="µg/m³, CO too (converted to mg/m³)",
        temperature=25.0,
        missing="NA",
        flags="none",
        instruments="one file a station",
        sources=("https://doi.org/10.24432/C5RK5G",),
    ),
}
"""Conventions by the name of the reader."""
