"""The covariates of a run: rasters, at the stations and for the grid."""

from __future__ import annotations

import logging
from typing import NamedTuple

import xarray as xr

from aqnet_pyg.commands.settings import TrainingSettings, names
from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid, box_around
from aqnet_pyg.readers.fields import covariates_on_grid, read_raster, with_covariates

log = logging.getLogger(__name__)


class Covariates(NamedTuple):
    """Rasters as covariates.

    Args:
        stations: Station data, with a variable for each covariate.
        on_grid: The covariates at the cells of the grid; None without rasters or a grid.
        names: The variables.
    """

    stations: xr.Dataset
    on_grid: xr.Dataset | None
    names: tuple[str, ...]


def open_covariates(settings: TrainingSettings, stations: xr.Dataset, grid: Grid | None = None) -> Covariates:
    """Read the rasters of the settings around station data, and add them to these.

    The rules that were applied are logged.

    Args:
        settings: Settings with the files and the radii.
        stations: Station data.
        grid: Grid on which the covariates are needed too.

    Raises:
        InputError: If a file cannot be read, or a radius is invalid.
    """
    paths = names(settings.covariates)
    if not paths:
        return Covariates(stations, None, ())
    try:
        radii = [float(radius) for radius in names(settings.covariate_radii)]
    except ValueError:
        raise InputError(
            f"covariate_radii: {settings.covariate_radii!r} was given; give kilometers separated by commas, such as 0,10."
        ) from None
    box = box_around(stations, grid, max(radii))
    rasters = [read_raster(path, bbox=box) for path in paths]
    for raster in rasters:
        for rule in raster.attrs["rules"]:
            log.info("%s: %s", raster.attrs["source"], rule)
    added = with_covariates(stations, rasters, radii)
    new = tuple(str(name) for name in added.data_vars if name not in stations.data_vars)
    for name in new:
        log.info("covariate %s: %s", name, added[name].attrs["comment"])
    return Covariates(added, None if grid is None else covariates_on_grid(grid, rasters, radii), new)
