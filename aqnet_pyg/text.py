"""Wording of messages."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return a number and its noun: ``1 file``, ``1,234 files``.

    Args:
        number: The number.
        noun: The noun in the singular.
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
