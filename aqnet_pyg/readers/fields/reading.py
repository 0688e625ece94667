"""Fields of atmospheric models, as hourly fields on the time axis of station data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import parse_box
from aqnet_pyg.readers.assembly.selection import edge_day
from aqnet_pyg.readers.fields.concentrations import conversion, density_variable, is_mass_ratio, plausible
from aqnet_pyg.readers.fields.conventions import FieldConvention, TimeLabel, recognize
from aqnet_pyg.readers.fields.form import SUFFIX, TIME
from aqnet_pyg.readers.fields.grids import FieldGrid, cells_in_box, read_grid
from aqnet_pyg.readers.fields.opening import PathLike, is_store, list_files, open_file
from aqnet_pyg.readers.fields.point_tables import read_points
from aqnet_pyg.readers.fields.times import HourlyPlan, Records, label_hours, plan_hours, read_records
from aqnet_pyg.readers.fields.variables import Terms, choose_levels, choose_variable
from aqnet_pyg.stations import POLLUTANTS, variable_attributes
from aqnet_pyg.text import counted

_LARGEST = 1 << 26
"""Number of values of a single file above which it is read lazily."""

_CHUNK = 1 << 22
"""Number of values of a lazy chunk."""


@dataclass(frozen=True)
class _Part:
    """The records of one file (or of one forecast in it), not yet read."""

    where: str
    dataset: xr.Dataset
    terms: Terms
    factor: float
    density: tuple[str, bool] | None
    convention: FieldConvention
    grid: FieldGrid
    records: Records | None
    rules: tuple[str, ...]
    store: bool


def read_field(
    paths: PathLike | Sequence[PathLike],
    target: str = "pm25",
    *,
    variable: str | None = None,
    units: str | None = None,
    level: float | None = None,
    time_label: TimeLabel | None = None,
    temperature: float | None = None,
    start: str | date | None = None,
    end: str | date | None = None,
    bbox: str | Sequence[float] | None = None,
) -> xr.DataArray:
    """Read a field of an atmospheric model as a first guess of station data.

    Conventions of CAMS, CMAQ, WRF-Chem, MERRA-2 and GEOS-CF are recognized
    (:data:`~aqnet_pyg.readers.fields.conventions.FIELD_CONVENTIONS`); other files are read by the CF conventions. Every rule that
    was applied is in the attribute ``rules``.

    Hours are labeled by their end, in UTC, as in station data. Hourly averages stand at their end, and instantaneous values at
    their time. Of longer steps, hours are interpolated linearly in time, and a record holds for at most half a step beyond the
    end of the field or the border of a gap; hours further away have no value.

    Args:
        paths: A NetCDF or GRIB file, a zarr store, a folder, a pattern such as ``cams/*.nc``, or a list of these; where their
            times overlap, values must be equal. Or a CSV file with the columns longitude, latitude and value: points at one time.
        target: The pollutant, a key of :data:`~aqnet_pyg.stations.POLLUTANTS`.
        variable: Name of the variable (or column); by default that of the conventions.
        units: Units of the variable, if the file does not state them; they replace those in the file.
        level: Value of the coordinate of the level (or its number from 0, if there is none), if there are several.
        time_label: The time that labels an average (``start``, ``center`` or ``end``), or ``instant``; by default that of the
            bounds of the times, or of the conventions.
        temperature: Temperature in °C at which mixing ratios of gases are converted to mass concentrations; by default 25.
        start: First day in UTC, from midnight on; or a month or year.
        end: Last day in UTC, until midnight; or a month or year.
        bbox: West, south, east, north in degrees; the cells around the border are kept for interpolation.

    Returns:
        ``<target>_first_guess``, float32 in the units of the pollutant, dimensions ``(time, latitude, longitude)`` with ascending
        coordinates, of other grids ``(time, y, x)`` or ``(time, point)`` with the coordinates ``longitude`` and ``latitude``;
        longitudes from -180 to 180 degrees. Hours without a value are left out. Without ``time`` if the file has no time. Lazy
        (dask) if there are several files, a zarr store, or a file of more than 67 million values.

    Raises:
        InputError: If a file cannot be read, a choice is ambiguous, units do not fit, files have different grids, or a time has
            two different values.
        ModuleNotFoundError: If an optional package is missing: cfgrid for GRIB, zarr, or pyproj for projected grids.
    """
    if target not in POLLUTANTS:
        raise InputError(f"target: {target!r} is not a pollutant; use one of {', '.join(POLLUTANTS)}.")
    box = None if bbox is None else parse_box("bbox", bbox)
    files = list_files(paths)
    where = str(files[0]) if len(files) == 1 else f"{files[0].parent} ({len(files)} files)"
    if any(file.suffix.lower() == ".csv" for file in files):
        if len(files) > 1:
            raise InputError(f"{where}: a table is one field at one time; give one CSV file.")
        return read_points(files[0], target, variable=variable, units=units, box=box)
    parts = [
        part
        for file in files
        for part in _parts(file, target, variable=variable, units=units, level=level, temperature=temperature)
    ]
    for part in parts[1:]:
        if not part.grid.same_cells(parts[0].grid):
            raise InputError(f"{part.where}: the grid differs from that of {parts[0].where}; read them one by one.")
        if part.convention is not parts[0].convention:
            raise InputError(
                f"{part.where}: this is output of {part.convention.title}, and {parts[0].where} of {parts[0].convention.title}; "
                "read them one by one."
            )
    if box is not None:
        parts = [replace(part, grid=cells_in_box(part.grid, box, where)) for part in parts]
    rules = list(dict.fromkeys(rule for part in parts for rule in part.rules))
    lazy = find_spec("dask") is not None and (len(parts) > 1 or parts[0].store or _size(parts[0]) > _LARGEST)
    if any(part.records is None for part in parts):
        if len(parts) > 1:
            raise InputError(f"{where}: there are several files, but not all have times; give one file.")
        values = _read(parts[0], None, target, lazy)
        rules.append("The file has no time: the field is taken for all hours.")
    else:
        values, more = _hourly(parts, target, time_label, (start, end), lazy, where)
        rules += more
    values = values.assign_coords(parts[0].grid.coordinates()).rename(f"{target}{SUFFIX}")
    source = files[0].name if len(files) == 1 else f"{files[0].name} and {counted(len(files) - 1, 'more file')}"
    values.attrs = {**variable_attributes(target), "long_name": f"first guess of {POLLUTANTS[target].label}"}
    values.attrs |= {"rules": rules, "source": source}
    return values


def _parts(
    file: Path,
    target: str,
    *,
    variable: str | None,
    units: str | None,
    level: float | None,
    temperature: float | None,
) -> list[_Part]:
    """The records of a file: one part, or one for each reference time of its forecasts."""
    where = str(file)
    failures = []
    for dataset in open_file(file):
        convention = recognize(dataset)
        try:
            terms = choose_variable(dataset, convention, target, variable, where)
        except InputError as error:  # GRIB: another kind of level may have it
            failures.append(error)
            continue
        values = dataset[terms.first]
        grid = read_grid(dataset, values, where)
        records = read_records(dataset, values, where)
        keep = {*grid.dims, *(records.dims if records else ())}
        levels, rules = choose_levels(values, keep, convention, level, where)
        present = units if units is not None else _units(dataset, terms, where)
        factor, rule = conversion(target, present, temperature, f"{where}: {terms.first}")
        density = None
        if is_mass_ratio(present or ""):
            density = density_variable(dataset)
            if density is None:
                raise InputError(
                    f"{where}: {terms.first} is a mixing ratio ({present}), and there is no density of air in the file; give a "
                    "concentration, or add the variable AIRDENS in kg m-3."
                )
        rules = [terms.rule, *rules, *([grid.rule] if grid.rule else []), *([rule] if rule else [])]
        dataset = dataset.isel({name: position for name, position in levels.items() if name in dataset.dims})
        part = _Part(where, dataset, terms, factor, density, convention, grid, records, tuple(rules), is_store(file))
        return _split(part)
    raise failures[0]


def _units(dataset: xr.Dataset, terms: Terms, where: str) -> str | None:
    """Units of the variables, which must be the same."""
    units = {str(dataset[name].attrs["units"]) if "units" in dataset[name].attrs else None for name in terms.weights}
    if len(units) > 1:
        raise InputError(f"{where}: {', '.join(terms.weights)} have different units; give them (units=).")
    return units.pop()


def _split(part: _Part) -> list[_Part]:
    """Parts of one dimension of time: forecasts are split by their reference times (or lead times, if there are fewer)."""
    records = part.records
    if records is None or records.time.ndim < 2:
        return [part]
    if records.time.ndim > 2:
        raise InputError(f"{part.where}: the times have the dimensions {records.dims}; use two at most.")
    axis = int(np.argmin(records.time.shape))
    parts = []
    for position in range(records.time.shape[axis]):
        one = Records((records.dims[1 - axis],), np.take(records.time, position, axis))
        parts.append(replace(part, dataset=part.dataset.isel({records.dims[axis]: position}), records=one))
    return parts


def _size(part: _Part) -> int:
    """Number of values of a part."""
    cells = int(np.prod([len(positions) for positions in part.grid.positions.values()]))
    return cells * (1 if part.records is None else part.records.time.size)


def _read(part: _Part, rows: np.ndarray | None, target: str, lazy: bool) -> xr.DataArray:
    """Concentrations in some rows of time (all, of one without times), with the standard dimensions; lazy if asked for."""
    where = {dim: _as_slice(positions) for dim, positions in part.grid.positions.items()}
    time = part.records.dims if part.records is not None else ()
    if time and rows is not None:
        where[time[0]] = _as_slice(rows)
    names = [*part.terms.weights, *([part.density[0]] if part.density else [])]
    arrays = {}
    for name in names:
        variable = part.dataset[name].variable
        variable = variable.isel({dim: position for dim, position in where.items() if dim in variable.dims})
        if lazy:
            cells = int(np.prod([size for dim, size in variable.sizes.items() if dim not in time]))
            variable = variable.chunk({dim: max(_CHUNK // cells, 1) if dim in time else -1 for dim in variable.dims})
        arrays[name] = xr.DataArray(variable)
    values = sum((arrays[name] * weight for name, weight in part.terms.weights.items()), start=xr.DataArray(0.0))
    values = values.astype(np.float64) * part.factor
    if part.density is not None:
        name, inverse = part.density
        values = values / arrays[name] if inverse else values * arrays[name]
    values = plausible(values, target)
    values = values.rename(dict(zip(part.grid.dims, part.grid.standard, strict=True)))
    if part.records is None:
        return values.transpose(*part.grid.standard)
    values = values.rename({time[0]: "time"}) if time else values.expand_dims("time")
    return values.transpose("time", *part.grid.standard)


def _as_slice(positions: np.ndarray) -> slice | np.ndarray:
    """Successive positions as a slice, which files are read by without detours."""
    steps = np.diff(positions)
    if len(positions) and (steps == 1).all():
        return slice(int(positions[0]), int(positions[-1]) + 1)
    if len(positions) and (steps == -1).all():
        return slice(int(positions[0]), int(positions[-1]) - 1 if positions[-1] else None, -1)
    return positions


def _hourly(
    parts: list[_Part],
    target: str,
    time_label: TimeLabel | None,
    period: tuple[str | date | None, str | date | None],
    lazy: bool,
    where: str,
) -> tuple[xr.DataArray, list[str]]:
    """The hours of a period, interpolated from the records of all files, and the rules in words."""
    found = [part.records for part in parts if part.records is not None]
    sizes = [records.time.size for records in found]
    time = np.concatenate([records.time.reshape(-1) for records in found])
    edges = [records.bounds.reshape(-1, 2) for records in found if records.bounds is not None]
    bounds = np.concatenate(edges) if len(edges) == len(found) else None
    cell_methods = str(parts[0].dataset[parts[0].terms.first].attrs.get("cell_methods", ""))
    labels, rule = label_hours(Records(("time",), time, bounds), parts[0].convention, cell_methods, time_label, where)
    labels, group = np.unique(labels, return_inverse=True)
    plan, interpolated = plan_hours(labels, where)
    plan = _within_period(plan, period, where)
    needed, position = np.unique(np.concatenate([plan.lower, plan.upper]), return_inverse=True)
    lower, upper = position.reshape(2, -1)
    owner = np.repeat(np.arange(len(parts)), sizes)
    row = np.concatenate([np.arange(size) for size in sizes])
    records = np.array([_one_record(parts, owner, row, np.flatnonzero(group == label), target) for label in needed])
    arrays, order = [], []
    for number in np.unique(owner[records]):
        mine = np.flatnonzero(owner[records] == number)
        mine = mine[np.argsort(row[records[mine]])]
        arrays.append(_read(parts[number], row[records[mine]], target, lazy))
        order.append(mine)
    values = xr.concat(arrays, "time") if len(arrays) > 1 else arrays[0]
    back = np.argsort(np.concatenate(order))
    return _interpolated(values, back[lower], back[upper], plan), [rule, *([interpolated] if interpolated else [])]


def _interpolated(values: xr.DataArray, lower: np.ndarray, upper: np.ndarray, plan: HourlyPlan) -> xr.DataArray:
    """Hours between records; a record that is not needed for an hour does not make it NaN."""
    before = values.isel(time=_as_slice(lower))
    if plan.weight.any():
        weight = xr.DataArray(plan.weight.astype(np.float32), dims="time")
        after = values.isel(time=upper)
        before = before.where(weight == 0, before * (1 - weight) + after * weight)
    coordinate = ("time", plan.hours.to_numpy("datetime64[ns]"), dict(TIME))
    return before.assign_coords(time=coordinate)


def _one_record(parts: list[_Part], owner: np.ndarray, row: np.ndarray, same: np.ndarray, target: str) -> int:
    """The first of the records of one time, which must be equal."""
    if len(same) > 1:
        first, *others = (_read(parts[owner[one]], row[[one]], target, False).values for one in same)
        for number, values in zip(same[1:], others, strict=True):
            if not np.array_equal(first, values, equal_nan=True):
                part = parts[owner[same[0]]]
                records = part.records
                assert records is not None
                time = records.time.reshape(-1)[row[same[0]]]
                raise InputError(
                    f"{part.where}: the values of {time} UTC differ from those in {parts[owner[number]].where}; give one value "
                    "for each time, such as the first day of each forecast."
                )
    return int(same[0])


def _within_period(plan: HourlyPlan, period: tuple[str | date | None, str | date | None], where: str) -> HourlyPlan:
    """The hours between two days in UTC, with midnight on both sides."""
    hours = plan.hours
    first = hours.min() if period[0] is None else pd.Timestamp(edge_day("start", period[0], "start_time"))
    last = (
        hours.max() if period[1] is None else pd.Timestamp(edge_day("end", period[1], "end_time")) + pd.Timedelta("1D")
    )
    within = (hours >= first) & (hours <= last)
    if not within.any():
        raise InputError(
            f"start: {where} has no hour from {first} to {last}; it has hours from {hours.min()} to {hours.max()} (UTC)."
        )
    return plan.within(within)
