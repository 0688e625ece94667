"""A field of a transport model as first guess: snapshots of real regions, or a simulated network with its true field."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.ensembles.folds import block_spacing
from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.first_guess_case import FirstGuessCase
from aqnet_pyg.evaluation.protocol import MethodOptions, Request, Scored
from aqnet_pyg.evaluation.protocols.aqi36 import refuse_options
from aqnet_pyg.evaluation.protocols.station_lists import hidden_folds, measured_stations
from aqnet_pyg.evaluation.reconstruction import ReconstructionProtocol
from aqnet_pyg.evaluation.result_cache import MethodResult
from aqnet_pyg.readers.fields import read_field
from aqnet_pyg.resolver import ClassPath, build
from aqnet_pyg.stations import make_station_data

if TYPE_CHECKING:
    from aqnet_pyg.evaluation.reconstruction_methods import Reconstruction

DAYS = {"train": slice(0, 10), "validation": slice(10, 12), "test": slice(12, 20)}
"""Days of the simulation that are used for each purpose. Of the test days every fifth hour is scored, so that all
hours of the day are."""

START = "2016-12-01"
"""First day of the simulation."""

OTHER_YEAR = 1
"""Seed of the simulation whose first guess stands for that of another year."""

_DRIFT = "aqnet_pyg.baselines.FirstGuessKriging"
_GSTOOLS = "aqnet_pyg.baselines.GSToolsDriftKriging"

ROWS: dict[str, tuple[ClassPath, str]] = {
    "kriging-drift": (_DRIFT, "right"),
    "kriging-drift-log": ({"class_path": _DRIFT, "init_args": {"log": True}}, "right"),
    "gstools-drift": (_GSTOOLS, "right"),
    "gstools-drift-log": ({"class_path": _GSTOOLS, "init_args": {"log": True}}, "right"),
    "forest": ("aqnet_pyg.baselines.RandomForestInterpolation", "right"),
    "kriging-drift-noise": (_DRIFT, "noise"),
    "kriging-drift-shifted": (_DRIFT, "shifted"),
    "kriging-drift-other-year": (_DRIFT, "other-year"),
}
"""Rows that use a first guess: interpolator and name of its field; the last three are given a wrong one."""

KRIGINGS = "krigings-drift"
"""Row of stacked krigings that use the first guess, as of ``aqnet reanalyze --model krigings --first_guess``."""

NETWORKS = ("network-drift", "ensemble-drift")
"""Rows of a network and of an ensemble that use the first guess; they take hours on end, which snapshots have not."""

ROWS_OF_SNAPSHOTS = tuple(name for name in ROWS if not name.endswith(("-shifted", "-other-year")))
"""Those that need no other hours."""


class FirstGuess(ReconstructionProtocol):
    """Hidden stations are estimated from visible ones and a first guess.

    In a folder with pairs of files ``FRM_X.csv`` (columns AQI, lon, lat) and ``CMAQ_X.csv`` (PM25, lon, lat), each pair is a
    region ``X`` at one time: an air-quality index of PM2.5 at monitors, and a field of PM2.5 in µg m-3. Factors of the field are
    estimated, so that units need not agree. Every monitor is hidden alone (``X_loo``, with ``--regime random``), and in one of
    five folds of spatial blocks (``X_blocked``). Each time everything is chosen again from the visible monitors.

    With ``--source simulated`` the data are 20 simulated days with a simulated first guess
    (:func:`aqnet_pyg.simulation.simulate`): random and blocked folds of stations, scored at the hidden stations and, as
    ``random_grid`` and ``blocked_grid``, at all cells of the true field. The wrong fields are white noise with mean and standard
    deviation of the first guess, the first guess 12 hours late, and that of another simulation.

    A block of the bootstrap is a station, or a group of cells as wide as the blocks of stations.
    """

    models = ("kriging", "kriging-log", *ROWS_OF_SNAPSHOTS, KRIGINGS)

    def known_models(self) -> list[str]:
        """Names of all rows at hidden stations, and those that use a first guess."""
        return [*super().known_models(), *ROWS, KRIGINGS, *NETWORKS]

    def method(self, name: str, options: MethodOptions) -> Reconstruction:
        """Create the method of a row; arguments as for :meth:`Protocol.method`."""
        if name in NETWORKS:
            from aqnet_pyg.evaluation.first_guess_networks import FirstGuessEnsemble, FirstGuessNetwork

            return FirstGuessNetwork(options) if name == NETWORKS[0] else FirstGuessEnsemble(options)
        if name not in (*ROWS, KRIGINGS):
            return super().method(name, options)
        from aqnet_pyg.evaluation.first_guess_methods import FirstGuessMethod, StackedFirstGuess

        if name == KRIGINGS:
            return StackedFirstGuess(options)
        interpolator, field = ROWS[name]
        return FirstGuessMethod(build(interpolator, "models", {}), field)

    def cases(self, request: Request) -> list[Case]:
        """Return a case for each monitor and each fold of blocks of a region, or for each fold of the simulation."""
        refuse_options(request, "first-guess")
        if request.source == "simulated":
            return _simulated(request)
        if request.source is not None:
            raise InputError(
                f"source: {request.source!r} was given; first-guess reads pairs of FRM_X.csv and CMAQ_X.csv, or 'simulated'."
            )
        regions = _regions(request.folder)
        return [case for name, files in regions.items() for case in _snapshot(name, *files, request)]

    def run(self, case: Any, method: Reconstruction, seed: int, predicted_from: Any) -> MethodResult:
        """Fit and predict the hidden stations, and the grid if its truth is known; arguments as for :meth:`Protocol.run`."""
        from aqnet_pyg.evaluation.first_guess_methods import FirstGuessReconstruction

        if isinstance(method, FirstGuessReconstruction):
            if method.field not in case.fields:
                raise InputError(f"models: {case.name} has no field {method.field!r}; leave this row out.")
            method.first_guess = case.fields[method.field]
        if case.is_snapshot:
            method.fit(case.training_data(), case.validation_data(), case.target, seed)
            value = method.predict(predicted_from.measured(), case.targets, case.hours).value
            return MethodResult({"value": value}, method.chosen)
        result = super().run(case, method, seed, predicted_from)
        if case.grid_truth is None:
            return result
        grid = method.predict(predicted_from.measured(), case.cells, case.hours).value
        return MethodResult(result.arrays | {"grid": grid.astype(np.float32)}, result.chosen)

    def truths(self, case: Any) -> dict[str, Scored]:
        """Measurements of the hidden stations, and the true field; a block of the bootstrap is a station or some cells."""
        truth = case.truth()
        block = np.flatnonzero(np.isin(case.data.indexes["station"], case.hidden))
        scored = {case.group: Scored(truth.ravel(), np.tile(block, len(truth)), np.tile(case.distance_km, len(truth)))}
        if case.grid_truth is not None:
            field = case.grid_truth.values
            longitude, latitude = case.cells
            blocks, distance = _blocks(longitude, latitude, block_spacing(case.data)), case.distance_of_cells_km
            scored[f"{case.group}_grid"] = Scored(
                field.ravel(), np.tile(blocks, len(field)), np.tile(distance, len(field))
            )
        return scored

    def predictions(self, case: Any, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Predictions at the hidden stations and on the grid; arguments as for :meth:`Protocol.predictions`."""
        at = {case.group: arrays["value"].ravel()}
        return at | ({f"{case.group}_grid": arrays["grid"].ravel()} if "grid" in arrays else {})


