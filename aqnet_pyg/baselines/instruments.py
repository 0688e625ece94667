"""Calibration of classes of instruments at the monitors around them: gain, offset, growth with humidity and error variance."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import xarray as xr

from aqnet_pyg.baselines.base import tuning_hours
from aqnet_pyg.baselines.coordinates import Coordinates, coordinates_of, nearest_km, values_of
from aqnet_pyg.baselines.error_variance import ERROR_VARIANCE
from aqnet_pyg.baselines.kriging import OrdinaryKriging
from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import HUMIDITY, MONITOR, instruments_of
from aqnet_pyg.text import counted

log = logging.getLogger(__name__)

MOST_HUMID = 95.0
"""Relative humidities above this (in %) count as this: the growth has no limit at saturation."""

FEWEST_MONITORS = 5
"""Monitors without which nothing is calibrated."""

VARIANCES = (0.03, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6)
"""Error variances that are tried for a class, in units of the sill."""

FEW_HOURS = 48
"""Hours in which they are tried."""

SUSPECT = 16.0
"""A station whose mean squared error is more than so many times the median of its class is suspect."""

SMALLEST_GAIN = 0.1
"""A class with a smaller gain does not follow the monitors and is not used."""

NEAR_KM = 15.0
"""Distance of the nearest monitor at which the weight of a station in the calibration has decreased to 1/e: kriging from monitors
in towns is too high in the country."""

ROUNDS = 5
"""Rounds in which stations with large errors are given less weight in the calibration of their class."""

SUSPECT_ATTRIBUTES = {
    "long_name": "whether the instrument has much larger errors than others of its class",
    "flag_values": np.array([0, 1], np.int8),
    "flag_meanings": "usual suspect",
}
"""Attributes of the coordinate ``instrument_suspect`` along ``station``."""


class ClassCalibration(NamedTuple):
    r"""Readings of a class of instruments: :math:`a + (b + c \, g) \, z` at the concentration z.

    Args:
        offset: a, in the units of the readings.
        gain: b.
        growth: c, the change of the gain with the growth of particles :math:`g = h / (1 - h)` at relative humidity h; 0 if it is
            not known.
        mean_humid: Mean of g, that stands for g where the humidity is not known.
        error_variance: Of a corrected reading beyond that of a monitor, as a fraction of the sill.
    """

    offset: float
    gain: float
    growth: float
    mean_humid: float
    error_variance: float

    def formula(self, name: str) -> str:
        """Return the relation of readings to concentrations as text.

        Args:
            name: Name of the class.
        """
        growth = f" (gain + {self.growth:.3g} RH / (1 - RH))" if self.growth else ""
        return f"{name} = {self.offset:.3g} + {self.gain:.3g} x concentration{growth}"


@dataclass(frozen=True)
class InstrumentCalibration:
    """Calibration of all classes but the monitors, and the stations with larger errors than others of their class.

    The growth with humidity is that of kappa-Koehler theory for a gain that is proportional to the volume of particles (Crilley
    et al. 2018, doi 10.5194/amt-11-709-2018).

    Args:
        target: The pollutant.
        classes: Calibration by class. Readings of a class that does not follow the monitors, or is not among them, are not used.
        suspects: Mean squared error of suspect stations over the median of their class, by code.
    """

    target: str
    classes: Mapping[str, ClassCalibration]
    suspects: Mapping[str, float]

    @classmethod
    def fit(cls, training: xr.Dataset, target: str) -> Self | None:
        r"""Calibrate at the places of the instruments, against kriging of the monitors.

        The readings of a class are regressed on the kriging estimates at their places, weighted by the inverse variance of these.
        As the estimate is the mean of the concentration given the monitors, errors of the estimate do not bias the regression
        (Berkson 1950, doi 10.1080/01621459.1950.10483349). Stations with larger errors than the median of their class have less
        weight. The error variance of a class is the one with which all instruments together have the least leave-one-out error at
        the monitors; that of suspect stations is larger, in proportion to their squared error.

        Args:
            training: Station data of visible stations in the training hours.
            target: The pollutant.

        Returns:
            The calibration, or None where there are no two classes, or fewer than five monitors measured.
        """
        found = cls._at_monitors(training, target)
        if found is None:
            return None
        raw, kriging, hours = found
        calibrated = raw._with_variances(training.isel(time=hours), kriging)
        for name, each in calibrated.classes.items():
            log.info("instruments: %s; error variance %.2g of the sill", each.formula(name), each.error_variance)
        if raw.suspects:
            log.warning(
                "instruments: suspect, with less weight than others of their class: %s", ", ".join(raw.suspects)
            )
        return calibrated

    @classmethod
    def compare(cls, stations: xr.Dataset, target: str) -> Self | None:
        """Calibrate without the search for error variances, which are 1: enough to see gains and suspects, in less time.

        Args:
            stations: Station data.
            target: The pollutant.

        Returns:
            As for :meth:`fit`.
        """
        found = cls._at_monitors(stations, target)
        return None if found is None else found[0]

    @classmethod
    def _at_monitors(cls, training: xr.Dataset, target: str) -> tuple[Self, OrdinaryKriging, np.ndarray] | None:
        """Return the calibration with error variances of 1, the kriging of the monitors, and the hours used, ``[hour]``."""
        classes = instruments_of(training)
        measured = training[target].notnull().any("time").values
        monitors = (classes == MONITOR) & measured
        others = sorted(set(classes[measured]) - {MONITOR})
        if not others:
            return None
        if monitors.sum() < FEWEST_MONITORS:
            log.warning(
                "instruments: %s measured %s, too few to calibrate %s; all instruments are used alike",
                counted(int(monitors.sum()), "monitor"),
                target,
                " and ".join(others),
            )
            return None
        values, coordinates = values_of(training, target), coordinates_of(training)
        hours = tuning_hours(values[:, monitors], "the calibration of instruments")
        values, humid = values[hours], _growth(training.isel(time=hours))
        kriging = OrdinaryKriging().fit(_at(coordinates, monitors), values[:, monitors])
        found: dict[str, ClassCalibration] = {}
        suspects: dict[str, float] = {}
        for name in others:
            which = (classes == name) & measured
            estimate, std = kriging.predict(_at(coordinates, which), values[:, monitors], return_std=True)
            near = np.exp(-nearest_km(_at(coordinates, which), _at(coordinates, monitors)) / NEAR_KM)
            calibration, errors = _calibrated(values[:, which], estimate, std, humid[:, which], near)
            if calibration is None:
                log.warning("instruments: the class %s does not follow the monitors; its readings are not used", name)
                continue
            found[name] = calibration
            ratio = errors / np.nanmedian(errors)
            codes = training.station.values[which]
            suspects |= {str(code): float(each) for code, each in zip(codes, ratio, strict=True) if each > SUSPECT}
        return cls(target, found, suspects), kriging, hours

    def corrected(self, data: xr.Dataset) -> xr.Dataset:
        """Return station data with corrected readings and the coordinates ``error_variance`` and ``instrument_suspect``.

        Readings of monitors are left as they are. Corrected readings below 0 become 0.

        Args:
            data: Station data; chunked data are corrected when they are computed.

        Raises:
            InputError: If the data have no classes of instruments.
        """
        if "instrument" not in data.coords:
            raise InputError(
                f"instrument: the model corrects readings of {', '.join(sorted(self.classes)) or 'other classes'}, and the data "
                "have no classes of instruments; give the coordinate instrument along station (a column instrument_class in "
                "tables), with 'monitor' where nothing is to be corrected."
            )
        classes = instruments_of(data)
        codes = data.station.values.astype(str)
        empty = ClassCalibration(np.nan, np.nan, 0.0, 0.0, 0.0)
        monitor = ClassCalibration(0.0, 1.0, 0.0, 0.0, 0.0)
        known = {**self.classes, MONITOR: monitor}
        each = [known.get(name, empty) for name in classes]
        offset, gain, growth, mean, variance = (
            xr.DataArray(np.array(part), dims="station") for part in zip(*each, strict=True)
        )
        reading = data[self.target]
        humid = _growth_of(data[HUMIDITY]).fillna(mean) if HUMIDITY in data else mean
        value = ((reading - offset) / (gain + growth * humid)).clip(min=0)
        corrected = reading.where(xr.DataArray(classes == MONITOR, dims="station"), value).astype(reading.dtype)
        corrected = corrected.transpose(*reading.dims).assign_attrs(reading.attrs)
        factor = np.array([self.suspects.get(code, 1.0) for code in codes])
        about = {"long_name": "variance of errors beyond those of a monitor, as a fraction of the sill"}
        return data.assign({self.target: corrected}).assign_coords(
            {
                ERROR_VARIANCE: ("station", variance.values * factor, about),
                "instrument_suspect": ("station", (factor > 1).astype(np.int8), dict(SUSPECT_ATTRIBUTES)),
            }
        )

    def _with_variances(self, training: xr.Dataset, kriging: OrdinaryKriging) -> Self:
        """Choose the error variance of each class by the leave-one-out error at monitors, one class after another, twice."""
        classes = dict(self.classes)
        range_km, nugget = kriging.range_km_, kriging.nugget_
        monitors = np.flatnonzero(instruments_of(training) == MONITOR)
        coordinates, values = coordinates_of(training), values_of(self.corrected(training), self.target)

        few = values[np.sort(np.random.default_rng(0).permutation(len(values))[:FEW_HOURS])]

        def error(trial: Mapping[str, ClassCalibration]) -> float:
            with_trial = type(self)(self.target, trial, self.suspects).corrected(training)
            variances = with_trial[ERROR_VARIANCE].values
            fitted = OrdinaryKriging(range_km=range_km, nugget=nugget).fit(coordinates, values[:0], variances)
            return float(np.nanmean(np.abs(fitted.left_out(few, monitors) - few[:, monitors])))

        for _ in range(2):
            for name, each in classes.items():
                trials = {var: classes | {name: each._replace(error_variance=var)} for var in VARIANCES}
                classes = min(trials.values(), key=error)
            variances = type(self)(self.target, classes, self.suspects).corrected(training)[ERROR_VARIANCE].values
            tuned = OrdinaryKriging().fit(coordinates, values, variances)
            range_km, nugget = tuned.range_km_, tuned.nugget_
        return type(self)(self.target, classes, self.suspects)

    def notes(self, data: xr.Dataset) -> list[str]:
        """Return sentences on what was done with the readings of each class, and on suspect stations.

        Args:
            data: Station data to which the calibration is applied.
        """
        classes = instruments_of(data)
        codes = data.station.values.astype(str)
        notes = [
            f"Instruments: {each.formula(name)}; readings are corrected by it." for name, each in self.classes.items()
        ]
        for name in sorted(set(classes) - {MONITOR, *self.classes}):
            number = counted(int((classes == name).sum()), "station")
            notes.append(f"Instruments: {number} of the class {name}, for which there is no calibration, are not used.")
        suspects = [code for code in codes if code in self.suspects]
        if suspects:
            notes.append(
                f"Instruments: {counted(len(suspects), 'station')} with much larger errors than others of their class, which "
                f"keep little weight: {', '.join(suspects)}."
            )
        return notes

    def state(self) -> dict[str, Any]:
        """Numbers and texts, for a checkpoint."""
        return {
            "target": self.target,
            "classes": {name: each._asdict() for name, each in self.classes.items()},
            "suspects": dict(self.suspects),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Undo :meth:`state`.

        Args:
            state: As :meth:`state` returned it.
        """
        classes = {name: ClassCalibration(**each) for name, each in state["classes"].items()}
        return cls(state["target"], classes, state["suspects"])


