"""Read reports: the files that a reader read, their faults, and the data that it left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from aqnet_pyg.errors import InputError
from aqnet_pyg.text import counted

_SHOWN = 5
"""Number of entries of a long list that are printed."""


@dataclass
class ReadReport:
    """Read report of one archive: files read, their faults, and the data left out. ``str(report)`` is a summary.

    Args:
        source: The path that was read.
        strict: Raise :class:`~aqnet_pyg.InputError` at the first damaged file instead of recording it.
        files_read: Number of files with at least one valid line.
        skipped: ``(file, reason)`` for every file without valid lines.
        damaged: ``(file, fault)`` for every file that was read in part.
        absent_days: Local days (ISO dates) without data between the first and the last day of the archive.
        absent_hours: Number of hours without measurements on the complete time axis; of daily means, days are listed instead.
        masked: Number of impossible values set to NaN, by pollutant.
        impossible: Pollutant, station, hours and sizes of impossible values, one text for each station that has any.
        duplicates: Number of repeated station-hours, lines or days; the first is kept.
        without_coordinates: Codes or names of stations left out because their coordinates are unknown.
        stations_without_measurements: Number of stations left out because they have no measurements in the whole period.
        notes: Further remarks, one sentence each.
        options: Options of the reader that it found in the files, such as the order of day and month.
    """

    source: str
    strict: bool = field(default=False, repr=False)
    files_read: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)
    damaged: list[tuple[str, str]] = field(default_factory=list)
    absent_days: list[str] = field(default_factory=list)
    absent_hours: int = 0
    masked: dict[str, int] = field(default_factory=dict)
    impossible: list[str] = field(default_factory=list)
    duplicates: int = 0
    without_coordinates: list[str] = field(default_factory=list)
    stations_without_measurements: int = 0
    notes: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)

    def skip(self, file: str, reason: str) -> None:
        """Record a file without valid lines.

        Args:
            file: Its name.
            reason: The fault.

        Raises:
            InputError: If the read report is strict.
        """
        self._raise_if_strict(file, reason)
        self.skipped.append((file, reason))

    def damage(self, file: str, fault: str) -> None:
        """Record a fault of a file that is read in part.

        Args:
            file: Its name.
            fault: The lines or values left out, and why.

        Raises:
            InputError: If the read report is strict.
        """
        self._raise_if_strict(file, fault)
        self.damaged.append((file, fault))

    def _raise_if_strict(self, file: str, fault: str) -> None:
        if self.strict:
            raise InputError(f"{file}: {fault}; repair or remove the file, or read without strict=True.")

    def require_files(self, expected: str) -> None:
        """Raise an error if no file could be read.

        Args:
            expected: Description of a valid file, for the message.

        Raises:
            InputError: With the fault of the first file.
        """
        if not self.files_read:
            file, reason = (self.skipped + self.damaged + [(self.source, "there is no file to read")])[0]
            count = len(self.skipped) - 1
            others = f" (and {counted(count, 'more file')} skipped)" if count > 0 else ""
            raise InputError(f"{file}: {reason}{others}; no file could be read, {expected} is needed.")

    def first_fault(self) -> str:
        """Return the first fault of a file in parentheses, for messages; empty if there is none."""
        faults = [*self.damaged, *self.skipped]
        return f" ({faults[0][0]}: {faults[0][1]})" if faults else ""

    def to_dict(self) -> dict[str, Any]:
        """Return the read report as dictionaries, lists and numbers, for JSON."""
        content = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "strict"}
        for name in ("skipped", "damaged"):
            content[name] = [{"file": file, "reason": reason} for file, reason in content[name]]
        content["masked"] = dict(self.masked)
        for name in ("absent_days", "impossible", "without_coordinates", "notes"):
            content[name] = list(content[name])
        return content

    def __str__(self) -> str:
        lines = [f"{self.source}: {counted(self.files_read, 'file')} read"]

        def add(title: str, text: str) -> None:
            lines.append(f"  {title:<12}{text}")

        for title, faults in (("skipped", self.skipped), ("damaged", self.damaged)):
            kinds = [f"{reason}: {_shortened(files)}" for reason, files in _by_reason(faults).items()]
            if len(kinds) > _SHOWN + 1:
                kinds[_SHOWN:] = [f"and {len(kinds) - _SHOWN:,} more kinds of fault"]
            for number, text in enumerate(kinds):
                add("" if number else title, text)
        absent = [counted(self.absent_hours, "hour") + " without measurements"] if self.absent_hours else []
        if self.absent_days:
            absent.append(f"{counted(len(self.absent_days), 'day')} ({_shortened(self.absent_days)})")
        if absent:
            add("absent", "; ".join(absent))
        if any(self.masked.values()):
            counts = ", ".join(f"{name} {count:,}" for name, count in self.masked.items() if count)
            add("masked", f"impossible values: {counts}")
            for text in self.impossible[:_SHOWN]:
                add("", text)
            if len(self.impossible) > _SHOWN:
                add("", f"and at {counted(len(self.impossible) - _SHOWN, 'more station')}")
        if self.duplicates:
            add("duplicates", f"{self.duplicates:,} (the first is kept)")
        left_out = []
        if self.without_coordinates:
            stations = counted(len(self.without_coordinates), "station")
            left_out.append(f"{stations} without coordinates: {_shortened(self.without_coordinates)}")
        if self.stations_without_measurements:
            left_out.append(f"{counted(self.stations_without_measurements, 'station')} without measurements")
        for number, text in enumerate(left_out):
            add("" if number else "left out", text)
        for note in self.notes:
            add("note", note)
        return "\n".join(lines)


def _by_reason(faults: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for file, reason in faults:
        grouped.setdefault(reason, []).append(file)
    return grouped


def _shortened(items: Sequence[str]) -> str:
    shown = ", ".join(items[:_SHOWN])
    return shown if len(items) <= _SHOWN else f"{shown} and {len(items) - _SHOWN:,} more"
