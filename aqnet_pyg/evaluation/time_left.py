"""Estimates of the time that an evaluation still takes, for its log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping


class TimeLeft:
    """Estimates the time of the results that are left from the mean time of the finished ones of the same row.

    A row without a finished result is taken to need the mean time of all finished results.

    Args:
        planned: Number of results of each row.
    """

    def __init__(self, planned: Mapping[str, int]) -> None:
        self.planned = planned
        self._seconds: dict[str, list[float]] = defaultdict(list)

    def finish(self, row: str, seconds: float) -> str:
        """Count a result as finished.

        Args:
            row: Its row.
            seconds: Time that it took.

        Returns:
            The number of finished results and the time left as text: ``"5 of 40, about 3 min left"``.
        """
        self._seconds[row].append(seconds)
        done = [each for seconds in self._seconds.values() for each in seconds]
        mean = sum(done) / len(done)
        left = 0.0
        for name, count in self.planned.items():
            known = self._seconds.get(name)
            left += (count - len(known)) * sum(known) / len(known) if known else count * mean
        return finished_text(len(done), sum(self.planned.values()), left)


def finished_text(number: int, total: int, seconds: float) -> str:
    """Return the number of finished results, and the time left if there is any.

    Args:
        number: Finished results.
        total: All results.
        seconds: Time left.
    """
    if number >= total:
        return f"{number} of {total}"
    for size, unit in ((3600.0, "h"), (60.0, "min")):
        if seconds >= 1.5 * size:
            return f"{number} of {total}, about {seconds / size:.0f} {unit} left"
    return f"{number} of {total}, about {seconds:.0f} s left"
