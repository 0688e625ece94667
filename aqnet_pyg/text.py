"""Wording of messages."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: int, noun: str) -> str:
    """A number and its noun: ``1 file``, ``1,234 files``.

    Args:
        number: How many.
        noun: In the singular.
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
