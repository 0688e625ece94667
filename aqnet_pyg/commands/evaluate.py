"""``aqnet evaluate``: a protocol and a data folder in, a JSON file of tables out."""

from __future__ import annotations

import logging
from dataclasses import asdict, fields
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
from aqnet_pyg.readers.archive import find_members
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.training.checkpoint import library_versions

log = logging.getLogger(__name__)

SOURCES = {
    "cnemc": (r"china_sites_\d{8}\.csv", "china_sites_YYYYMMDD.csv"),
    "bjmemc": (r"beijing_(all|extra)_\d{8}\.csv", "beijing_all_YYYYMMDD.csv"),
    "uci_beijing": (r"PRSA_Data_.*\.csv", "PRSA_Data_*.csv"),
    "netcdf": (r".*\.nc", "*.nc"),
}
"""Names of the files of each source, as a pattern and as text."""


def run_evaluation(settings: EvaluationSettings) -> str:
    """Evaluate, and write the tables to ``settings.out``.

    Returns:
        The rows as text.

    Raises:
        InputError: If anything in the settings or the data cannot be used; with ``audit``, if hidden data change a prediction.
    """
    if settings.protocol not in PROTOCOLS:
        raise InputError(f"protocol: {settings.protocol!r} is not known; use one of {', '.join(PROTOCOLS)}.")
    if settings.seeds < 1:
        raise InputError(f"seeds: {settings.seeds} was given; use at least 1.")
    if settings.jobs < 1:
        raise InputError(f"jobs: {settings.jobs} was given; use at least 1.")
    protocol = PROTOCOLS[settings.protocol]
    models = list(protocol.models) if settings.models is None else list(names(settings.models))
    check_models(protocol, models)
    out = Path(settings.out)
    output_folder(out.parent)
    store = ResultCache(out.with_name(f"{out.name}.parts"))
    options = MethodOptions(
        store.folder, settings.steps, settings.device, names(settings.variables), names(settings.known)
    )
    cases = protocol.cases(_request(settings))
    log.info("%s: %d cases; finished parts are in %s", settings.protocol, len(cases), store.folder)
    audited = audit(protocol, cases, models, options) if settings.audit else None
    reference = settings.reference or protocol.reference
    tables = evaluate(protocol, cases, models, settings.seeds, store, options, reference, settings.jobs)
    content = {
        "protocol": settings.protocol,
        "data": _name(settings.data),
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
    return f"{_table(content['rows'])}\nThe tables are in {out}."


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
    )


def _open(settings: EvaluationSettings) -> xr.Dataset:
    source, path, stations = settings.source or _guess(settings.data), settings.data, settings.stations
    if source == "netcdf":
        report = ReadReport(path)
        path = str(find_members(path, *SOURCES["netcdf"], report)[0].container)
    if source == "cnemc" and stations is None:
        stations = path
    data = open_source(SourceSettings(source, path, stations)).data
    return data


def _guess(path: str) -> str:
    if not Path(path).exists():
        raise InputError(f"data: {path} does not exist; name the folder of the data.")
    for source, (pattern, wanted) in SOURCES.items():
        try:
            find_members(path, pattern, wanted, ReadReport(path))
        except InputError:
            continue
        return source
    names = ", ".join(wanted for _, wanted in SOURCES.values())
    raise InputError(f"data: {path} has none of {names}; name the reader with --source.")


def _paths(settings: EvaluationSettings) -> dict[str, str]:
    """The options that are set and are paths."""
    paths = {name: getattr(settings, name) for name in ("data", "out", "hidden", "stations")}
    return {name: path for name, path in paths.items() if path is not None}


def _name(path: str) -> str:
    """The last part of a path: where things are on one machine means nothing on another."""
    return Path(path).resolve().name


def _command(settings: EvaluationSettings) -> str:
    """The command that makes the file again, with bare names of folders and files; how many jobs there were is no matter."""
    words = ["aqnet evaluate", settings.protocol]
    for option in fields(settings):
        value = getattr(settings, option.name)
        if option.name not in ("protocol", "jobs") and value != option.default:
            shown = _name(value) if option.name in _paths(settings) else value
            words.append(f"--{option.name} {str(shown).lower() if isinstance(shown, bool) else shown}")
    return " ".join(words)


def _table(rows: dict[str, dict[str, dict[str, float]]]) -> str:
    """Means over seeds: a line a metric, a column a method."""
    metrics = list(next(iter(rows.values())))
    first, widths = max(map(len, metrics)), {name: max(len(name), 7) for name in rows}
    lines = [" " * first + "".join(f"  {name:>{width}}" for name, width in widths.items())]
    for metric in metrics:
        digits = 3 if metric.startswith("r2") else 2
        cells = (f"  {rows[name][metric]['mean']:>{width}.{digits}f}" for name, width in widths.items())
        lines.append(f"{metric:<{first}}{''.join(cells)}")
    return "\n".join(lines)
