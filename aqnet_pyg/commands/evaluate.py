"""``aqnet evaluate``: run a protocol on a data folder and write a JSON file of tables."""

from __future__ import annotations

import logging
from dataclasses import asdict, fields, replace
from importlib.metadata import version
from pathlib import Path

import xarray as xr

from aqnet_pyg.commands.settings import EvaluationSettings, SourceSettings, names
from aqnet_pyg.commands.sources import open_source
from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.audit import audit
from aqnet_pyg.evaluation.harness import check_models, evaluate
from aqnet_pyg.evaluation.protocol import MethodOptions, Request
from aqnet_pyg.evaluation.protocols import PROTOCOLS
from aqnet_pyg.evaluation.published import PUBLISHED
from aqnet_pyg.evaluation.result_cache import ResultCache
from aqnet_pyg.io.files import output_folder, write_json
from aqnet_pyg.readers.files.archive import find_members
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.text import suggestion
from aqnet_pyg.training.checkpoint import library_versions

log = logging.getLogger(__name__)

SOURCES = {
    "cnemc": (r"china_sites_\d{8}\.csv", "china_sites_YYYYMMDD.csv"),
    "bjmemc": (r"beijing_(all|extra)_\d{8}\.csv", "beijing_all_YYYYMMDD.csv"),
    "uci_beijing": (r"PRSA_Data_.*\.csv", "PRSA_Data_*.csv"),
    "netcdf": (r".*\.nc", "*.nc"),
}
"""By source, the pattern of its file names, and how messages show it."""

COSTS = ("seconds", "processor_seconds", "memory_mib")
"""Keys of the printed costs of a row."""


def run_evaluation(settings: EvaluationSettings) -> str:
    """Evaluate methods, and write the tables to ``settings.out``.

    Returns:
        The rows of the table as text.

    Raises:
        InputError: If the settings or the data cannot be used; with ``audit``, if a method uses values that it must not.
    """
    if settings.path is not None:
        if settings.data != EvaluationSettings.data:
            raise InputError(f"path: {settings.path} was given beside data: {settings.data}; give one of them.")
        settings = replace(settings, data=settings.path, path=None)
    if settings.protocol not in PROTOCOLS:
        raise InputError(
            f"protocol: {settings.protocol!r} does not exist{suggestion(settings.protocol, PROTOCOLS)}; use one of "
            f"{', '.join(PROTOCOLS)}."
        )
    if settings.seeds < 1:
        raise InputError(f"seeds: {settings.seeds} is too few; use at least 1.")
    if settings.jobs < 1:
        raise InputError(f"jobs: {settings.jobs} is too few; use at least 1.")
    protocol = PROTOCOLS[settings.protocol]
    models = list(protocol.models) if settings.models is None else list(names(settings.models))
    check_models(protocol, models)
    out = Path(settings.out)
    output_folder(out.parent)
    cache = ResultCache(out.with_name(f"{out.name}.parts"))
    options = MethodOptions(
        cache.folder, settings.steps, settings.device, names(settings.variables), names(settings.known)
    )
    cases = protocol.cases(_request(settings))
    log.info("%s: %d cases; finished results are in %s", settings.protocol, len(cases), cache.folder)
    audited = audit(protocol, cases, models, options) if settings.audit else None
    reference = settings.reference or protocol.reference
    tables = evaluate(protocol, cases, models, settings.seeds, cache, options, reference, settings.jobs)
    content = {
        "protocol": settings.protocol,
        "data": "simulated" if settings.source == "simulated" else _name(settings.data),
        "seeds": settings.seeds,
        "command": _command(settings),
        **tables,
        "published": PUBLISHED[settings.protocol],
        "settings": asdict(settings) | {name: _name(text) for name, text in _paths(settings).items()},
        "versions": library_versions()
        | {name: version(name) for name in ("scikit-learn", "gstools", "verde", "scoringrules")},
    }
    if audited is not None:
        content["audit"] = audited
    write_json(content, out)
    return f"{_table(content['rows'], content['cost'])}\nThe tables are in {out}."


def _request(settings: EvaluationSettings) -> Request:
    dates = {name: getattr(settings, name) for name in ("train", "validation", "test")}
    return Request(
        Path(settings.data),
        lambda: _open(settings),
        settings.target,
        settings.hidden,
        settings.regime,
        {name: text for name, text in dates.items() if text is not None},
        names(settings.known),
        settings.source,
    )


def _open(settings: EvaluationSettings) -> xr.Dataset:
    source, path, stations = settings.source or _guess(settings.data), settings.data, settings.stations
    if source == "netcdf":
        report = ReadReport(path)
        path = str(find_members(path, *SOURCES["netcdf"], report)[0].container)
    if source == "cnemc" and stations is None:
        stations = path
    data = open_source(SourceSettings(source, path, stations, options=settings.options)).data
    return data


def _guess(path: str) -> str:
    if not Path(path).exists():
        raise InputError(f"data: {path} does not exist; give the folder of the data.")
    for source, (pattern, wanted) in SOURCES.items():
        try:
            find_members(path, pattern, wanted, ReadReport(path))
        except InputError:
            continue
        return source
    names = " or ".join(wanted for _, wanted in SOURCES.values())
    raise InputError(f"data: {path} has no file {names}; name the reader with --source.")


def _paths(settings: EvaluationSettings) -> dict[str, str]:
    """Return the options that are paths and are set."""
    paths = {name: getattr(settings, name) for name in ("data", "out", "hidden", "stations")}
    return {name: path for name, path in paths.items() if path is not None}


def _name(path: str) -> str:
    """Return the last component of a path: the rest differs between machines."""
    return Path(path).resolve().name


def _command(settings: EvaluationSettings) -> str:
    """Return the command that reproduces the file, with bare names of folders and files and without the number of jobs."""
    words = ["aqnet evaluate", settings.protocol]
    for option in fields(settings):
        value = getattr(settings, option.name)
        if option.name not in ("protocol", "jobs") and value != option.default:
            text = _name(value) if option.name in _paths(settings) else value
            words.append(f"--{option.name} {str(text).lower() if isinstance(text, bool) else text}")
    return " ".join(words)


def _table(rows: dict[str, dict[str, dict[str, float]]], costs: dict[str, dict[str, float | None]]) -> str:
    """Format the means over seeds and the costs, with a line for each and a column for each method."""
    metrics = list(next(iter(rows.values())))
    first, widths = max(map(len, (*metrics, *COSTS))), {name: max(len(name), 7) for name in rows}
    lines = [" " * first + "".join(f"  {name:>{width}}" for name, width in widths.items())]
    for metric in metrics:
        digits = 3 if metric.startswith("r2") else 2
        cells = (f"  {rows[name][metric]['mean']:>{width}.{digits}f}" for name, width in widths.items())
        lines.append(f"{metric:<{first}}{''.join(cells)}")
    for key in COSTS:
        numbers = [("" if costs[name][key] is None else f"{costs[name][key]:.0f}") for name in rows]
        cells = (f"  {text:>{width}}" for text, width in zip(numbers, widths.values(), strict=True))
        lines.append(f"{key:<{first}}{''.join(cells)}")
    return "\n".join(lines)