def _regions(folder: Path) -> dict[str, tuple[Path, Path]]:
    """Return the two files of each region by name."""
    monitors = {path.stem.removeprefix("FRM_"): path for path in sorted(folder.glob("FRM_*.csv"))}
    pairs = {name: (path, folder / f"CMAQ_{name}.csv") for name, path in monitors.items()}
    for name, (path, field) in pairs.items():
        if not field.is_file():
            raise InputError(f"{path}: there is no {field.name} beside it; give both files of the region {name}.")
    if not pairs:
        raise InputError(
            f"data: {folder} has no file FRM_X.csv; give a folder with pairs of FRM_X.csv and CMAQ_X.csv, or --source simulated."
        )
    return pairs


def _snapshot(region: str, monitors: Path, field_file: Path, request: Request) -> list[Case]:
    data = _monitors(region, monitors)
    # The target of the data is an index, but the field is a concentration.
    field = read_field(field_file, "pm25", variable="PM25", units="ug m-3")
    rng = np.random.default_rng(0)
    noise = field.copy(data=rng.normal(float(field.mean()), float(field.std()), field.shape))
    hour = np.ones(1, bool)
    part: dict[str, Any] = {
        "train": hour,
        "validation": hour,
        "test": hour,
        "fields": {"right": field, "noise": noise},
    }
    cases: list[Case] = []
    if request.regime in ("random", "both"):
        for code in data.indexes["station"]:
            cases.append(FirstGuessCase(f"{region}-{code}", data, "pm25", (code,), **part, group=f"{region}_loo"))
    if request.regime in ("blocked", "both"):
        spacing = block_spacing(data)
        for number, fold in enumerate(hidden_folds(data, request, "blocked"), 1):
            name, group = f"{region}-blocked-{number}", f"{region}_blocked"
            cases.append(FirstGuessCase(name, data, "pm25", fold, **part, group=group, spacing=spacing))
    return cases


