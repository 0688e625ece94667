"""Errors with a message for the user: input that cannot be used, and optional packages that are not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

EXTRAS = {
    **dict.fromkeys(("networkx", "shapely"), "graph"),
    **dict.fromkeys(("jinja2", "matplotlib"), "report"),
    **dict.fromkeys(("pooch", "requests"), "download"),
    **dict.fromkeys(("dask", "distributed", "zarr"), "dask"),
    **dict.fromkeys(("h5py", "joblib", "scoringrules", "transformers"), "evaluation"),
    **dict.fromkeys(("hypothesis", "pytest"), "test"),
    "cfgrid": "grib",
    "gpboost": "gpboost",
    "pypots": "imputation",
    "pyproj": "projections",
    "rdata": "r",
    "rioxarray": "raster",
    "torch_cluster": "cluster",
    "verde": "verde",
    "yacs": "graphgym",
}
"""Optional packages, by the name that is imported, and the extra of ``aqnet-pyg`` that installs each."""


class InputError(ValueError):
    """Invalid input from the user.

    The message is one sentence that names the file or argument, the value found, and the remedy; of one with more than
    1,200 characters, the middle is left out. The command line prints it without a traceback.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message if len(message) <= 1200 else f"{message[:800]} ... {message[-390:]}")


@contextmanager
def reading_of(file: object, remedy: str) -> Iterator[None]:
    """Report exceptions that the content of a damaged file causes in a library as an error of this file.

    To be used around the reading of one file, or of a group of files that belong together, and around nothing else.

    Args:
        file: Path of the file, or what it is called in messages.
        remedy: What to do, without a full stop.

    Raises:
        InputError: Instead of any exception but an ``InputError`` and a missing package.
    """
    try:
        yield
    except (InputError, ModuleNotFoundError):
        raise
    except Exception as error:  # libraries raise many kinds for a file that is not theirs
        reason = (str(error).strip().splitlines() or [""])[0][:100]
        kind = type(error).__name__
        raise InputError(f"{file}: damaged, or not of the expected form ({kind}: {reason}); {remedy}.") from error


@contextmanager
def optional_imports() -> Iterator[None]:
    """Import optional packages; one that is missing is reported with the extra that installs it.

    Raises:
        ModuleNotFoundError: If a package is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRAS:
            raise
        message = f"{package} is not installed; use: pip install 'aqnet-pyg[{EXTRAS[package]}]'."
        raise ModuleNotFoundError(message, name=package) from error
