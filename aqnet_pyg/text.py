"""Wording of messages."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable


def counted(number: int, noun: str) -> str:
    """Return a number and its noun: ``1 file``, ``1,234 files``.

    Args:
        number: The number.
        noun: The noun in the singular.
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def suggestion(name: str, choices: Iterable[str]) -> str:
    """Return the similar name that may be meant, in brackets for a message; empty if none is similar.

    Args:
        name: A name that is not among the choices.
        choices: Valid names.

    Examples:
        >>> suggestion("gapfilling", ["station-folds", "gap-filling"])
        " (did you mean 'gap-filling'?)"
    """
    similar = difflib.get_close_matches(name.lower(), list(choices), n=1, cutoff=0.7)
    return f" (did you mean {similar[0]!r}?)" if similar else ""


def without_accents(text: str) -> str:
    """Return a text whose letters have no accents, such as ``estacao`` for ``estação``."""
    apart = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(letter for letter in apart if not "\u0300" <= letter <= "\u036f"))


def words_of(name: str) -> list[str]:
    """Return the words of a name in lower case without accents: at spaces, punctuation, and capitals within a word.

    Args:
        name: A name, such as that of a column.

    Examples:
        >>> words_of("Código_estación"), words_of("StationID"), words_of("PM2.5")
        (['codigo', 'estacion'], ['station', 'id'], ['pm2', '5'])
    """
    plain = without_accents(unicodedata.normalize("NFKC", name))
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain)
    return re.findall(r"[^\W_]+", apart.lower())