def _monitors(region: str, path: Path) -> xr.Dataset:
    """Return the indices at the monitors of a region as station data of one nominal hour."""
    try:
        table = pd.read_csv(path, usecols=["AQI", "lon", "lat"], dtype=np.float64).dropna()
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: no table with numbers in the columns AQI, lon, lat ({error}).") from error
    codes = [f"{region}{number:03d}" for number in range(1, len(table) + 1)]
    stations = pd.DataFrame(
        {"longitude": table.lon.to_numpy(), "latitude": table.lat.to_numpy()}, index=pd.Index(codes, name="code")
    )
    hour = pd.DatetimeIndex(["2000-01-01"])
    data = make_station_data({"pm25": table.AQI.to_numpy()[None]}, hour, stations, time_zone="UTC", source=path.name)
    data["pm25"].attrs = {"long_name": "air-quality index of PM2.5", "units": "1"}
    return data[["pm25"]]


def _simulated(request: Request) -> list[Case]:
    from aqnet_pyg.simulation import simulate

    days = max(part.stop for part in DAYS.values())
    data, truth, first_guess = simulate(days, START, first_guess=True)
    other = simulate(days, START, stations=2, seed=OTHER_YEAR, truth=False, first_guess=True)[2]
    assert truth is not None
    rng = np.random.default_rng(0)
    noise = rng.normal(float(first_guess.mean()), float(first_guess.std()), first_guess.shape)
    fields = {
        "right": first_guess,
        "noise": first_guess.copy(data=noise.astype(np.float32)),
        "shifted": first_guess.roll(time=12),
        "other-year": other,
    }
    data = measured_stations(data[["pm25"]], "pm25")
    hour = np.arange(data.sizes["time"])
    masks = {name: (hour >= 24 * part.start) & (hour < 24 * part.stop) for name, part in DAYS.items()}
    masks["test"] &= hour % 5 == 0
    parts: dict[str, Any] = {**masks, "fields": fields, "grid_truth": truth.isel(time=masks["test"])}
    regimes = ("random", "blocked") if request.regime == "both" else (request.regime,)
    spacing = {"random": None, "blocked": block_spacing(data)}
    return [
        FirstGuessCase(f"{regime}-{number}", data, "pm25", fold, **parts, group=regime, spacing=spacing[regime])
        for regime in regimes
        for number, fold in enumerate(hidden_folds(data, request, regime), 1)
    ]


def _blocks(longitude: np.ndarray, latitude: np.ndarray, spacing: float) -> np.ndarray:
    """Return the number of the block of each place, ``[place]``."""
    across = np.floor(longitude * np.cos(np.radians(latitude.mean())) / spacing)
    return np.unique(np.stack([across, np.floor(latitude / spacing)]), axis=1, return_inverse=True)[1].ravel()
