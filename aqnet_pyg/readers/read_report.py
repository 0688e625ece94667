"""What a reader found in an archive, and what it had to leave out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from aqnet_pyg.errors import InputError
from aqnet_pyg.text import counted

__all__ = ["ReadReport"]

_SHOWN = 5
"""Entries of a long list that are printed."""


@dataclass
class ReadReport:
    """The findings of one reader on one archive; printing it gives a summary.

    Args:
        source: The path that was read.
        strict: Raise :class:`InputError` at the first broken file instead of noting it.
        files_read: Files that gave at least one line.
        skipped: ``(file, reason)`` for every file that gave nothing.
        damaged: ``(file, what was left out)`` for every file of which only the sound part was read.
        absent_days: Local days, ISO dates, between the first and the last day of the archive of which nothing was read.
        absent_hours: Hours of the complete time axis without any value.
        masked: Impossible values set to NaN, by pollutant.
        duplicates: Repeated station-hours, lines or days; the first was kept.
        without_coordinates: Codes or names of stations left out because no list locates them.
        stations_without_measurements: Stations left out because they have no value in the whole period.
        notes: Further remarks, one sentence each.
    """

    source: str
    strict: bool = field(default=False, repr=False)
    files_read: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)
    damaged: list[tuple[str, str]] = field(default_factory=list)
    absent_days: list[str] = field(default_factory=list)
    absent_hours: int = 0
    masked: dict[str, int] = field(default_factory=dict)
    duplicates: int = 0
    without_coordinates: list[str] = field(default_factory=list)
    stations_without_measurements: int = 0
    notes: list[str] = field(default_factory=list)

    def skip(self, file: str, reason: str) -> None:
        """Note a file that gave nothing.

        Args:
            file: Its name.
            reason: What is wrong with it.

        Raises:
            InputError: If the report is strict.
        """
        self._refuse(file, reason)
        self.skipped.append((file, reason))

    def damage(self, file: str, what: str) -> None:
        """Note what was left out of a file that was read otherwise.

        Args:
            file: Its name.
            what: What was left out, and why.

        Raises:
            InputError: If the report is strict.
        """
        self._refuse(file, what)
        self.damaged.append((file, what))

    def _refuse(self, file: str, fault: str) -> None:
        if self.strict:
            raise InputError(f"{file}: {fault}; repair or remove the file, or read without strict=True.")

    def require_files(self, wanted: str) -> None:
        """Refuse an archive of which nothing could be read.

        Args:
            wanted: What a good file would have held, for the message.

        Raises:
            InputError: With the fault of the first file.
        """
        if not self.files_read:
            file, reason = (self.skipped + self.damaged + [(self.source, "there is no file to read")])[0]
            others = len(self.skipped) - 1
            others = f" (and {counted(others, 'more file')} skipped)" if others > 0 else ""
            raise InputError(f"{file}: {reason}{others}; nothing could be read, {wanted} is needed.")

    def to_dict(self) -> dict[str, Any]:
        """The findings as plain dictionaries, lists and numbers, ready for JSON."""
        found = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "strict"}
        for name in ("skipped", "damaged"):
            found[name] = [{"file": file, "reason": reason} for file, reason in found[name]]
        found["masked"] = dict(self.masked)
        for name in ("absent_days", "without_coordinates", "notes"):
            found[name] = list(found[name])
        return found

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
        absent = [counted(self.absent_hours, "hour") + " without any value"] if self.absent_hours else []
        if self.absent_days:
            absent.append(f"{counted(len(self.absent_days), 'day')} ({_shortened(self.absent_days)})")
        if absent:
            add("absent", "; ".join(absent))
        if any(self.masked.values()):
            counts = ", ".join(f"{name} {count:,}" for name, count in self.masked.items() if count)
            add("masked", f"impossible values: {counts}")
        if self.duplicates:
            add("duplicates", f"{self.duplicates:,} (the first was kept)")
        if self.without_coordinates:
            add("unlocated", f"{counted(len(self.without_coordinates), 'station')} without coordinates: "
                f"{_shortened(self.without_coordinates)}")  # fmt: skip
        if self.stations_without_measurements:
            add("silent", f"{counted(self.stations_without_measurements, 'station')} without any value left out")
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
