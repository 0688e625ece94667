"""Options of the commands, for the command line and for notebooks."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal

from aqnet_pyg.errors import InputError
from aqnet_pyg.training.settings import FitSettings, NetworkSettings
from aqnet_pyg.windows import TASKS, TaskName, Window


@dataclass(frozen=True)
class SourceSettings:
    """Source of station data.

    Args:
        source: ``simulated``, or the name of a reader: ``cnemc``, ``bjmemc``, ``uci_beijing``, ``openaq``, ``aqs``,
            ``airnow``, ``eea``, ``uk_air``, ``openair``, ``purpleair``, ``sensor_community``, ``taiwan_epa``, ``cpcb``,
            ``airkorea``, ``sinca``, ``cnemc_text``, ``airmonitor``, ``knowair``, ``table``, ``netcdf``; or the path of a
            reader of your own, ``mypkg.read_mine``.
        path: File, zip or folder of the archive.
        stations: Station table or folder of station lists, if the archive needs one.
        parameter: Pollutant of a table with one column per station; default that in the name of the file.
        columns: Column names of a table, where they are not recognized: ``{"pm25": "Feinstaub", ...}``.
        units: Units of a table that its column names do not give: ``{"o3": "ppb", ...}``.
        temperature: Reference temperature in °C at which mixing ratios (ppb, ppm) are converted; default 25.
        missing: Numbers that stand for missing values in a table, separated by commas; as in ``--missing=-1,999``.
        ignore: Columns of a table that are not read, separated by commas.
        time_zone: Zone of the times in a table, such as ``Europe/Paris`` or ``+01:00``; default UTC.
        hour_label: ``ending`` if the times in a table label the end of the hour (the default), or ``beginning``.
        day_first: Whether the day precedes the month in dates such as 03/04/2024; default as the dates show.
        resolution: ``day`` for daily means, or the time between readings within the hour, such as ``10min``; default as found.
        skip_rows: Number of lines before the header of a table; default as found.
        encoding: Encoding of a table, such as ``cp1252`` or ``gb18030``; default as found.
        options: Further options of the reader, by name.
        bbox: Area to keep: west,south,east,north in degrees, such as 170,-50,-170,-30 across 180 degrees; default all stations.
        start: First local date to keep; default the first of the archive.
        end: Last local date to keep.
        any_size: Read compressed files above 256 MB and 200 times their compressed size, which are otherwise skipped.
        strict: Stop at the first broken file instead of reporting and skipping it.
    """

    source: str
    path: str | None = None
    stations: str | None = None
    parameter: str | None = None
    columns: dict[str, str] | None = None
    units: dict[str, str] | None = None
    temperature: float | None = None
    missing: float | str | None = None
    ignore: str | None = None
    time_zone: str | None = None
    hour_label: str | None = None
    day_first: bool | None = None
    resolution: str | None = None
    skip_rows: int | None = None
    encoding: str | None = None
    options: dict[str, Any] | None = None
    bbox: str | None = None
    start: str | None = None
    end: str | None = None
    any_size: bool = False
    strict: bool = False

    @property
    def reader_options(self) -> dict[str, Any]:
        """Options of the reader that are set."""
        names = [item.name for item in fields(SourceSettings) if item.name not in ("source", "path", "options")]
        chosen = {name: getattr(self, name) for name in names}
        flags = {name: True for name in ("any_size", "strict") if chosen.pop(name)}
        return {name: value for name, value in chosen.items() if value is not None} | (self.options or {}) | flags


_HIDDEN = 0.1
"""Fraction of the stations that a training hides by default."""


@dataclass(frozen=True)
class TrainingSettings(SourceSettings):
    """Train a model on station data.

    Args:
        days: Length of the simulated period in days.
        task: ``reconstruct`` the hours that visible stations measured, or ``forecast`` the next hours.
        target: Pollutant to predict: ``pm25``, ``pm10``, ``so2``, ``no2``, ``o3`` or ``co``.
        history: Hours of input; default 24 to reconstruct, 336 to forecast.
        horizon: Hours to forecast.
        margin: Hours at each end of the history that are context only, to reconstruct.
        hidden: A file with the codes of hidden stations, or the fraction to hide at random; 0 hides none. Default 0.1.
        k: Neighbors of a target; default 16, or fewer where fewer stations are visible.
        variables: Input variables of the model, separated by commas; default every pollutant in the data.
        known: Covariates in the data that are known at the predicted hours too, such as the weather of a reanalysis.
        covariates: Rasters of what does not change with time, such as elevation or population, as GeoTIFF or NetCDF, separated by
            commas; networks read them, and krigings use those with which they are better.
        covariate_radii: Radii in kilometers within which their means are taken, separated by commas; 0, the default, is the value
            at the place.
        first_guess: Field of the target by a transport model, as NetCDF, GRIB or zarr: a file, folder or pattern, or several
            separated by commas. What stations measured, or are forecast to measure, beyond it is interpolated.
        first_guess_variable: Its variable; default by the conventions of the file.
        first_guess_options: Further options of :func:`aqnet_pyg.readers.read_field`, such as ``{"units": "ug/m3", "level": 0}``.
        model: ``network`` (one AQ-Net), ``ensemble`` (krigings and networks; to forecast, linear regression, a network and
            PatchTST; weighted by held-out skill), or without a training, to reconstruct: ``krigings`` (those of the ensemble,
            weighted) or ``kriging`` (ordinary kriging).
        network: Sizes and user-defined parts of networks, such as ``--network.interpolator mypkg.Mine``.
        steps: Optimizer steps of a network.
        seed: Random seed of the simulation, the split and the training.
        out: Folder for the results.
        resume: Resume an interrupted training in that folder.
        device: Device to compute on: ``auto``, ``cpu``, ``gpu``.
    """

    days: int = 90
    task: TaskName = "reconstruct"
    target: str = "pm25"
    history: int | None = None
    horizon: int = 24
    margin: int = 6
    hidden: str | float | None = None
    k: int | None = None
    variables: str | None = None
    known: str | None = None
    covariates: str | None = None
    covariate_radii: str = "0"
    first_guess: str | None = None
    first_guess_variable: str | None = None
    first_guess_options: dict[str, Any] | None = None
    model: Literal["network", "ensemble", "krigings", "kriging"] = "network"
    network: NetworkSettings = field(default_factory=NetworkSettings)
    steps: int = 400
    seed: int = 0
    out: str = "runs/latest"
    resume: bool = False
    device: str = "auto"

    def __post_init__(self) -> None:
        if not isinstance(self.network, NetworkSettings):  # the command line gives a namespace
            object.__setattr__(self, "network", NetworkSettings(**vars(self.network)))

    @property
    def stations_to_hide(self) -> str | float:
        """``hidden``, or its default."""
        return _HIDDEN if self.hidden is None else self.hidden

    @property
    def window(self) -> Window:
        """Hours read and predicted."""
        task = TASKS[self.task]
        history = task.history if self.history is None else self.history
        if not task.ahead:
            return Window(history, margin=self.margin)
        if not self.horizon:
            raise InputError(f"horizon: 0 hours are given, but the task is to {task.name}; use at least 1.")
        return Window(history, self.horizon)

    @property
    def fit_settings(self) -> FitSettings:
        """Settings of the training."""
        return FitSettings(
            model=self.model,
            window=self.window,
            target=self.target,
            variables=names(self.variables),
            known=names(self.known),
            k=self.k,
            network=self.network,
            steps=self.steps,
            seed=self.seed,
            resume=self.resume,
            device=self.device,
        )


@dataclass(frozen=True)
class ReanalysisSettings(TrainingSettings):
    """Train a model on station data (or load a trained one), then predict at stations and on a grid.

    Args:
        checkpoint: A trained model, such as ``aqnet.ckpt`` of an earlier run, instead of training: it predicts all hours that are
            read, or those from ``start`` to ``end`` with the hours around them as context, and hides no station by default.
        append: With a checkpoint: add the predicted hours to the results in the folder ``out``, where they replace equal hours.
            Without ``start``, from the last hours of these results on.
        spacing: Grid spacing in degrees.
        every_cell: Evaluate networks at every cell; otherwise, on grids of more than 5000 cells, their departure from kriging and
            spread are interpolated where it is smooth.
        period: Predicted hours: ``test``, the last fifth, which is not used in training, or ``all``; default ``test``, with a
            checkpoint ``all``.
        dask: Address of a dask scheduler, or a number of local processes: results are then zarr stores, written block by
            block, so that memory is needed for a block only.
        standard: Standard of the alerts: ``china``, ``epa``, ``eu`` or ``who``, each at its usual level.
        borders: A GeoJSON file of outlines to draw on the map and the page; by default, coasts and borders of Natural Earth.
    """

    checkpoint: str | None = None
    append: bool = False
    spacing: float = 0.25
    every_cell: bool = False
    period: Literal["test", "all"] | None = None
    dask: str | None = None
    standard: str = "china"
    borders: str | None = None

    @property
    def serves(self) -> bool:
        """Whether a trained model predicts all hours of a period, so that nothing is split."""
        return self.checkpoint is not None and self.period != "test"

    @property
    def stations_to_hide(self) -> str | float:
        """``hidden``, or its default: nothing if a trained model serves."""
        return (0.0 if self.serves else _HIDDEN) if self.hidden is None else self.hidden


@dataclass(frozen=True)
class FillSettings(SourceSettings):
    """Fill the hours that stations miss, with 90 % intervals, by models trained on the same data or loaded.

    Args:
        days: Length of the simulated period in days.
        pollutants: Pollutants to fill, separated by commas, such as ``pm25,o3``, or ``all`` in the data.
        longest: Longest gap to fill, in hours; longer ones stay missing. Default: every gap is filled.
        period: Local dates to fill, such as 2024-03 or 2024-03-01/2024-04-15; other hours are inputs. Default: all hours.
        checkpoint: Trained model of an earlier run, such as ``pm25.ckpt``, or its folder, instead of training.
        csv: Write ``filled.csv`` too.
        steps: Optimizer steps of each network; default 1200.
        seed: Random seed of the simulation, the masked hours and the training.
        out: Folder for the results.
    """

    days: int = 90
    pollutants: str = "pm25"
    longest: int | None = None
    period: str | None = None
    checkpoint: str | None = None
    csv: bool = False
    steps: int | None = None
    seed: int = 0
    out: str = "runs/filled"


@dataclass(frozen=True)
class InfoSettings(SourceSettings):
    """Summarize a file or an archive: first measurements, figures of each variable, and the options that read it.

    Args:
        out: YAML file to write with the options that read it in this way, for ``--config`` of any command; default none.
    """

    out: str | None = None


@dataclass(frozen=True)
class FetchSettings:
    """Download files of a published archive, to be read with the same name.

    Args:
        archive: ``openaq``, ``eea``, ``airnow``, ``aqs`` or ``cnemc``.
        start: First day, such as 2023-01-01.
        end: Last day.
        bbox: Area: west,south,east,north in degrees.
        country: Country (openaq, eea): code of two letters, such as DE.
        pollutants: Pollutants (openaq, eea, aqs), separated by commas; default ``pm25`` where each has its own files.
        locations: Numbers of locations (openaq), separated by commas, instead of an area.
        key: Key of the OpenAQ API, to search for locations; default the environment variable ``OPENAQ_API_KEY``.
        dataset: Data set (eea): ``verified``, ``up-to-date`` or ``airbase``; default ``verified``.
        out: Folder for the files; default one in the user's cache folder.
        base: Address of a mirror, in place of the archive's own servers.
    """

    archive: str
    start: str | None = None
    end: str | None = None
    bbox: str | None = None
    country: str | None = None
    pollutants: str | None = None
    locations: str | None = None
    key: str | None = None
    dataset: str | None = None
    out: str | None = None
    base: str | None = None


@dataclass(frozen=True)
class SimulationSettings:
    """Write the simulated network in the format of a published archive.

    Args:
        format: ``cnemc``, ``bjmemc``, ``uci_beijing``, ``table`` or ``netcdf``.
        out: File or folder to write.
        days: Length of the period in days.
        stations: Number of stations.
        seed: Random seed.
        first_guess: NetCDF file for a simulated first guess of PM2.5, as a transport model would give it; default none.
        sensors: Number of simulated cheap sensors of PM2.5 besides the stations: 0, or at least 2; only with ``table`` and
            ``netcdf``, since the other formats have no classes of instruments.
    """

    format: str
    out: str
    days: int = 90
    stations: int = 584
    seed: int = 0
    first_guess: str | None = None
    sensors: int = 0


@dataclass(frozen=True)
class GraphSettings(SourceSettings):
    """Diagnose the graph of a station network, and warn about properties that impair a model.

    Args:
        k: Neighbors of a station.
        radius: Maximum length of an edge in kilometers.
        hidden: A file with the codes of hidden stations, or the fraction to hide at random; 0 hides none.
        seed: Random seed of the simulation and of the hidden stations.
        borders: A GeoJSON file of outlines to draw on the map; by default, coasts and borders of Natural Earth.
        out: Folder for ``graph.graphml``, ``graph.geojson``, ``graph.png`` and ``diagnostics.json``; default none.
    """

    k: int = 16
    radius: float | None = None
    hidden: str | float = 0.0
    seed: int = 0
    borders: str | None = None
    out: str | None = None


@dataclass(frozen=True)
class AlertSettings:
    """List where and when a run exceeds the limit values of a standard, with probabilities.

    Args:
        run: Folder of a finished ``aqnet reanalyze``; ``alerts.csv`` and ``alerts.geojson`` are written to it.
        standard: ``china`` (GB 3095-2012), ``china_2026``, ``epa`` (as of 2024), ``eu`` (Directive 2024/2881) or ``who`` (2021).
        level: Level of the standard, such as ``grade_1`` or ``IT2``; default its usual one.
        probability: Minimum probability of a listed exceedance.
    """

    run: str
    standard: str = "china"
    level: str | None = None
    probability: float = 0.5


@dataclass(frozen=True)
class ReportSettings:
    """Write an HTML page of a run, which opens offline.

    Args:
        run: Folder of a finished ``aqnet reanalyze`` or ``aqnet fill``; ``report.html`` is written to it.
        start: First local date (2025-01-25, or 2025-01 for its first day); default the first of the run.
        end: Last local date, in the same format; of forecasts, those issued in these days are included.
        borders: A GeoJSON file of outlines to draw on the map; by default, coasts and borders of Natural Earth.
    """

    run: str
    start: str | None = None
    end: str | None = None
    borders: str | None = None


@dataclass(frozen=True)
class EvaluationSettings:
    """Score methods by a fixed protocol, and write a JSON file of tables.

    Args:
        protocol: ``increase-beijing``, ``grin-virtual``, ``station-folds``, ``long-term``, ``short-term``,
            ``gap-filling`` or ``first-guess``.
        data: Folder (or file) with the data of the protocol.
        out: JSON file to write; finished results are kept in the folder ``OUT.parts``, from which an interrupted run is
            resumed.
        seeds: Number of seeds of random methods.
        models: Rows to compute, separated by commas; default those of the protocol.
        reference: Row that the others are compared with; default that of the protocol.
        audit: First change all values that methods must not use, and fail if any prediction changes.
        steps: Training steps of networks; default that of ``aqnet train``.
        source: Name of the reader of the data, or ``simulated``; default by the names of the files in the folder.
        stations: Station table or folder of station lists; default the data folder, if the reader needs one.
        target: Pollutant to predict.
        hidden: A file with the codes of the hidden stations, instead of folds.
        regime: Folds of stations drawn at ``random``, ``blocked`` in space, or ``both``.
        train: Local dates for training, such as ``2025-01-01/2025-01-20``, or ``2013-12/2015-08,2016-02``; default for
            the project's data folders: their published split.
        validation: Local dates for early stopping, model selection and the calibration of intervals.
        test: Local dates for the scores.
        variables: Input variables of networks, separated by commas; default every pollutant in the data.
        known: Variables that are known over the horizon of a forecast, separated by commas.
        device: Device to train on: ``auto``, ``cpu``, ``gpu``.
        jobs: Number of processes, among which the cores are divided; each runs one seed of a case at a time.
        path: The same as ``data``, by its name in other commands.
        options: Further options of the reader, by name: ``{"time_zone": "America/Bogota"}``.
    """

    protocol: str
    data: str = "."
    out: str = "evaluation.json"
    seeds: int = 5
    models: str | None = None
    reference: str | None = None
    audit: bool = False
    steps: int | None = None
    source: str | None = None
    stations: str | None = None
    target: str = "pm25"
    hidden: str | None = None
    regime: Literal["random", "blocked", "both"] = "both"
    train: str | None = None
    validation: str | None = None
    test: str | None = None
    variables: str | None = None
    known: str | None = None
    device: str = "auto"
    jobs: int = 1
    path: str | None = None
    options: dict[str, Any] | None = None


def names(text: str | None) -> tuple[str, ...]:
    """Split names at commas."""
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())
