"""Faults in indices and limit values: units, averages, breakpoints, rounding, categories, local days."""

from faults.fault import Fault

TESTS = ("levels",)

FAULTS = [
    Fault("molar mass of NO", "levels/units.py", '"no2": 46.006', '"no2": 30.006'),
    Fault("conversion at 0 °C", "levels/units.py", "(temperature + _ZERO_CELSIUS)", "_ZERO_CELSIUS"),
    Fault(
        "ratio and mass exchanged",
        "levels/units.py",
        "_RATIO[plain] / parts / _MASS[units]",
        "_RATIO[plain] * parts / _MASS[units]",
    ),
    Fault("milligrams as micrograms", "levels/units.py", '"mgm3": "mg m-3"', '"mgm3": "ug m-3"'),
    Fault("old units stay in the attributes", "levels/units.py", '{**values.attrs, "units": units}', "values.attrs"),
    Fault(
        "hour that ends at midnight in the next day",
        "levels/averaging.py",
        'values.indexes["time"] + self.utc_offset - first * _HOUR',
        'values.indexes["time"] + self.utc_offset - (first - 1) * _HOUR',
    ),
    Fault(
        "days of daylight saving time",
        "levels/averaging.py",
        "first.utcoffset() - (first.dst() or timedelta())",
        "first.utcoffset()",
    ),
    Fault("missing hours closed up", "levels/averaging.py", "    if (steps == 1).all():\n", "    if True:\n"),
    Fault(
        "fill values averaged",
        "levels/averaging.py",
        "values.where(~((values < 0) | (values > SMALLEST_FILL)))",
        "values",
    ),
    Fault(
        "daily mean needs an hour more",
        "levels/averaging.py",
        'folded.count("hour") >= self.min_hours',
        'folded.count("hour") > self.min_hours',
    ),
    Fault(
        "daily mean of any hours",
        "levels/averaging.py",
        'folded.mean("hour", keep_attrs=True).where(folded.count("hour") >= self.min_hours)',
        'folded.mean("hour", keep_attrs=True)',
    ),
    Fault("running mean of any hours", "levels/averaging.py", "min_periods=self.min_hours", "min_periods=1"),
    Fault("running means of the night count", "levels/averaging.py", ".isel(hour=slice(self.count))", ""),
    Fault("running mean of the previous day", "levels/averaging.py", "self.mean.hours + self.first)", "self.first)"),
    Fault("exceedance on an incomplete day lost", "levels/averaging.py", " | (highest > self.valid_above)", ""),
    Fault("NowCast without its least weight", "levels/averaging.py", ".clip(min=0.5)", ""),
    Fault(
        "NowCast weights the oldest hour most",
        "levels/averaging.py",
        "np.arange(11, -1, -1, dtype=hourly.dtype)",
        "np.arange(12, dtype=hourly.dtype)",
    ),
    Fault("NowCast of one recent hour", "levels/averaging.py", '.count("ago") >= 2', '.count("ago") >= 1'),
    Fault("year of few days", "levels/averaging.py", ".where(years.count() >= self.min_days)", ""),
    Fault("season of five months", "levels/averaging.py", "day=6, min_periods=6", "day=5, min_periods=5"),
    Fault(
        "truncation replaced by rounding",
        "levels/united_states.py",
        '"pm25": Rounding(0.1, "down")',
        '"pm25": Rounding(0.1, "half_up")',
    ),
    Fault(
        "ties up for ties to even",
        "levels/standard.py",
        '"even": np.rint',
        '"even": lambda steps: np.floor(steps + 0.5)',
    ),
    Fault(
        "last bit of a binary fraction decides",
        "levels/standard.py",
        "np.round(values.astype(np.float64) / self.step, 3)",
        "values.astype(np.float64) / self.step",
    ),
    Fault(
        "breakpoint of PM2.5 in China",
        "levels/china.py",
        '"pm25_24h": _iaqi(35, 75, 115',
        '"pm25_24h": _iaqi(35, 80, 115',
    ),
    Fault(
        "breakpoint of PM2.5 before 2024", "levels/united_states.py", "_classes(0, 9.0, 9.1,", "_classes(0, 12.0, 12.1,"
    ),
    Fault(
        "index of China not rounded up",
        "levels/china.py",
        'index_rounding=Rounding(1, "up")',
        'index_rounding=Rounding(1, "half_up")',
    ),
    Fault(
        "index above the last breakpoint constant",
        "levels/standard.py",
        'if self.extrapolation == "linear":',
        "if False:",
    ),
    Fault(
        "ozone's 8-hour index of the EPA above 0.200 ppm",
        "levels/united_states.py",
        '0.106, 0.200, extrapolation="constant"',
        '0.106, 0.200, extrapolation="linear"',
    ),
    Fault(
        "limit of PM2.5 in China",
        "levels/china.py",
        '("pm25_24h", _CHINA_MEAN, 35, 75)',
        '("pm25_24h", _CHINA_MEAN, 35, 80)',
    ),
    Fault(
        "interim targets in reversed order",
        "levels/who_and_eu.py",
        "(guideline, *reversed(interim))",
        "(guideline, *interim)",
    ),
    Fault(
        "ozone days of the EPA begin at midnight", "levels/united_states.py", "first=7, count=17", "first=0, count=17"
    ),
    Fault(
        "EU limits of 2030 in force", "levels/who_and_eu.py", 'default_level="until_2029"', 'default_level="from_2030"'
    ),
    Fault(
        "least index of the pollutants",
        "levels/index.py",
        "partial(xr.apply_ufunc, np.fmax,",
        "partial(xr.apply_ufunc, np.fmin,",
    ),
    Fault(
        "a missing pollutant makes the index missing",
        "levels/index.py",
        "partial(xr.apply_ufunc, np.fmax,",
        "partial(xr.apply_ufunc, np.maximum,",
    ),
    Fault(
        "fallback everywhere",
        "levels/index.py",
        "index.where(index.notnull() | mean.isnull(), index_of(fallback))",
        "index_of(fallback)",
    ),
    Fault(
        "category above the bound",
        "levels/index.py",
        "1 + np.searchsorted(upper, values)",
        '1 + np.searchsorted(upper, values, side="right")',
    ),
    Fault(
        "primary pollutant of clean air",
        "levels/index.py",
        "((one == index) & (index > rules.primary_above))",
        "(one == index)",
    ),
    Fault(
        "units of the standard ignored",
        "levels/index.py",
        "values = convert_units(hourly[pollutant], pollutant, units[pollutant])",
        "values = hourly[pollutant]",
    ),
    Fault(
        "an average at the limit exceeds it",
        "levels/compliance.py",
        "return _rounded(values, limit) > value",
        "return _rounded(values, limit) >= value",
    ),
    Fault(
        "not rounded before the comparison",
        "levels/compliance.py",
        "return np.round(limit.rounding(values), 6)",
        "return np.round(values, 6)",
    ),
    Fault(
        "level that is just missed",
        "levels/compliance.py",
        "np.searchsorted(upper, np.nan_to_num(_rounded(values, limit)))",
        "np.searchsorted(upper[1:], np.nan_to_num(_rounded(values, limit)))",
    ),
    Fault(
        "threshold of an alert is the limit itself",
        "inference/exceedances.py",
        "return float(above[np.argmax(np.round(limit.rounding(above), 6) > value)])",
        "return float(value)",
    ),
    Fault(
        "probability of not exceeding",
        "conformal.py",
        "np.where(np.isnan(needed), np.nan, 1 - below)",
        "np.where(np.isnan(needed), np.nan, below)",
    ),
    Fault(
        "alerts below the asked probability",
        "inference/exceedances.py",
        "stacked.probability.values >= least",
        "stacked.probability.values <= least",
    ),
]
