"""Files of fields: which are there, and their data sets as they are stored."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

import xarray as xr

from aqnet_pyg.errors import InputError, optional_imports

PathLike = str | Path

_MAGIC = {
    b"\x89HDF\r\n\x1a\n": "h5netcdf",
    b"CDF\x01": "scipy",
    b"CDF\x02": "scipy",
    b"CDF\x05": "netcdf4",
    b"GRIB": "cfgrid",
    b"PK\x03\x04": "zip",
    b"\x1f\x8b": "gzip",
}
"""First bytes of files, and the engine that opens them."""

_STORE = (".zgroup", ".zmetadata", "zarr.json")
"""Files in the folder of a zarr store."""


def list_files(paths: PathLike | Sequence[PathLike]) -> list[Path]:
    """Return the files and zarr stores of a list of files, folders and patterns, sorted, each once.

    Args:
        paths: A file, a folder, a pattern such as ``cams/*.nc``, a zarr store, or a list of these.

    Raises:
        InputError: If there is no such file, or none in a folder.
    """
    given: Iterable[PathLike] = [paths] if isinstance(paths, str | Path) else paths
    found: set[Path] = set()
    for one in given:
        path = Path(one)
        if is_store(path) or path.is_file():
            found.add(path)
        elif path.is_dir():
            inside = {entry for entry in path.iterdir() if is_store(entry) or _engine(entry) or entry.suffix == ".csv"}
            if not inside:
                raise InputError(
                    f"{path}: there is no NetCDF or GRIB file or zarr store in the folder; give the files."
                )
            found |= inside
        else:
            matching = {Path(name) for name in glob.glob(str(path), recursive=True)}
            if not matching:
                raise InputError(f"{path}: there is no such file; give the files of the field.")
            found |= matching
    if not found:
        raise InputError("first guess: no file was given; give the files of the field.")
    return sorted(found)


def is_store(path: Path) -> bool:
    """Return whether a folder is a zarr store."""
    return path.is_dir() and any((path / name).exists() for name in _STORE)


def _engine(path: Path) -> str | None:
    """Engine that opens a file, from its first bytes."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        head = file.read(8)
    return next((engine for magic, engine in _MAGIC.items() if head.startswith(magic)), None)


def open_file(path: Path) -> list[xr.Dataset]:
    """Open a file without reading or decoding its values and times: one data set, or of GRIB one for each kind of level.

    Args:
        path: A NetCDF or GRIB file, or a zarr store.

    Raises:
        InputError: If it is none of these, or damaged.
        ModuleNotFoundError: If the package that reads it is not installed.
    """
    engine = "zarr" if is_store(path) else _engine(path)
    if engine in ("zip", "gzip"):
        raise InputError(f"{path}: the file is compressed ({engine}); unpack it first.")
    if engine is None:
        raise InputError(f"{path}: neither a NetCDF nor a GRIB file nor a zarr store; give the output of a model.")
    if engine == "netcdf4" and find_spec("netCDF4") is None:
        raise InputError(f"{path}: the file is of the kind CDF-5; install netCDF4, or convert it with nccopy -k nc4.")
    try:
        if engine == "cfgrid":
            with optional_imports():
                import cfgrid
            return list(cfgrid.open_datasets(str(path), backend_kwargs={"indexpath": ""}, decode_times=False))
        if engine == "zarr":
            with optional_imports():
                import zarr  # noqa: F401
        return [xr.open_dataset(path, engine=engine, decode_times=False, cache=False, chunks=None)]
    except (OSError, ValueError, KeyError, EOFError, TypeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path}: cannot be read ({reason}); check that the file is complete.") from error
