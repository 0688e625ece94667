"""Faults in conformal intervals, their calibration, and how they stand in results."""

from faults.fault import Fault

TESTS = ()

_CALIBRATION = ("inference/test_calibration.py",)

FAULTS = [
    Fault("quantiles without the correction for few values", "conformal.py", 'method="weibull"', 'method="linear"'),
    Fault(
        "residuals with the wrong sign",
        "conformal.py",
        "residual = (truth - value) / scale",
        "residual = (value - truth) / scale",
    ),
    Fault(
        "residuals without their sign",
        "conformal.py",
        "residual = (truth - value) / scale",
        "residual = np.abs(truth - value) / scale",
    ),
    Fault("next level", "conformal.py", "round(100 * level) - 1", "min(round(100 * level), 98)"),
    Fault(
        "negative concentrations",
        "conformal.py",
        "np.maximum(value + scale * residual, 0.0)",
        "value + scale * residual",
    ),
    Fault(
        "scale of the calibration, not of the prediction",
        "conformal.py",
        "np.maximum(value + scale * residual, 0.0)",
        "np.maximum(value + scale.mean() * residual, 0.0)",
    ),
    Fault(
        "bounds in the nearer bin",
        "conformal.py",
        'np.searchsorted(BINS_KM, distance_km, side="right")',
        "np.searchsorted(BINS_KM, distance_km)",
    ),
    Fault("bins of one station", "conformal.py", "np.unique(station[inside]).size >= self.min_stations", "True"),
    Fault("bins of few values", "conformal.py", "inside.sum() >= self.min_count and", ""),
    Fault("no shrinkage", "conformal.py", "_EXPECTED_STATIONS = 8.0", "_EXPECTED_STATIONS = 0.0"),
    Fault(
        "shrinkage alone",
        "conformal.py",
        "self.residual_ = weight * found + (1 - weight) * expected",
        "self.residual_ = 0 * found + expected",
    ),
    Fault(
        "similar method that counts as eight stations",
        "conformal.py",
        "_SIMILAR_STATIONS = 40.0",
        "_SIMILAR_STATIONS = 8.0",
    ),
    Fault(
        "scale not shrunk toward a similar method",
        "conformal.py",
        "(1 - self._weight(self.stations_)) * log_ratio",
        "0 * log_ratio",
    ),
    Fault(
        "lead time ignored",
        "conformal.py",
        "            np.log1p(lead),\n",
        "            np.log1p(0 * np.asarray(lead)),\n",
    ),
    Fault(
        "centers of groups in kilometers",
        "conformal.py",
        "np.log1p(distance_km[these]).mean()",
        "distance_km[these].mean()",
    ),
    Fault(
        "distances of all groups alike",
        "conformal.py",
        "here, scale = np.log1p(distance_km),",
        "here, scale = 0 * np.log1p(distance_km),",
    ),
    Fault(
        "exponents not restored",
        "conformal.py",
        'tuple(state["scale"]), tuple(state["floor"])',
        '(state["scale"][0], 0.0, 0.0, 0.0), tuple(state["floor"])',
    ),
    Fault(
        "exponents in units of their deviations",
        "conformal.py",
        "(exponents + regression.coef_ * _DEVIATIONS)",
        "(exponents + regression.coef_)",
    ),
    Fault(
        "nearest quantile, not between two",
        "conformal.py",
        "below += 0.01 * np.clip((needed - low) / np.maximum(high - low, 1e-12), 0.0, 1.0)",
        "below += 0.01 * (needed > low)",
    ),
    Fault(
        "calibrated at the stations it was trained on",
        "inference/calibration.py",
        "result if model.window.task.own_history else result.sel(station=sorted(codes))",
        "result",
    ),
    Fault(
        "calibrated while their measurements are inputs",
        "inference/calibration.py",
        "stations, hidden=codes, at_visible",
        "stations, hidden=(), at_visible",
    ),
    Fault(
        "stations of two results confused",
        "inference/calibration.py",
        "np.searchsorted(codes, result.station.values.astype(str))",
        "np.arange(result.sizes['station'])",
    ),
    Fault(
        "coverage of the other stations",
        "inference/calibration.py",
        "~result.visible.values.astype(bool)",
        "result.visible.values.astype(bool)",
    ),
    Fault(
        "coverage of missing hours",
        "inference/calibration.py",
        "inside.where(measured.notnull()).mean()",
        "inside.mean()",
    ),
    Fault(
        "lower and upper exchanged",
        "inference/cf_products.py",
        'zip(("lower", "upper"), INTERVAL, strict=True)',
        'zip(("upper", "lower"), INTERVAL, strict=True)',
        ("inference/test_reanalysis.py", *_CALIBRATION),
    ),
    Fault(
        "interval of 80 %",
        "inference/cf_products.py",
        "INTERVAL = (0.05, 0.95)",
        "INTERVAL = (0.10, 0.90)",
        ("inference/test_reanalysis.py", *_CALIBRATION),
    ),
    Fault(
        "hours ahead not in the interval",
        "inference/cf_products.py",
        "lead = np.arange(1, horizon + 1, dtype=np.float32)[:, None] if horizon else np.float32(0)",
        "lead = np.float32(0)",
        ("inference/test_reanalysis.py", *_CALIBRATION),
    ),
    Fault(
        "distance to itself",
        "inference/cf_products.py",
        "    if model.window.task.own_history:\n",
        "    if True:\n",
        ("inference/test_reanalysis.py",),
    ),
    Fault(
        "measurements of the first hours",
        "inference/cf_products.py",
        ".sel(time=axes.time.ravel())",
        ".isel(time=np.arange(axes.time.size))",
        ("inference/test_reanalysis.py",),
    ),
    Fault(
        "spread of the day's maximum is its own maximum",
        "inference/averaging_periods.py",
        "mean = DailyMean(min_hours=18) if isinstance(average, DailyMaximum) else average",
        "mean = average",
    ),
    Fault(
        "long gaps filled, whatever their status",
        "inference/filling.py",
        "np.where(new, array, np.where(missing, np.nan, values))",
        "np.where(missing, array, values)",
    ),
    Fault(
        "long gaps filled",
        "inference/filling.py",
        "missing & (gap_length(missing) > longest)",
        "missing & (gap_length(missing) > 10 * longest)",
    ),
    Fault(
        "gaps of other stations",
        "inference/filling.py",
        "(array[:, columns] for array in all_stations)",
        "(array[:, : len(columns)] for array in all_stations)",
    ),
    Fault("jumps between cells interpolated", "inference/adaptive_grid.py", "<= tolerance", "<= 100 * tolerance"),
    Fault(
        "row and column of a cell exchanged",
        "inference/adaptive_grid.py",
        "(1 - down) * right, down * (1 - right)",
        "down * (1 - right), (1 - down) * right",
    ),
    Fault(
        "last hour of a period left out",
        "inference/reanalysis.py",
        'searchsorted(pd.Timestamp(end), side="right")) - 1',
        "searchsorted(pd.Timestamp(end))) - 1",
    ),
    Fault(
        "predictions one hour late",
        "inference/reanalysis.py",
        "offset, stride = first - window.margin, window.steps",
        "offset, stride = first - window.margin - 1, window.steps",
    ),
]
