"""Seconds that the phases of a command take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter


class Phases:
    """Times phases that follow each other, the first from the creation of the object.

    Args:
        clock: Function that returns the time in seconds.

    Attributes:
        seconds: Seconds by phase, in the order of the phases.
    """

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self.seconds: dict[str, float] = {}
        self._clock = clock
        self._last = clock()

    def end(self, name: str) -> None:
        """Record the seconds since the end of the previous phase.

        Args:
            name: Of the phase that ends.
        """
        now = self._clock()
        self.seconds[name] = round(now - self._last, 2)
        self._last = now


def seconds_text(seconds: Mapping[str, float]) -> str:
    """Return the seconds of the phases as one line.

    Args:
        seconds: Seconds by phase.
    """
    return "Seconds: " + ", ".join(f"{name} {value:.1f}" for name, value in seconds.items()) + "."
