"""Options of the commands, which a notebook can set as well."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from aqnet_pyg.training.settings import FitSettings, NetworkSettings
from aqnet_pyg.windows import Window


@dataclass(frozen=True)
class SourceSettings:
    """Where station data come from.

    Args:
        source: ``simulated``, or the name of a reader: ``cnemc``, ``bjmemc``, ``uci_beijing``, ``table``, ``netcdf``; or the
            import path of a user-defined reader, ``mypkg.read_mine``.
        path: File, zip or folder of the archive.
        stations: Station table or folder of station lists, where the archive needs one.
        columns: Names of the columns of a table, where they are not recognized: ``{"pm25": "Feinstaub", ...}``.
        time_zone: Zone of the times in a table, such as ``Europe/Paris``; default UTC.
        strict: Stop at the first broken file instead of reporting and skipping it.
    """

    source: str
    path: str | None = None
    stations: str | None = None
    columns: dict[str, str] | None = None
    time_zone: str | None = None
    strict: bool = False

    @property
    def reader_options(self) -> dict[str, Any]:
        """The options that are set for the reader."""
        options = {"stations": self.stations, "columns": self.columns, "time_zone": self.time_zone}
        return {name: value for name, value in options.items() if value is not None} | (
            {"strict": True} if self.strict else {}
        )


@dataclass(frozen=True)
class TrainingSettings(SourceSettings):
    """Train a model on station data.

    Args:
        days: Length of the simulated network's period.
        task: ``reconstruct`` the hours that visible stations measured, or ``forecast`` the next hours.
        target: Pollutant to predict: ``pm25``, ``pm10``, ``so2``, ``no2``, ``o3`` or ``co``.
        history: Hours of input; default 24 to reconstruct, 336 to forecast.
        horizon: Hours to forecast.
        margin: Hours at each end of the history that are context only, to reconstruct.
        hidden: A file with the codes of hidden stations, or the fraction to hide at random; 0 hides none.
        k: Neighbors of a target; default 16, or fewer where fewer stations are visible.
        variables: Variables that the model reads, separated by commas; default every pollutant in the data.
        known: Covariates in the data that are known at the predicted hours too, such as the weather of a reanalysis.
        model: ``network`` (one AQ-Net), ``ensemble`` (krigings and networks, weighted by held-out skill; to reconstruct) or
            ``kriging``.
        network: Sizes and user-defined parts of networks, such as ``--network.interpolator mypkg.Mine``.
        steps: Optimizer steps of a network.
        seed: Of the simulation, the split and the training.
        out: Folder for the results.
        resume: Go on with an interrupted training in that folder.
        device: Where to compute: ``auto``, ``cpu``, ``gpu``.
    """

    days: int = 90
    task: Literal["reconstruct", "forecast"] = "reconstruct"
    target: str = "pm25"
    history: int | None = None
    horizon: int = 24
    margin: int = 6
    hidden: str | float = 0.1
    k: int | None = None
    variables: str | None = None
    known: str | None = None
    model: Literal["network", "ensemble", "kriging"] = "network"
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
    def window(self) -> Window:
        """Hours read and predicted."""
        if self.task == "forecast":
            return Window(self.history or 336, horizon=self.horizon)
        return Window(self.history or 24, margin=self.margin)

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
    """Train a model on station data (or take a trained one), then predict at hidden stations and on a grid.

    Args:
        checkpoint: A trained model, ``aqnet.ckpt`` of an earlier run; nothing is trained then.
        spacing: Of the grid, in degrees.
        period: Predicted hours: ``test``, the last fifth of the hours, which training does not use, or ``all``.
        dask: Address of a dask scheduler, or a number of processes to start here: results are then zarr stores that are
            written block by block, so that large grids and long periods need no more memory than a block.
    """

    checkpoint: str | None = None
    spacing: float = 0.25
    period: Literal["test", "all"] = "test"
    dask: str | None = None


@dataclass(frozen=True)
class InfoSettings(SourceSettings):
    """Say what is in a file or an archive."""


@dataclass(frozen=True)
class SimulationSettings:
    """Write the simulated network in the format of a published archive.

    Args:
        format: ``cnemc``, ``bjmemc``, ``uci_beijing``, ``table`` or ``netcdf``.
        out: File or folder to write.
        days: Length of the period.
        stations: Number of stations.
        seed: Of everything random.
    """

    format: str
    out: str
    days: int = 90
    stations: int = 584
    seed: int = 0


@dataclass(frozen=True)
class GraphSettings(SourceSettings):
    """Say what the graph of a network is like, and warn about what will hurt a model.

    Args:
        k: Neighbors of a station.
        radius: Leave out edges longer than this, in kilometers.
        hidden: A file with the codes of hidden stations, or the fraction to hide at random; 0 hides none.
        seed: Of the simulation and of the stations to hide.
        borders: A GeoJSON file of outlines to draw on the map.
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
    """Say where and when a run exceeds the limit values of a standard, and with what probability.

    Args:
        run: Folder of a finished ``aqnet reanalyze``; ``alerts.csv`` and ``alerts.geojson`` are written to it.
        standard: ``china`` (GB 3095-2012), ``epa`` (as of 2024) or ``who`` (2021).
        level: Of the standard, such as ``grade_1`` or ``IT2``; default the one that it means where none is named.
        probability: Alerts with a lower probability are left out.
    """

    run: str
    standard: str = "china"
    level: str | None = None
    probability: float = 0.5


