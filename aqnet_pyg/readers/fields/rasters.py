"""Maps of what does not change with time, such as elevation, land cover or population."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError, optional_imports, reading_of
from aqnet_pyg.grid import parse_box
from aqnet_pyg.readers.fields.grids import cells_in_box, read_grid
from aqnet_pyg.readers.fields.opening import PathLike, open_file

_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
"""First bytes of a TIFF file."""

_FILL = (-9999.0, -99999.0, -32768.0, float(np.finfo(np.float32).min))
"""Values that stand for missing ones in many rasters that do not declare it."""


def read_raster(
    path: PathLike, variable: str | None = None, *, bbox: str | Sequence[float] | None = None
) -> xr.DataArray:
    """Read a raster: GeoTIFF in any projection, or NetCDF or zarr with one value at each place.

    Args:
        path: The file.
        variable: Name of the variable of NetCDF, or number of the band of GeoTIFF, from 1; not needed if there is only one.
        bbox: West, south, east, north in degrees; the cells around the border are kept for interpolation. Large rasters need it.

    Returns:
        Float32 array named like the variable, of GeoTIFF like the file; dimensions ``(latitude, longitude)`` with ascending
        coordinates in degrees, of projected rasters ``(y, x)`` with the coordinates ``longitude`` and ``latitude``; NaN where
        missing. The attributes ``source`` and ``rules`` have the file and what was assumed.

    Raises:
        InputError: If the file cannot be read, has no coordinate reference system, more than one variable, or times.
        ModuleNotFoundError: If rioxarray is not installed, for GeoTIFF, or pyproj, for projected NetCDF.
    """
    path = Path(path)
    box = None if bbox is None else parse_box("bbox", bbox)
    if not path.exists():
        raise InputError(f"{path}: there is no such file; give a raster as GeoTIFF or NetCDF.")
    is_tiff = path.is_file() and _first_bytes(path) in _TIFF
    dataset, name = _open_tiff(path, variable, box) if is_tiff else _open_netcdf(path, variable)
    values = dataset[name]
    grid = read_grid(dataset, values, str(path))
    others = {dim: size for dim, size in values.sizes.items() if dim not in grid.dims}
    if any(size > 1 for size in others.values()):
        found = ", ".join(f"{size} values along {dim!r}" for dim, size in others.items())
        raise InputError(
            f"{path}: {name!r} has {found}; choose one, and write it to a file of its own, such as with xarray."
        )
    grid = grid if box is None else cells_in_box(grid, box, str(path))
    with reading_of(path, "check that the file is complete"):
        array = (
            values.isel(dict.fromkeys(others, 0)).isel(grid.positions).transpose(*grid.dims).values.astype(np.float32)
        )
    filled = np.isin(array, np.array(_FILL, np.float32))
    rules = [grid.rule] if grid.rule else []
    if filled.any():
        found = ", ".join(f"{value:g}" for value in np.unique(array[filled]))
        rules.append(f"{found} taken as missing in {filled.sum()} cells.")
    attrs = {key: str(values.attrs[key]) for key in ("long_name", "units") if values.attrs.get(key)}
    return xr.DataArray(
        np.where(filled, np.float32(np.nan), array),
        grid.coordinates(),
        grid.standard,
        path.stem if is_tiff else name,
        attrs | {"source": path.name, "rules": rules},
    )


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _open_tiff(path: Path, band: str | None, box: tuple[float, float, float, float] | None) -> tuple[xr.Dataset, str]:
    """A band of a GeoTIFF file, in the form of the CF conventions."""
    with optional_imports():
        import rioxarray
        from rioxarray.exceptions import NoDataInBounds
    try:
        raster = rioxarray.open_rasterio(path, mask_and_scale=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error}); check that the file is complete.") from error
    assert isinstance(raster, xr.DataArray)  # a list only of formats with subdatasets
    numbers = [str(number) for number in raster.band.values]
    if band is None and len(numbers) > 1:
        raise InputError(f"{path}: there are {len(numbers)} bands; choose one by its number, 1 to {numbers[-1]}.")
    if band is not None and band not in numbers:
        raise InputError(f"{path}: there is no band {band!r}; the bands are 1 to {numbers[-1]}.")
    raster = raster.isel(band=numbers.index(band or "1"), drop=True)
    if raster.rio.crs is None:
        raise InputError(f"{path}: the file has no coordinate reference system; assign it, such as with gdal_edit.py.")
    if box is not None and not raster.rio.crs.is_geographic:
        # Two cells more on each side, which cells_in_box then reduces to those around the border; a degree has 110 km or less.
        margin = 2 * max(map(abs, raster.rio.resolution())) / 50_000.0
        west, south, east, north = box
        wide = (west - margin, max(south - margin, -90.0), east + margin, min(north + margin, 90.0))
        try:
            raster = raster.rio.clip_box(*wide, crs="EPSG:4326")
        except NoDataInBounds:
            raise InputError(
                f"{path}: the raster does not overlap the box {west:g},{south:g},{east:g},{north:g}."
            ) from None
    raster = raster.rename("values").rio.write_coordinate_system()
    return raster.to_dataset(), "values"


def _open_netcdf(path: Path, variable: str | None) -> tuple[xr.Dataset, str]:
    """A file of the CF conventions, and the name of the variable."""
    dataset = open_file(path)[0]
    names = [str(name) for name, one in dataset.data_vars.items() if one.ndim >= 2 and one.dtype.kind in "fiu"]
    names = [name for name in names if not name.lower().endswith(("_bnds", "_bounds"))]
    if variable is not None and variable not in names:
        raise InputError(f"{path}: there is no variable {variable!r}; use one of {', '.join(names) or 'another file'}.")
    if variable is None and len(names) != 1:
        found = (
            f"{', '.join(names)} are there; choose one" if names else "there is no map of numbers; give another file"
        )
        raise InputError(f"{path}: {found}.")
    name = variable or names[0]
    with reading_of(path, "check its attributes"):
        return xr.decode_cf(dataset, decode_times=False), name
