"""Faults of a download: the file does not exist, arrived damaged, or is something else."""

from __future__ import annotations


class Missing(Exception):
    """The server has no such file, or reports that it has no data for the request."""


class Damaged(Exception):
    """A file arrived truncated or damaged; another attempt may succeed."""


class Failed(Exception):
    """The server refuses the request or returns something else; another attempt would not help.

    Args:
        reason: The fault.
        status: HTTP status of the refusal.
    """

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status