def _calibrated(
    readings: np.ndarray, estimate: np.ndarray, std: np.ndarray, humid: np.ndarray, near: np.ndarray
) -> tuple[ClassCalibration | None, np.ndarray]:
    """Calibrate a class from readings ``[time, station]``; also return the mean squared error of each station, in variances."""
    use = np.isfinite(readings) & np.isfinite(estimate) & (std > 0)
    mean_humid = float(np.nanmean(humid)) if np.isfinite(humid).any() else 0.0
    growth = np.where(np.isfinite(humid), humid, mean_humid)
    columns = [np.ones_like(estimate), estimate]
    if use.any() and np.ptp(growth[use]) > 0:
        columns.append(estimate * growth)
    design = np.stack(columns, axis=-1)
    precision = np.where(use, 1 / np.where(use, std, 1.0) ** 2, 0.0)
    count = use.sum(axis=0)
    near = near / np.max(near, where=count > 0, initial=np.finfo(float).tiny)
    weight = np.where(count > 0, near, 0.0)
    errors = np.full(len(count), np.nan)
    solution = np.array([0.0, 1.0, 0.0])
    for _ in range(ROUNDS):
        root = np.sqrt(precision * weight)[use]
        solution = np.zeros(3)
        solution[: design.shape[-1]] = np.linalg.lstsq(design[use] * root[:, None], readings[use] * root, rcond=None)[0]
        if solution[2] < 0 or solution[1] < SMALLEST_GAIN < solution[1] + solution[2] * mean_humid:
            design = design[..., :2]  # readings do not grow with humidity
            solution = np.zeros(3)
            solution[:2] = np.linalg.lstsq(design[use] * root[:, None], readings[use] * root, rcond=None)[0]
        if solution[1] < SMALLEST_GAIN:
            return None, errors
        slope = solution[1] + solution[2] * growth
        residual = np.where(use, readings - solution[0] - slope * estimate, 0.0) / slope
        errors = np.sum(residual**2 * precision, axis=0) / np.where(count > 0, count, np.nan)
        median = np.nanmedian(errors)
        weight = np.where(count > 0, near * median / np.fmax(errors, median), 0.0)
    offset, gain, of_growth = (float(each) for each in solution)
    return ClassCalibration(offset, gain, of_growth, mean_humid, 1.0), errors


def _at(coordinates: Coordinates, which: np.ndarray) -> Coordinates:
    return coordinates[0][which], coordinates[1][which]


def _growth(data: xr.Dataset) -> np.ndarray:
    """Growth of particles at stations, ``[time, station]``; NaN where the humidity is not known."""
    if HUMIDITY not in data:
        return np.full((data.sizes["time"], data.sizes["station"]), np.nan)
    return _growth_of(data[HUMIDITY]).transpose("time", "station").values.astype(np.float64)


def _growth_of(humidity: xr.DataArray) -> xr.DataArray:
    share = humidity.where((humidity >= 0) & (humidity <= 100)).clip(max=MOST_HUMID) / 100
    return share / (1 - share)
