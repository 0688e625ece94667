"""Coordinates as text: decimal degrees, or degrees, minutes and seconds with the hemisphere."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from aqnet_pyg.errors import InputError

_NUMBER = r"\d{1,2}(?:[.,]\d+)?"
_TEXT = re.compile(
    rf"""(?P<before>[NSEWOL])?\s*(?P<sign>[-−+])?\s*(?P<degrees>\d{{1,3}}(?:[.,]\d+)?)
    (?:\s*[°º:]\s*|\s+|(?=[NSEWOL]))
    (?:(?P<minutes>{_NUMBER})\s*(?:[:'′’´]|(?=\s|[NSEWOL]|$))\s*)?
    (?:(?P<seconds>{_NUMBER})\s*(?:["″”]|['′’´]{{2}}|(?=\s|[NSEWOL]|$))\s*)?
    (?P<behind>[NSEWOL])?""",
    re.VERBOSE,
)
_HEMISPHERES = {"longitude": {"E": 1, "L": 1, "W": -1}, "latitude": {"N": 1, "S": -1}}
"""Signs; the L is that of Portuguese and Spanish (leste)."""


def degrees(texts: pd.Series, axis: str, file: str) -> pd.Series:
    """Return coordinates in degrees, NaN for texts that are none, shape ``[row]``.

    Args:
        texts: Texts such as ``-33.45``, ``-33,45``, ``33°27'12.5"S`` or ``33 27 12,5 S``; O is west (Ouest, Oeste) if E
            occurs, and east (Ost) if W occurs.
        axis: ``longitude`` or ``latitude``.
        file: Name of the file, for messages.

    Raises:
        InputError: If O is either.
    """
    numbers = pd.to_numeric(texts.str.replace(",", ".", regex=False).str.replace("−", "-"), errors="coerce")
    others = texts[numbers.isna() & (texts != "")]
    found = {text: match for text in others.unique() if (match := _TEXT.fullmatch(text.strip().upper())) is not None}
    letters = {text: (match["before"] or "") + (match["behind"] or "") for text, match in found.items()}
    signs = dict(_HEMISPHERES[axis])
    west, east = ("W" in letters.values(), bool({"E", "L"} & set(letters.values())))
    unclear = next((text for text, letter in letters.items() if letter == "O"), None)
    if axis == "longitude" and unclear is not None:
        if west == east:
            raise InputError(
                f"{file}: the O of {unclear} may stand for west (Ouest, Oeste) or east (Ost); write W or E, or decimal degrees."
            )
        signs["O"] = 1 if west else -1
    values = {text: _value(match, letters[text], signs) for text, match in found.items()}
    return numbers.fillna(texts.map(values).astype(float))


def _value(match: re.Match[str], letter: str, signs: dict[str, int]) -> float:
    """Degrees of a text; NaN if its parts are not told apart, its hemisphere is another one or has a sign, or minutes are 60."""
    if (letter and letter not in signs) or (letter and match["sign"]):
        return np.nan
    parts = [float((match[name] or "0").replace(",", ".")) for name in ("degrees", "minutes", "seconds")]
    marked = bool(letter) or re.search(r"[°º:'′’´]", match[0]) is not None
    readable = marked and (
        match["minutes"] is None or (parts[0].is_integer() and (match["seconds"] is None or parts[1].is_integer()))
    )
    if not readable or parts[1] >= 60 or parts[2] >= 60:
        return np.nan
    sign = signs[letter] if letter else (-1 if match["sign"] in ("-", "−") else 1)
    return sign * (parts[0] + parts[1] / 60 + parts[2] / 3600)
