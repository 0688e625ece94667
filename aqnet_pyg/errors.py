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
    "torch_cluster": "cluster",
    "verde": "verde",
    "yacs": "graphgym",
}
"""Optional packages, by the name that is imported, and the extra of ``aqnet-pyg`` that installs each."""


class InputError(ValueError):
    """Invalid input from the user.

    The message is one sentence that names the file or argument, the value found, and the remedy. The
    command line prints it without a traceback.
    """


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
