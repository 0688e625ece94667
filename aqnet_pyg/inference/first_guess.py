"""First guesses at the cells of a grid, and beside the predictions in a product."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.inference.cf_products import Axes
from aqnet_pyg.inference.predictor import Predictor
from aqnet_pyg.readers.fields import sample, sample_lazily, with_first_guess
from aqnet_pyg.stations import variable_attributes

Fields = xr.DataArray | Sequence[xr.DataArray]
"""A first guess, or several."""


def add_first_guess(stations: xr.Dataset, fields: Fields | None, predictor: Predictor, on_grid: bool) -> xr.Dataset:
    """Return station data with the first guesses that a predictor reads.

    Args:
        stations: Station data.
        fields: The first guesses; None if they are variables of the station data, or not read.
        predictor: The predictor.
        on_grid: Whether cells of a grid are predicted.

    Raises:
        InputError: If first guesses are given that the predictor does not read, or are missing.
    """
    names = predictor.first_guess
    if fields is None:
        missing = [name for name in names if name not in stations]
        if missing or (names and on_grid):
            raise InputError(
                f"first_guess: the model was fitted with {' and '.join(names)}; give the field of the predicted hours"
                f"{'' if missing else ', which the cells of the grid need'}."
            )
        return stations
    count = 1 if isinstance(fields, xr.DataArray) else len(fields)
    if count != len(names):
        raise InputError(
            f"first_guess: {count} {'field was' if count == 1 else 'fields were'} given, but the model was fitted with "
            f"{len(names) or 'none'}; give as many."
        )
    return with_first_guess(stations, fields, predictor.target)


def first_guess_at_cells(
    fields: Fields, predictor: Predictor, cells: np.ndarray, hours: np.ndarray, lazy: bool
) -> xr.Dataset:
    """Sample first guesses at cells.

    Args:
        fields: The first guesses.
        predictor: The predictor that reads them.
        cells: Longitude and latitude in degrees, shape ``[cell, 2]``.
        hours: Ends of the hours, UTC.
        lazy: Whether to sample blocks of hours only when they are needed.

    Returns:
        A variable for each, dimensions ``(time, cell)``.
    """
    fields = [fields] if isinstance(fields, xr.DataArray) else fields
    take = sample_lazily if lazy else sample
    longitude, latitude = cells.T
    values = {
        name: (("time", "cell"), take(field, longitude, latitude, hours))
        for name, field in zip(predictor.first_guess, fields, strict=True)
    }
    return xr.Dataset(values, {"time": hours})


def beside_first_guess(product: xr.Dataset, target: str, guesses: xr.Dataset, axes: Axes) -> xr.Dataset:
    """Add the first guesses to a product, and the increment: the prediction minus the (first) first guess.

    Args:
        product: Predictions at stations or on a grid.
        target: The pollutant.
        guesses: First guesses at the same places, dimensions ``(time, ...)``; the hours include those of the product.
        axes: Axes of the product.
    """
    about = variable_attributes(target)
    prediction = product[target]
    fields = {}
    for name in guesses.data_vars:
        values = guesses[name].transpose("time", ...).sel(time=axes.time.ravel()).data.reshape(prediction.shape)
        if prediction.chunks and not isinstance(values, np.ndarray):
            values = values.rechunk(prediction.chunks)  # stores are written in these blocks
        attrs = {"long_name": f"{about['long_name']}: first guess", "units": about["units"]} | guesses[name].attrs
        fields[name] = (prediction.dims, values.astype(np.float32), attrs)
    first = next(iter(fields))
    increment = prediction.data - fields[first][1]
    label = {"long_name": f"{about['long_name']}: prediction minus first guess", "units": about["units"]}
    added = {**fields, f"{target}_increment": (prediction.dims, increment, label)}
    return product.assign(added)