@dataclass(frozen=True)
class ReportSettings:
    """Write a page of HTML that shows a run and opens offline.

    Args:
        run: Folder of a finished ``aqnet reanalyze``; ``report.html`` is written to it.
        start: First local date to show (2025-01-25, or 2025-01 for its first day); default the first of the run.
        end: Last local date, likewise; of forecasts, those issued in these days are shown.
        borders: A GeoJSON file of outlines to draw on the map.
    """

    run: str
    start: str | None = None
    end: str | None = None
    borders: str | None = None


@dataclass(frozen=True)
class EvaluationSettings:
    """Score methods on a protocol that is fixed beforehand, and write a JSON file of tables.

    Args:
        protocol: ``increase-beijing``, ``grin-virtual``, ``station-folds``, ``long-term`` or ``short-term``.
        data: Folder (or file) with the data of the protocol.
        out: JSON file to write; finished parts are kept in the folder ``OUT.parts`` beside it, and an interrupted run goes
            on from them.
        seeds: Number of seeds of methods in which something is random.
        models: Rows to compute, with commas between them; default those of the protocol.
        reference: The row that differences are taken to; default that of the protocol.
        audit: Before scoring, change all data that must not be used, and fail if any prediction changes.
        steps: Training steps of networks; default their own.
        source: Name of the reader of the data, ``simulated``, or by default what the files in the folder look like.
        stations: Station table or folder of station lists; default the data folder, where the reader needs one.
        target: Pollutant to predict.
        hidden: A file with the codes of the hidden stations, instead of folds.
        regime: Folds of stations dealt at ``random``, ``blocked`` in space, or ``both`` one after the other.
        train: Local dates for training, such as ``2025-01-01/2025-01-20``, or ``2013-12/2015-08,2016-02``; default known
            for the project's data folders.
        validation: Local dates for early stopping, the choice of models and the calibration of intervals.
        test: Local dates for the scores.
        variables: Variables that networks read, separated by commas; default every pollutant in the data.
        known: Variables that are known over the horizon of a forecast, likewise.
        device: Where to train: ``auto``, ``cpu``, ``gpu``.
        jobs: How many cases, or seeds of a case, are run at a time, each in a process with its share of the cores.
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


def names(text: str | None) -> tuple[str, ...]:
    """Names with commas between them."""
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())
