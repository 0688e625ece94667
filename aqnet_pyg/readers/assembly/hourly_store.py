"""Hourly values of any number of files, accumulated part by part in compact blocks of hours.

Memory is that of the result, whatever the order of the rows: by station, by hour, or a file for each of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pandas as pd

HOUR = 3600
"""Seconds."""

REQUIRED_SHARE = 0.75
"""Share of the expected readings of an hour without which there is no hourly mean."""

BLOCK_HOURS = 512
"""Hours of a block."""

_LONGEST_STEP = 2700
"""Seconds between readings up to which they are averaged; readings further apart are hourly values."""


class HourlyStore:
    """Hourly values by variable, column and hour. A column is an instrument at a station.

    Hourly values are stored as they are, the first one of several for the same column and hour. Readings within the hour are
    averaged over the hours that they are in, those at the full hour belonging to the hour that ends; of several readings in one
    minute the first one counts.

    Args:
        step: Seconds between readings; default as found in the rows.
    """

    def __init__(self, step: float | None = None) -> None:
        self.step = step
        self.rows: dict[int, int] = defaultdict(int)
        """Number of rows by block of hours, with or without a value."""
        self.repeated = 0
        """Number of values for a column and hour (or minute) that had one."""
        self.different = 0
        """Number of these that differ from the first one."""
        self.different_within = 0
        """Number of the different ones whose time is no full hour, in columns without a known step: readings within the hour."""
        self.rounded = 0
        """Number of rows of hourly values whose time was rounded to the nearest hour."""
        self.averaged = False
        """Whether readings within the hour were averaged."""
        self.incomplete = 0
        """Number of hours without a mean since too few readings were there; counted by :meth:`values`."""
        self._first = self._last = 0
        self._steps = np.empty(0)
        self._hourly: dict[str, dict[int, np.ndarray]] = defaultdict(dict)
        self._sums: dict[str, dict[int, np.ndarray]] = defaultdict(dict)
        self._minutes: dict[str, dict[int, np.ndarray]] = defaultdict(dict)
        self._expected: dict[str, dict[int, np.ndarray]] = defaultdict(dict)

    @property
    def variables(self) -> list[str]:
        """Names of the variables, in the order in which they were added."""
        return list(dict.fromkeys((*self._hourly, *self._sums)))

    @property
    def span(self) -> tuple[int, int]:
        """The hours of the first and the last row, as ends in hours since 1970, UTC."""
        return self._first, self._last

    @property
    def hours(self) -> np.ndarray:
        """All hours of the span, shape ``[time]``."""
        return np.arange(self._first, self._last + 1)

    def steps(self, columns: np.ndarray, seconds: np.ndarray) -> np.ndarray:
        """Return the typical time between the readings of each column in seconds, infinite if it is not known.

        Columns with a single time have the step that they had before, or else that of the other columns.

        Args:
            columns: Column of each row of a file, shape ``[row]``.
            seconds: Time of each row, shape ``[row]``.
        """
        size = int(columns.max()) + 1
        if len(self._steps) < size:
            self._steps = np.concatenate([self._steps, np.full(size - len(self._steps), np.inf)])
        if self.step is not None:
            self._steps[:] = self.step
        elif (seconds % HOUR != 0).any() or (self._steps <= _LONGEST_STEP).any():
            found = typical_steps(columns, seconds)
            known = np.isfinite(found)
            self._steps[: len(found)][known] = found[known]
            others = found[known] if known.any() else self._steps[np.isfinite(self._steps)]
            if others.size:
                unknown = np.unique(columns[~np.isfinite(self._steps[columns])])
                self._steps[unknown] = np.median(others)
        return self._steps

    def add(
        self, columns: np.ndarray, seconds: np.ndarray, values: dict[str, np.ndarray], steps: np.ndarray | None = None
    ) -> None:
        """Add rows.

        Args:
            columns: Column of each row, shape ``[row]``.
            seconds: End of the averaging period of each row, in seconds since 1970, UTC, shape ``[row]``.
            values: Values by variable, NaN where missing, shape ``[row]``.
            steps: Typical steps by column, from :meth:`steps`; default those of these rows.
        """
        if not len(columns):
            return
        steps = self.steps(columns, seconds) if steps is None else steps
        frequent = steps[columns] <= _LONGEST_STEP
        if not frequent.any():
            self._add_hourly(columns, seconds, values, steps)
            return
        self._add_readings(
            columns[frequent], seconds[frequent], {name: column[frequent] for name, column in values.items()}, steps
        )
        rest = ~frequent
        if rest.any():
            self._add_hourly(
                columns[rest], seconds[rest], {name: column[rest] for name, column in values.items()}, steps
            )

    def values(self, variable: str, columns: Sequence[int]) -> np.ndarray:
        """Return the hourly values of columns, float32, shape ``[time, column]``.

        Args:
            variable: Name of the variable.
            columns: The columns.
        """
        chosen = np.asarray(columns)
        result = np.full((self._last - self._first + 1, len(chosen)), np.nan, np.float32)
        for read in (self._means, self._hourly_values):  # hourly values replace means
            for block in sorted({*self._hourly.get(variable, ()), *self._sums.get(variable, ())}):
                start = block * BLOCK_HOURS - self._first
                inside = slice(max(-start, 0), min(self._last + 1 - block * BLOCK_HOURS, BLOCK_HOURS))
                found = read(variable, block, chosen)
                if found is not None:
                    target = result[start + inside.start : start + inside.stop]
                    np.copyto(target, found[:, inside].T, where=~np.isnan(found[:, inside].T))
        return result

    def discard(self, variable: str) -> None:
        """Free the memory of a variable."""
        for store in (self._hourly, self._sums, self._minutes, self._expected):
            store.pop(variable, None)

    def _hourly_values(self, variable: str, block: int, columns: np.ndarray) -> np.ndarray | None:
        stored = self._hourly[variable].get(block)
        return None if stored is None else _rows_of(stored, columns, np.nan)

    def _means(self, variable: str, block: int, columns: np.ndarray) -> np.ndarray | None:
        if block not in self._sums[variable]:
            return None
        count = _bits(_rows_of(self._minutes[variable][block], columns, 0))
        enough = count >= REQUIRED_SHARE * _rows_of(self._expected[variable][block], columns, 1)
        self.incomplete += int(((count > 0) & ~enough).sum())
        sums = _rows_of(self._sums[variable][block], columns, 0)
        return np.where(enough & (count > 0), sums / np.maximum(count, 1), np.nan).astype(np.float32)

    def _add_hourly(
        self, columns: np.ndarray, seconds: np.ndarray, values: dict[str, np.ndarray], steps: np.ndarray
    ) -> None:
        hours = (seconds + HOUR // 2) // HOUR
        off = seconds % HOUR != 0
        self.rounded += int(off.sum())
        doubtful = off & ~np.isfinite(steps[columns]) if off.any() else None
        for block, rows in self._by_block(hours):
            cell = columns[rows].astype(np.int64) * BLOCK_HOURS + hours[rows] % BLOCK_HOURS
            distinct = _are_distinct(cell)
            for name, column in values.items():
                numbers = column[rows].astype(np.float32)
                present = ~np.isnan(numbers)
                where, numbers = (cell, numbers) if present.all() else (cell[present], numbers[present])
                if not len(where):
                    self._hourly.setdefault(name, {})
                    continue
                flat = _grown(
                    self._hourly[name], block, int(where.max()) // BLOCK_HOURS + 1, np.nan, np.float32
                ).reshape(-1)
                free = np.isnan(flat[where])
                first = where[free][::-1]
                flat[first] = numbers[free][::-1]  # of several values for one cell, the last one assigned stays
                stored = flat[where]
                repeated = len(where) - (len(first) if distinct else len(np.unique(first)))
                self.repeated += repeated
                if repeated:
                    different = stored != numbers
                    self.different += int(different.sum())
                    if doubtful is not None:
                        self.different_within += int((different & doubtful[rows][present]).sum())

    def _add_readings(
        self, columns: np.ndarray, seconds: np.ndarray, values: dict[str, np.ndarray], steps: np.ndarray
    ) -> None:
        self.averaged = True
        hours = -(-seconds // HOUR)
        minutes = (seconds - 1) // 60 % 60
        for block, rows in self._by_block(hours):
            cells = columns[rows].astype(np.int64) * BLOCK_HOURS + hours[rows] % BLOCK_HOURS
            height = int(columns[rows].max()) + 1
            for name, column in values.items():
                numbers = column[rows].astype(np.float64)
                present = np.flatnonzero(~np.isnan(numbers))
                key = cells[present] * 64 + minutes[rows][present]
                again = pd.Series(key).duplicated().to_numpy(copy=True)
                seen = _grown(self._minutes[name], block, height, 0, np.uint64).reshape(-1)
                sums = _grown(self._sums[name], block, height, 0, np.float64).reshape(-1)
                bit = np.left_shift(np.uint64(1), (key % 64).astype(np.uint64))
                again |= (seen[key // 64] & bit) != 0
                self.repeated += int(again.sum())
                cell, bit, number = key[~again] // 64, bit[~again], numbers[present][~again]
                np.bitwise_or.at(seen, cell, bit)
                np.add.at(sums, cell, number)
                expected = _grown(self._expected[name], block, height, 1, np.float32, width=1)[:, 0]
                which = np.unique(columns[rows][present])
                expected[which] = np.maximum(expected[which], np.maximum(HOUR / steps[which], 1))

    def _by_block(self, hours: np.ndarray) -> list[tuple[int, np.ndarray | slice]]:
        first, last = int(hours.min()), int(hours.max())
        self._first = min(self._first, first) if self.rows else first
        self._last = max(self._last, last) if self.rows else last
        if first // BLOCK_HOURS == last // BLOCK_HOURS:
            self.rows[first // BLOCK_HOURS] += len(hours)
            return [(first // BLOCK_HOURS, slice(None))]
        blocks = hours // BLOCK_HOURS
        order = np.argsort(blocks, kind="stable")
        starts = np.flatnonzero(np.diff(blocks[order], prepend=blocks[order[0]] - 1))
        parts: list[tuple[int, np.ndarray | slice]] = []
        for start, stop in zip(starts, [*starts[1:], len(order)], strict=True):
            rows = order[start:stop]
            block = int(blocks[rows[0]])
            self.rows[block] += len(rows)
            parts.append((block, rows))
        return parts


def _rows_of(array: np.ndarray, columns: np.ndarray, fill: float) -> np.ndarray:
    """Rows of a block that may have fewer rows than there are columns."""
    chosen = np.full((len(columns), array.shape[1]), fill, array.dtype)
    known = columns < len(array)
    chosen[known] = array[columns[known]]
    return chosen


def typical_steps(columns: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Return the median time between successive different times of each column in seconds, infinite for a single time.

    Args:
        columns: Column of each row, shape ``[row]``.
        seconds: Time of each row, shape ``[row]``.
    """
    order = np.lexsort((seconds, columns))
    step = np.diff(seconds[order]).astype(float)
    valid = (np.diff(columns[order]) == 0) & (step > 0)
    steps = np.full(int(columns.max()) + 1, np.inf)
    medians = pd.Series(step[valid]).groupby(columns[order][1:][valid]).median()
    steps[medians.index.to_numpy(np.int64)] = medians.to_numpy()
    return steps


def _grown(
    blocks: dict[int, np.ndarray], block: int, height: int, fill: float, dtype: type, width: int = BLOCK_HOURS
) -> np.ndarray:
    """The array of a block with at least as many rows as ``height``."""
    array = blocks.get(block)
    if array is None or len(array) < height:
        larger: np.ndarray = np.full(
            (height if array is None else max(height, len(array) * 5 // 4), width), fill, dtype
        )
        if array is not None:
            larger[: len(array)] = array
        blocks[block] = array = larger
    return array


def _are_distinct(cells: np.ndarray) -> bool:
    size = int(cells.max()) + 1
    if size > 8 * len(cells):
        return len(np.unique(cells)) == len(cells)
    seen = np.zeros(size, bool)  # faster than sorting
    seen[cells] = True
    return int(np.count_nonzero(seen)) == len(cells)


def _bits(masks: np.ndarray) -> np.ndarray:
    """Number of bits set in each mask of 64 bits."""
    return np.unpackbits(masks[..., None].view(np.uint8), axis=-1).sum(-1, dtype=np.int64)
