"""Splits of station data: stations to hide, and hours for training, validation and test.

All splits depend on a seed and on the station codes, not on their order. A list of hidden stations can be written to a
text file, so that others can hide the same ones.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import check_coordinates, pollutants_in, reference_stations
from aqnet_pyg.text import counted

KM_PER_DEGREE = 111.195
"""Kilometers of one degree of latitude."""


@dataclass(frozen=True)
class StationSplit:
    """Stations in three parts that share none: station codes, sorted.

    Args:
        visible: Their measurements are inputs, in training too.
        validation: Measured like the visible ones, but kept out of training for early stopping.
        hidden: Only their coordinates are known, until the scores are computed.
    """

    visible: tuple[str, ...]
    validation: tuple[str, ...]
    hidden: tuple[str, ...]


@dataclass(frozen=True)
class TimeSplit:
    """Hours in three parts, in this order and without overlap: positions on the time axis, for ``isel(time=...)``.

    Args:
        train: Hours for training and for scalers.
        validation: Hours for early stopping and the choice of models.
        test: Hours for the scores.
    """

    train: slice
    validation: slice
    test: slice

    @classmethod
    def by_fraction(cls, hours: int, validation: float = 0.1, test: float = 0.2) -> Self:
        """Split by shares of the time axis; what is left of them, at the beginning, is for training.

        Args:
            hours: Length of the time axis.
            validation: Share for validation.
            test: Share for the test, at the end.

        Raises:
            InputError: If the shares are out of range, or a part has no hour.
        """
        _check_fraction("validation", validation)
        _check_fraction("test", test)
        return cls._at(hours, round(hours * (1 - test - validation)), round(hours * (1 - test)))

    @classmethod
    def by_date(
        cls, time: np.ndarray | pd.DatetimeIndex, validation: str | pd.Timestamp, test: str | pd.Timestamp
    ) -> Self:
        """Split at two dates.

        Args:
            time: The time axis, ascending, UTC, shape ``[time]``.
            validation: First hour of validation, UTC.
            test: First hour of the test, UTC.

        Raises:
            InputError: If a part has no hour.
        """
        starts = pd.DatetimeIndex(time).searchsorted(pd.DatetimeIndex([validation, test]))
        return cls._at(len(time), int(starts[0]), int(starts[1]))

    @classmethod
    def _at(cls, hours: int, validation: int, test: int) -> Self:
        parts = {"train": (0, validation), "validation": (validation, test), "test": (test, hours)}
        for name, (start, end) in parts.items():
            if not 0 <= start < end:
                raise InputError(
                    f"time split: no hour of {hours} is left for {name}; "
                    "choose other shares or dates, or read more data."
                )
        return cls(**{name: slice(*ends) for name, ends in parts.items()})


@dataclass(frozen=True)
class Split:
    """Stations and hours of station data, for training, validation and test.

    Args:
        stations: The parts of the stations.
        time: The parts of the hours.
    """

    stations: StationSplit
    time: TimeSplit

    @classmethod
    def of(cls, data: xr.Dataset, hidden: str | Path | float = 0.0, seed: int = 0, target: str | None = None) -> Self:
        """Hide stations, and keep a tenth of the others and a tenth of the hours for validation, a fifth of the hours for test.

        Stations whose coordinate ``visible`` is 0 are hidden too, such as the places without measurements in a table. Stations
        are drawn from the monitors that measured the target; the others are visible, since nothing could be compared there.
        Where no station is a monitor, they are drawn from all.

        Args:
            data: Station data.
            hidden: A file with the codes of hidden stations, or the fraction to hide at random.
            seed: Random seed of the drawn stations.
            target: Pollutant to predict; default any of the data.

        Raises:
            InputError: As :func:`choose_hidden`, or if too few stations measured the target.
        """
        codes, _, measured = _measured_codes(data, target)
        least = 3 if _is_file(hidden) or float(str(hidden)) else 2
        if len(measured) < least:
            raise InputError(
                f"station data: {counted(len(measured), 'station')} with measurements of {target or 'a pollutant'}, too few to "
                f"train on, to validate and to hide; give at least {least}{', or hide none (--hidden 0)' if least == 3 else ''}."
            )
        chosen = hidden_stations(data, hidden, seed, target)
        others = set(codes) - chosen
        validation = _draw(others, measured - chosen, 0.1, seed)
        stations = StationSplit(*(tuple(sorted(part)) for part in (others - validation, validation, chosen)))
        return cls(stations, TimeSplit.by_fraction(data.sizes["time"]))

    @property
    def measuring(self) -> list[str]:
        """Codes of the stations that are not hidden, sorted."""
        return sorted(self.stations.visible + self.stations.validation)

    def training_data(self, data: xr.Dataset) -> xr.Dataset:
        """Return the visible stations in the training hours.

        Args:
            data: Station data.
        """
        return data.sel(station=list(self.stations.visible)).isel(time=self.time.train)

    def validation_data(self, data: xr.Dataset) -> xr.Dataset:
        """Return the visible and the validation stations in the validation hours.

        Args:
            data: Station data.
        """
        codes = [*self.stations.visible, *self.stations.validation]
        return data.sel(station=codes).isel(time=self.time.validation)

    def to_dict(self, data: xr.Dataset) -> dict[str, Any]:
        """Number of stations, codes of the hidden ones, and first and last hour of each part, for JSON.

        Args:
            data: Station data.
        """
        hours = data.indexes["time"]
        return {
            "stations": {name: len(codes) for name, codes in asdict(self.stations).items()},
            "hidden": list(self.stations.hidden),
            "time": {name: [str(hours[part][0]), str(hours[part][-1])] for name, part in asdict(self.time).items()},
        }


def hidden_stations(
    data: xr.Dataset, hidden: str | Path | float = 0.0, seed: int = 0, target: str | None = None
) -> set[str]:
    """Return the codes of the stations that are hidden: those of a file or drawn, and those whose coordinate ``visible`` is 0.

    Args:
        data: Station data.
        hidden: As for :meth:`Split.of`.
        seed: Random seed of the drawn stations.
        target: Pollutant to predict; default any of the data.

    Raises:
        InputError: As :func:`choose_hidden`, or if no station that measured the target is left.
    """
    codes, places, measured = _measured_codes(data, target)
    chosen, others = set(codes[places]), set(codes[~places])
    if _is_file(hidden):
        chosen |= set(read_hidden(str(hidden), codes))
    elif float(str(hidden)):
        chosen |= _draw(others, measured, float(str(hidden)), seed)
    if measured and measured <= chosen:
        raise InputError(
            f"hidden: all {len(measured)} stations with measurements are hidden, so nothing is left to predict from; "
            "hide fewer."
        )
    return chosen


def _measured_codes(data: xr.Dataset, target: str | None) -> tuple[np.ndarray, np.ndarray, set[str]]:
    """Return the codes, which of them are places without measurements, and the codes of monitors with measurements."""
    codes = np.array([str(code) for code in data.station.values], dtype=object)
    places = np.zeros(len(codes), bool) if "visible" not in data.coords else data["visible"].values == 0
    return codes, places, set(codes[~places & _which_measured(data, target) & reference_stations(data)])


def random_hidden(codes: Collection[str], fraction: float, seed: int = 0) -> tuple[str, ...]:
    """Hide stations at random.

    Args:
        codes: Station codes.
        fraction: Share of them to hide, between 0 and 1; at least one station is hidden.
        seed: Random seed.

    Returns:
        Codes of the hidden stations, sorted.

    Raises:
        InputError: If the fraction is out of range, or no station would stay visible.
    """
    codes = _sorted(codes)
    count = _number("fraction", fraction, len(codes))
    chosen = np.random.default_rng(seed).choice(len(codes), count, replace=False)
    return tuple(codes[i] for i in sorted(chosen))


def blocked_hidden(
    codes: Sequence[str],
    coordinates: tuple[np.ndarray, np.ndarray],
    fraction: float,
    seed: int = 0,
    block_km: float = 150.0,
) -> tuple[str, ...]:
    """Hide all stations of some blocks, so that a hidden station has no visible one nearby.

    The blocks are rows of latitude cut into pieces, about ``block_km`` on each side. In random order, each is hidden
    unless that would hide more than the fraction.

    Args:
        codes: Station codes.
        coordinates: Their longitudes and latitudes in degrees, each of shape ``[station]``.
        fraction: Share of the stations to hide, between 0 and 1; at least one block is hidden.
        seed: Random seed of the order.
        block_km: Side of a block in kilometers.

    Returns:
        Codes of the hidden stations, sorted.

    Raises:
        InputError: If the fraction or the coordinates are out of range, or no station would stay visible.
    """
    longitude, latitude = (np.asarray(axis, np.float64) for axis in coordinates)
    check_coordinates(longitude, latitude, "coordinates")
    if not len(codes) == len(longitude) == len(latitude):
        raise InputError(
            f"coordinates: {len(longitude)} longitudes and {len(latitude)} latitudes were given "
            f"for {len(codes)} codes; give one of each a code."
        )
    row = np.floor(latitude * KM_PER_DEGREE / block_km)
    middle = np.radians((row + 0.5) * block_km / KM_PER_DEGREE)
    width = block_km / (KM_PER_DEGREE * np.maximum(np.cos(middle), 0.01))
    column = np.floor(longitude % 360 / width)
    wanted = _number("fraction", fraction, len(_sorted(codes)))
    stations = pd.DataFrame({"code": [str(code) for code in codes], "row": row, "column": column})
    blocks = [list(block) for _, block in stations.groupby(["row", "column"])["code"]]
    if len(blocks) == 1:
        raise InputError(
            f"block_km: all {len(codes)} stations lie in one block of {block_km:g} km, so none would stay visible; "
            "use smaller blocks."
        )
    hidden: list[str] = []
    for i in np.random.default_rng(seed).permutation(len(blocks)):
        if len(hidden) + len(blocks[i]) <= wanted:
            hidden += blocks[i]
    return tuple(sorted(hidden or min(blocks, key=len)))


def choose_hidden(codes: Collection[str], wanted: str | Path | float, seed: int = 0) -> tuple[str, ...]:
    """Hide the stations of a file, or a fraction at random.

    Args:
        codes: Station codes.
        wanted: Path of a list in the format of :func:`write_hidden`, or a fraction; 0 hides none.
        seed: Random seed.

    Raises:
        InputError: As :func:`read_hidden` and :func:`random_hidden`.
    """
    if _is_file(wanted):
        return read_hidden(str(wanted), codes)
    fraction = float(str(wanted))
    return () if fraction == 0 else random_hidden(codes, fraction, seed)


def _which_measured(data: xr.Dataset, target: str | None) -> np.ndarray:
    """Whether each station has a value of the target, or of any pollutant, shape ``[station]``."""
    names = [target] if target in data else pollutants_in(data)
    measured = [data[name].notnull().any("time").values for name in names]
    return np.logical_or.reduce(measured) if measured else np.ones(data.sizes["station"], bool)


def _draw(codes: Collection[str], measured: Collection[str], fraction: float, seed: int) -> set[str]:
    """Draw stations at random; if one of them measured nothing, or all are drawn that measured, from those that measured."""
    drawn = set(random_hidden(codes, fraction, seed))
    return drawn if drawn < set(measured) else set(random_hidden(measured, fraction, seed))


def _is_file(wanted: str | Path | float) -> bool:
    try:
        float(str(wanted))
    except ValueError:
        return True
    return False


def split_stations(
    codes: Collection[str], hidden: Collection[str], validation_fraction: float = 0.1, seed: int = 0
) -> StationSplit:
    """Split the stations in three parts; validation stations are drawn at random from those that are not hidden.

    Args:
        codes: Codes of all stations.
        hidden: Codes of the hidden stations, all among ``codes``.
        validation_fraction: Share of the stations that are not hidden to use for validation, between 0 and 1.
        seed: Random seed.

    Raises:
        InputError: If a hidden station is unknown, the fraction is out of range, or no station would stay visible.
    """
    codes, hidden = _sorted(codes), _sorted(hidden)
    _check_known("hidden", hidden, codes)
    others = sorted(set(codes) - set(hidden))
    if not others:
        raise InputError(
            f"hidden: all {len(codes)} stations are hidden, so nothing is left to predict from; hide fewer."
        )
    validation = random_hidden(others, validation_fraction, seed)
    return StationSplit(tuple(sorted(set(others) - set(validation))), validation, tuple(hidden))


def write_hidden(path: str | Path, codes: Collection[str], comment: str) -> None:
    """Write a list of hidden stations: comment lines that begin with ``#``, then one code per line.

    Args:
        path: The text file; an existing one is replaced atomically.
        codes: Codes of the hidden stations.
        comment: How the list was made.
    """
    lines = [f"# {line}".rstrip() for line in comment.splitlines()] + _sorted(codes)
    path = Path(path)
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
    temporary.replace(path)


def read_hidden(path: str | Path, codes: Collection[str] | None = None) -> tuple[str, ...]:
    """Read a list of hidden stations in the format of :func:`write_hidden`.

    Args:
        path: The text file; empty lines, and lines that begin with ``#``, are skipped.
        codes: Codes of all stations, to check against; ``None`` does not check.

    Returns:
        Codes of the hidden stations, sorted.

    Raises:
        InputError: If the file cannot be read, holds no code, or holds one that is not known.
    """
    try:
        lines = [line.strip() for line in Path(path).read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path}: the list of hidden stations cannot be read ({error}); name a text file with one code a line."
        ) from error
    hidden = sorted({line for line in lines if line and not line.startswith("#")})
    if not hidden:
        raise InputError(f"{path}: no station code was found; write one code a line.")
    if codes is not None:
        _check_known(str(path), hidden, codes)
    return tuple(hidden)


def _check_known(where: str, hidden: Sequence[str], codes: Collection[str]) -> None:
    unknown = sorted(set(hidden) - set(codes))
    if unknown:
        raise InputError(
            f"{where}: {len(unknown)} of {len(hidden)} hidden stations are not in the data "
            f"(first: {', '.join(unknown[:3])}); use station codes such as {min(codes)}."
        )


def _check_fraction(name: str, fraction: float) -> None:
    if not 0 < fraction < 1:
        raise InputError(f"{name}: {fraction} was given; use a share between 0 and 1.")


def _number(name: str, fraction: float, stations: int) -> int:
    _check_fraction(name, fraction)
    count = max(1, round(fraction * stations))
    if count >= stations:
        raise InputError(
            f"{name}: {fraction} of {stations} stations would leave none visible; use less, or more stations."
        )
    return count


def _sorted(codes: Collection[str]) -> list[str]:
    unique = sorted({str(code) for code in codes})
    if len(unique) != len(codes):
        raise InputError(f"codes: {len(codes) - len(unique)} station codes occur more than once; codes must be unique.")
    return unique


def measured_span(data: xr.Dataset, target: str) -> xr.Dataset:
    """Return the hours from the first to the last with a measurement of a pollutant at any station.

    Args:
        data: Station data.
        target: The pollutant.
    """
    measured = np.flatnonzero(data[target].notnull().any("station").values)
    return data.isel(time=slice(measured[0], measured[-1] + 1))
