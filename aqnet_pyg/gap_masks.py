"""Gaps of stations: masks that hide measurements the way they go missing, and lengths of gaps.

Masks are boolean arrays of shape ``[time, station]``, or ``[time, station, variable]`` for several pollutants, True where a
measurement is to be hidden, so that the truth is known wherever a mask is True. All random numbers come from the generator
that is given.
"""

from __future__ import annotations

import numpy as np

from aqnet_pyg.errors import InputError

GAP_BINS = (2, 4, 13, 49)
"""Inner bounds of the bins of gap length in hours; a length equal to a bound is in the longer bin."""

GAP_BIN_NAMES = ("1", "2-3", "4-12", "13-48", "longer")
"""Names of the bins of gap length, hours."""

LONGEST_OUTAGE = 72
"""Longest outage of all stations in hours that counts as gaps; longer ones, such as test months, are not part of the record."""

LEAST_SHIFT_DAYS = 7
"""Gaps are copied over at least this many days where the record is long enough, so that they are not copied onto themselves."""


def copied_gaps(missing: np.ndarray, rng: np.random.Generator, *, hours: np.ndarray | None = None) -> np.ndarray:
    """Draw a mask that copies the gaps of the record to other days.

    The gaps of all stations (and variables) are shifted together by a random number of whole days, from the end of the record
    on to its beginning. So lengths, hours of the day, and the way stations fail together are those of the record. Hours before
    the first and after the last measurement of a station are not gaps, and are not copied.

    Args:
        missing: Whether a measurement is missing, shape ``[time, station]`` or ``[time, station, variable]``, in consecutive
            hours.
        rng: Random generator.
        hours: Hours that gaps are copied from and to, bool, shape ``[time]``; default all, except periods of more than
            :data:`LONGEST_OUTAGE` hours without any measurement.

    Returns:
        bool array of the same shape, True at measurements to hide.

    Raises:
        InputError: If a shape is invalid, or fewer than two hours have measurements.
    """
    missing, chosen = _checked(missing, hours)
    if len(chosen) < 2:
        raise InputError(
            f"hours: gaps cannot be copied within a record of {len(chosen)} hours with measurements; "
            "give at least two, better some weeks."
        )
    gaps = missing[chosen] & _between_measurements(missing)[chosen]
    copied = np.roll(gaps, _shift(len(chosen), rng), axis=0)
    mask = np.zeros_like(missing)
    mask[chosen] = copied & ~missing[chosen]
    return mask


def network_outages(
    missing: np.ndarray,
    rng: np.random.Generator,
    *,
    every: float = 225.0,
    longest: int = 24,
    hours: np.ndarray | None = None,
) -> np.ndarray:
    """Draw a mask of hours in which no station measures.

    Outages begin at random hours, and the logarithms of their lengths are uniform, up to ``longest``.

    Args:
        missing: As for :func:`copied_gaps`.
        rng: Random generator.
        every: Mean number of hours for each outage.
        longest: Length of the longest outage in hours.
        hours: Hours that may be masked, bool, shape ``[time]``; default as for :func:`copied_gaps`.

    Returns:
        bool array of the same shape, True at measurements to hide.

    Raises:
        InputError: If a shape is invalid, or a number is below one.
    """
    missing, chosen = _checked(missing, hours)
    for name, value in (("every", every), ("longest", longest)):
        if not value >= 1:
            raise InputError(f"{name}: {value} was given; use at least 1 hour.")
    silent = np.zeros(len(missing), bool)
    for _ in range(rng.binomial(len(chosen), 1 / every)):
        start = rng.choice(chosen)
        length = int(np.exp(rng.uniform(0, np.log(longest + 1))))
        silent[start : start + length] = True
    masked = np.zeros_like(missing)
    masked[chosen] = silent[chosen].reshape(-1, *[1] * (missing.ndim - 1)) & ~missing[chosen]
    return masked


def gap_length(missing: np.ndarray) -> np.ndarray:
    """Return the length in hours of the gap that each hour is in.

    A gap that reaches the first or last hour has the length of its part in the record.

    Args:
        missing: Whether a measurement is missing, shape ``[time, station]``, in consecutive hours.

    Returns:
        int64 array of shape ``[time, station]``; 0 where a measurement is there.
    """
    before, after = hours_since_measured(missing), hours_since_measured(missing[::-1])[::-1]
    return np.where(missing, before + after - 1, 0)


def hours_since_measured(missing: np.ndarray) -> np.ndarray:
    """Return the hours since the last measurement of each station.

    Reverse the time axis before and after for the hours to the next measurement.

    Args:
        missing: Whether a measurement is missing, shape ``[time, station]``, in consecutive hours.

    Returns:
        int64 array of shape ``[time, station]``; 0 where a measurement is there, and counted from the hour before the record
        where there is none.
    """
    missing = np.asarray(missing, bool)
    position = np.arange(len(missing))[:, None]
    return position - np.maximum.accumulate(np.where(missing, -1, position), axis=0)


def gap_bins(length: np.ndarray) -> np.ndarray:
    """Return the bins of gap lengths.

    Args:
        length: Lengths in hours, as from :func:`gap_length`, any shape.

    Returns:
        Positions in :data:`GAP_BIN_NAMES`, of the same shape; -1 where the length is 0.
    """
    length = np.asarray(length)
    return np.where(length > 0, np.digitize(length, GAP_BINS), -1)


def by_gap_bin(length: np.ndarray) -> dict[str, np.ndarray]:
    """Return which lengths are in each bin.

    Args:
        length: Lengths in hours, as from :func:`gap_length`, any shape.

    Returns:
        For each name in :data:`GAP_BIN_NAMES`, a bool array of the same shape; lengths of 0 are in no bin.
    """
    number = gap_bins(length)
    return {name: number == position for position, name in enumerate(GAP_BIN_NAMES)}


def _checked(missing: np.ndarray, hours: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the array of missing measurements, and the positions of the hours."""
    missing = np.asarray(missing)
    if missing.ndim not in (2, 3) or missing.dtype != bool:
        raise InputError(
            f"missing: an array of {missing.dtype} of shape {missing.shape} was given; use bool, [time, station] or "
            "[time, station, variable]."
        )
    if hours is None:
        silent = np.asarray(missing.reshape(len(missing), -1).all(axis=1))
        outage = gap_length(silent[:, None])[:, 0]
        return missing, np.flatnonzero(outage <= LONGEST_OUTAGE)
    hours = np.asarray(hours)
    if hours.dtype != bool or hours.shape != missing.shape[:1]:
        raise InputError(
            f"hours: an array of {hours.dtype} of shape {hours.shape} was given; use bool, [{len(missing)}]."
        )
    return missing, np.flatnonzero(hours)


def _between_measurements(missing: np.ndarray) -> np.ndarray:
    """Return which hours are between the first and the last measurement of a station, of the shape of ``missing``."""
    measured = ~missing
    return np.logical_or.accumulate(measured, axis=0) & np.logical_or.accumulate(measured[::-1], axis=0)[::-1]


def _shift(hours: int, rng: np.random.Generator) -> int:
    """Draw a number of hours to shift by: whole days if there are two, and a week or more both ways if there are two."""
    days = hours // 24
    if days < 2:
        return int(rng.integers(1, hours))
    least = min(LEAST_SHIFT_DAYS, days // 2)
    return 24 * int(rng.integers(least, days - least + 1))
