"""Fields of atmospheric models as a first guess, and rasters: read, brought to the form of station data, sampled at places."""

from __future__ import annotations

from aqnet_pyg.readers.fields.rasters import read_raster
from aqnet_pyg.readers.fields.reading import read_field
from aqnet_pyg.readers.fields.sampling import sample, sample_lazily
from aqnet_pyg.readers.fields.station_fields import with_first_guess
from aqnet_pyg.readers.fields.surroundings import covariates_on_grid, with_covariates

__all__ = [
    "covariates_on_grid",
    "read_field",
    "read_raster",
    "sample",
    "sample_lazily",
    "with_covariates",
    "with_first_guess",
]
