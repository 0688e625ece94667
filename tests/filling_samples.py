"""A small model of gaps for tests: the mean of the hour, within 10 of it; hours without measurements are not filled."""

from dataclasses import dataclass

import numpy as np

from aqnet_pyg.inference import STATUS


@dataclass
class HourlyMean:
    """Estimates a missing hour by the mean of the stations that measured in it."""

    target: str
    stations: tuple[str, ...]
    others: tuple[str, ...] = ()

    @classmethod
    def of(cls, data, target="pm25"):
        return cls(target, tuple(data.station.values))

    def fill(self, values, time, others=()):
        assert values.dtype == np.float64
        assert time.dtype == "datetime64[h]"
        missing = np.isnan(values)
        count = (~missing).sum(axis=1, keepdims=True)
        mean = np.nansum(values, axis=1, keepdims=True) / np.where(count, count, np.nan)
        estimate = np.where(missing, mean, values)
        status = np.where(missing, np.where(count, STATUS["filled"], STATUS["not_filled_nothing_measured_near"]), 0)
        half = np.where(missing, 10.0, 0.0)
        return estimate, estimate - half, estimate + half, status.astype(np.int8)
