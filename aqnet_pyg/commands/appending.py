"""Results of a run that a trained model continues: ``aqnet reanalyze --append``."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.commands.run_folder import RunFolder
from aqnet_pyg.commands.run_plan import aligned
from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid
from aqnet_pyg.text import counted
from aqnet_pyg.training.begun import differences

if TYPE_CHECKING:
    from aqnet_pyg.inference.trained_model import TrainedModel

log = logging.getLogger(__name__)

_MAY_DIFFER = (
    "path",
    "start",
    "end",
    "append",
    "out",
    "resume",
    "dask",
    "checkpoint",
    "device",
    "days",
    "any_size",
    "strict",
    "borders",
)
"""Settings that may differ between the runs that continue a result. The model is compared by its hash."""


@dataclass(frozen=True)
class Earlier:
    """Results that are continued.

    Args:
        stations: Predictions at stations.
        grid: Predictions on the grid.
        metrics: Content of ``metrics.json``.
        model: The model.
    """

    stations: xr.Dataset
    grid: xr.Dataset
    metrics: dict[str, Any]
    model: TrainedModel

    @classmethod
    def of(cls, folder: Path, settings: Mapping[str, Any], model: TrainedModel) -> Earlier | None:
        """Open the results of a folder; None if it has none.

        Args:
            folder: The folder.
            settings: Settings of the run that continues them, as JSON types.
            model: Its model.

        Raises:
            InputError: If they are those of another model, or of other settings.
        """
        if not (folder / "metrics.json").is_file():
            return None
        run = RunFolder(folder)
        metrics = run.metrics
        if metrics.get("model_sha256") != model.fingerprint():
            raise InputError(
                f"{folder}: its results are of another model than this checkpoint; continue them with {folder}/aqnet.ckpt, or "
                "give another folder (--out)."
            )
        before = metrics.get("settings", {})
        if before.get("checkpoint") is None:
            raise InputError(
                f"{folder}: its results are of the run in which the model was trained; give another folder (--out) for those "
                "that are continued."
            )
        if different := differences(before, settings, _MAY_DIFFER):
            raise InputError(
                f"{folder}: its results were computed with {different}; give the same, or another folder (--out)."
            )
        return cls(_opened(run.stations), _opened(run.grid), metrics, model)

    @property
    def resume(self) -> pd.Timestamp:
        """First hour to predict again, UTC: its window, or its horizon, ends after the last hour of the results."""
        window, axis = self.model.window, self.stations.indexes[self.model.window.time_dim]
        if window.horizon:
            return axis[axis > axis[-1] - window.horizon * pd.Timedelta("1h")][0]
        return aligned(axis[-1] - (window.margin - 1) * pd.Timedelta("1h"), window)

    @property
    def cells(self) -> Grid:
        """The grid of the results."""
        return Grid(self.grid.longitude.values, self.grid.latitude.values)

    def hidden(self, data: xr.Dataset) -> tuple[str, ...]:
        """Return the codes of the hidden stations, which stay hidden; new stations of the data are visible.

        Args:
            data: Station data.
        """
        places = data.station.values[data["visible"].values == 0] if "visible" in data.coords else []
        before = self.stations.station.values[self.stations.visible.values == 0]
        return tuple(sorted({*map(str, places), *map(str, before)}))

    def with_stations(self, data: xr.Dataset) -> xr.Dataset:
        """Return station data with all stations of the results, without measurements where the data lack them.

        Args:
            data: Station data.
        """
        codes = [str(code) for code in data.station.values]
        old = [str(code) for code in self.stations.station.values]
        lost, new = sorted(set(old) - set(codes)), sorted(set(codes) - set(old))
        if new:
            log.info("%s not in the earlier results: %s", counted(len(new), "station"), ", ".join(new[:5]))
        if not lost:
            return data
        log.info(
            "%s of the earlier results without measurements: %s", counted(len(lost), "station"), ", ".join(lost[:5])
        )
        extended = data.reindex(station=[*codes, *lost])
        known = self.stations.reset_coords("visible", drop=True) if "visible" in self.stations.coords else self.stations
        known = known.sel(station=lost)
        for name, coordinate in data.coords.items():
            if coordinate.dims == ("station",) and name != "station" and name in known:
                values = np.concatenate([coordinate.values, known[name].values])
                extended = extended.assign_coords({str(name): ("station", values, coordinate.attrs)})
        return extended.assign_attrs(data.attrs)


def continued(earlier: xr.Dataset, new: xr.Dataset, dim: str) -> xr.Dataset:
    """Return a result with the hours of another one, which replace equal hours.

    Stations of one of them only are missing in the other. Values without a time are those of the new result. Hours between
    both are missing.

    Args:
        earlier: The result, of stations or a grid.
        new: The other one.
        dim: Its dimension along time, hours or hours of issue.
    """
    static = [name for name, variable in new.variables.items() if dim not in variable.dims]
    if "station" in new.dims:
        codes = sorted({*map(str, earlier.station.values), *map(str, new.station.values)})
        if codes != [str(code) for code in earlier.station.values]:
            earlier = earlier.reindex(station=codes)
    first, last = new[dim].values[[0, -1]]
    parts = [earlier.isel({dim: earlier[dim].values < first}), new, earlier.isel({dim: earlier[dim].values > last})]
    moving = [
        part.drop_vars([name for name in part.variables if dim not in part[name].dims and name not in part.indexes])
        for part in parts
        if part.sizes[dim]
    ]
    names = [str(name) for name in new.data_vars if name not in static]
    moving = [part[names].transpose(*new[names[0]].dims) for part in moving]
    joined = xr.concat(moving, dim, join="outer", coords="minimal", compat="override", combine_attrs="override")
    if dim == "time":
        hours = pd.date_range(joined.indexes[dim][0], joined.indexes[dim][-1], freq="h", name=dim)
        joined = joined if joined.indexes[dim].equals(hours) else joined.reindex({dim: hours})
    joined = joined.assign({str(name): new[name] for name in new.data_vars if name in static})
    joined = joined.assign_coords({str(name): new[name] for name in new.coords if name in static})
    for name, variable in joined.variables.items():
        variable.attrs = dict(new[name].attrs)
    return joined[[str(name) for name in new.data_vars]].assign_attrs(new.attrs)


def periods(earlier: Earlier | None, metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one entry for each run that wrote hours of a result: its period, data, errors at visible stations and versions.

    Args:
        earlier: Results that are continued; None for new ones.
        metrics: Content of ``metrics.json`` of the last run.
    """
    first, last = metrics["split"]["time"]["prediction"]
    entry = {"first": first, "last": last} | {name: metrics[name] for name in ("data_sha256", "monitoring", "versions")}
    before = [] if earlier is None else earlier.metrics.get("periods", [])
    return [one for one in before if (one["first"], one["last"]) != (first, last)] + [entry]


def _opened(result: xr.Dataset) -> xr.Dataset:
    """Load a file, which will be replaced; the blocks of a store stay where they are until then."""
    if result.chunks:
        dim = "forecast_reference_time" if "lead" in result.dims else "time"
        return result.assign_coords({name: array.load() for name, array in result.coords.items()}).assign(
            {name: array.load() for name, array in result.data_vars.items() if dim not in array.dims}
        )
    with result:
        return result.load()
