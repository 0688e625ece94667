"""The command line: ``aqnet reanalyze | fill | train | alerts | report | evaluate | fetch | info | graph | simulate``.

Settings are imported to parse options, and the module of a command only to run it.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from importlib.metadata import version
from typing import Any

_NEGATIVE_NUMBERS = re.compile(r"-\.?\d")
"""A value that begins with a minus sign and is no option: a number, or a box such as ``-125,32,-114,42``."""

DESCRIPTION = "AQ-Net: air quality between monitoring stations. Options can also be given in a YAML file (--config)."

COMMANDS = {
    "reanalyze": ("ReanalysisSettings", "reanalyze:reanalysis_text"),
    "fill": ("FillSettings", "fill:filling_text"),
    "train": ("TrainingSettings", "reanalyze:training_text"),
    "alerts": ("AlertSettings", "alerts:run_alerts"),
    "report": ("ReportSettings", "report:run_report"),
    "evaluate": ("EvaluationSettings", "evaluate:run_evaluation"),
    "fetch": ("FetchSettings", "fetch:run_fetch"),
    "info": ("InfoSettings", "sources:describe"),
    "graph": ("GraphSettings", "graph:run_graph"),
    "simulate": ("SimulationSettings", "sources:run_simulation"),
}
"""By command: class of its settings, and module and function that runs it and returns the text to print."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; errors of the input are one line on standard error.

    Args:
        arguments: Arguments of the command line; default those of the process.

    Returns:
        Exit status: 0, 1 after an error of the input, 130 after an interruption (SIGINT), 143 after SIGTERM.
    """
    # Set before torch is imported: with waiting threads that spin, training took up to five times as long on a machine
    # shared with other processes.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Likewise before numpy is imported: matrices are small, and threads of OpenBLAS that wait took ten times the processor time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

    import yaml
    from jsonargparse import set_loader

    from aqnet_pyg.commands.option_files import MODE, OptionParser, load_options

    set_loader(MODE, load_options, (yaml.YAMLError,))
    parser = OptionParser(prog="aqnet", description=DESCRIPTION)
    parser.add_argument("--version", action=_Version, nargs=0, help="Print the version and exit.")
    subcommands = parser.add_subcommands(required=True, dest="command")
    classes = {name: _load(f"settings:{settings_name}") for name, (settings_name, _) in COMMANDS.items()}
    shared = {name: [item.name for item in fields(settings_class)] for name, settings_class in classes.items()}
    for name, settings_class in classes.items():
        summary = (settings_class.__doc__ or "").split("\n\n")[0]
        command = OptionParser(description=summary)
        command.command, command.shared = name, shared
        command._negative_number_matcher = _NEGATIVE_NUMBERS
        command.add_argument("--config", action="config", help="YAML file with options, also of other commands")
        command.add_class_arguments(settings_class, as_positional=True)
        for action in command._actions:
            if getattr(action, "_typehint", None) is bool:  # --audit is short for --audit true
                action.nargs, action.const = "?", True
        subcommands.add_subcommand(name, command, help=summary)
    try:
        chosen = parser.parse_args(arguments)
    except UnicodeDecodeError as error:
        print(f"aqnet: --config: the file of options is not UTF-8 ({error}); save it as UTF-8.", file=sys.stderr)
        return 1
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("aqnet_pyg").setLevel(logging.INFO)
    options = vars(chosen[chosen.command])
    options.pop("config", None)
    with _deletions_that_fail_unprinted():
        return _run(chosen.command, options)


def _run(command: str, options: dict[str, Any]) -> int:
    """Run a command and print its result, or its error in one line; return the exit status."""
    from aqnet_pyg.errors import EXTRAS, InputError, optional_imports

    settings_name, function = COMMANDS[command]
    try:
        with _terminable(), optional_imports():
            print(_load(function)(_load(f"settings:{settings_name}")(**options)))
    except InputError as error:
        print(f"aqnet: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if error.name not in EXTRAS:
            raise
        print(f"aqnet: {command}: {error}", file=sys.stderr)
        return 1
    except OSError as error:  # a full disk, a folder that vanished
        where = f"{error.filename}: " if error.filename else ""
        print(f"aqnet: {command}: {where}{error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as error:
        end, status = ("terminated", 143) if isinstance(error, _Terminated) else ("interrupted", 130)
        print(f"aqnet: {end}; run the same command again to resume (a training with --resume true)", file=sys.stderr)
        return status
    return 0


class _Terminated(KeyboardInterrupt):
    """SIGTERM was received: whatever cleans up after Ctrl-C cleans up after it, too."""


@contextmanager
def _terminable() -> Iterator[None]:
    """Raise an exception at SIGTERM within a ``with`` block, so that the command cleans up before it ends."""

    def terminate(number: int, frame: Any) -> None:
        raise _Terminated

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _deletions_that_fail_unprinted() -> Iterator[None]:
    """Print no tracebacks of objects whose deletion fails: of libraries, since a damaged file left them half made."""
    before = sys.unraisablehook
    sys.unraisablehook = lambda failure: None
    try:
        yield
    finally:
        sys.unraisablehook = before


class _Version(argparse.Action):
    """Print the version and exit; that of argparse prints no line end with this parser."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        print(f"aqnet_pyg {version('aqnet-pyg')}")
        parser.exit()


def _load(path: str) -> Any:
    """Import ``module:name`` of this package."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(f"aqnet_pyg.commands.{module}"), name)


if __name__ == "__main__":
    sys.exit(main())
