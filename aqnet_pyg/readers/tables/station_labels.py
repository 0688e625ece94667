"""Stations of a table by the labels that files have for them: codes of the station table, or names."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from aqnet_pyg.errors import InputError
from aqnet_pyg.text import counted


class StationLabels:
    """Codes by label: a code of the station table, or else the name of exactly one of its stations.

    Args:
        table: Station table, one row per station, indexed by code.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self._codes = frozenset(map(str, table.index))
        self._names: dict[str, list[str]] = {}
        for code, name in zip(table.index, table["name"].fillna("") if "name" in table else (), strict=False):
            codes = self._names.setdefault(str(name).strip(), [])
            if str(code) not in codes:
                codes.append(str(code))
        self._names.pop("", None)
        self._used: dict[str, str] = {}

    @property
    def example(self) -> str:
        """A code of the table, for messages."""
        return min(self._codes, default="none")

    @property
    def note(self) -> str | None:
        """The rule that was applied to labels that are no codes; None if there were none."""
        names = [label for label, code in self._used.items() if code not in (label, "")]
        if not names:
            return None
        stations = counted(len(names), "station")
        return f"{stations} found by name in the station table, such as {names[0]!r} ({self._used[names[0]]})."

    def find(self, labels: Iterable[str], file: str) -> dict[str, str]:
        """Return the codes of those labels that are stations of the table.

        Args:
            labels: Texts, such as column names.
            file: Name of the file, for messages.

        Raises:
            InputError: If a label is the name of several stations, or it is the code of one station and the name of another, and
                other labels are names.
        """
        found: dict[str, str] = {}
        both: dict[str, str] = {}
        for label in labels:
            named = [code for code in self._names.get(label, ()) if code != label]
            if label in self._codes:
                found[label] = label
                if named:
                    both[label] = named[0]
            elif len(named) == 1:
                found[label] = named[0]
            elif named:
                raise InputError(
                    f"{file}: {label!r} is the name of several stations, {named[0]} and {named[1]}; write codes in "
                    "place of names."
                )
        names = [label for label, code in found.items() if code != label]
        if names and both:
            label, other = next(iter(both.items()))
            raise InputError(
                f"{file}: {label!r} is the code of one station and the name of another ({other}), and {names[0]!r} is the name "
                f"of station {found[names[0]]}; write codes in place of names, or leave the names out of the station table."
            )
        return found

    def add(self, labels: Iterable[str], file: str) -> list[str]:
        """Return the code of each label that occurs in rows, or the label if it is no station of the table.

        Args:
            labels: Different texts.
            file: Name of the file, for messages.

        Raises:
            InputError: As :meth:`find`, for all labels that were added.
        """
        labels = list(labels)
        new = [label for label in labels if label not in self._used]
        if new:
            found = self.find([*self._used, *new], file)
            self._used |= {label: found.get(label, "") for label in new}
        return [self._used[label] or label for label in labels]
