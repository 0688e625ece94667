"""The command line: ``aqnet reanalyze | train | alerts | report | evaluate | info | graph | simulate``.

Every command is a call that a notebook could make.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

DESCRIPTION = "AQ-Net: the air between air-quality stations. Every option can also come from a YAML file (--config)."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; an error of the user's is one line on standard error.

    Args:
        arguments: Default those of the process.

    Returns:
        Exit status: 0, 1 after an error of the user's, 130 after an interruption.
    """
    # Before torch is loaded. Threads that spin while they wait for each other starve on a machine that others use too: a
    # training took up to five times as long.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

    from jsonargparse import ArgumentParser

    from aqnet_pyg.errors import EXTRAS, InputError, optional_imports

    parser = ArgumentParser(prog="aqnet", description=DESCRIPTION)
    subcommands = parser.add_subcommands(required=True, dest="command")
    commands = _commands()
    for name, (settings, _) in commands.items():
        summary = settings.__doc__.split("\n\n")[0]
        command = ArgumentParser(description=summary)
        command.add_argument("--config", action="config", help="YAML file with any of these options")
        command.add_class_arguments(settings, as_positional=True)
        for action in command._actions:
            if getattr(action, "_typehint", None) is bool:  # --audit is short for --audit true
                action.nargs, action.const = "?", True
        subcommands.add_subcommand(name, command, help=summary)
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("aqnet_pyg").setLevel(logging.INFO)
    settings, run = commands[chosen.command]
    options = vars(chosen[chosen.command])
    options.pop("config", None)
    try:
        with optional_imports():
            print(run(settings(**options)))
    except InputError as error:
        print(f"aqnet: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if error.name not in EXTRAS:
            raise
        print(f"aqnet: {chosen.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "aqnet: interrupted; the same command goes on where it was (a training with --resume true)", file=sys.stderr
        )
        return 130
    return 0


def _commands() -> dict[str, tuple[type, Callable[[Any], str]]]:
    """Settings and what to do with them, by name; each returns the text to print."""
    from aqnet_pyg.commands import sources
    from aqnet_pyg.commands.settings import (
        AlertSettings,
        EvaluationSettings,
        GraphSettings,
        InfoSettings,
        ReanalysisSettings,
        ReportSettings,
        SimulationSettings,
        TrainingSettings,
    )

    def alerts(settings: AlertSettings) -> str:
        from aqnet_pyg.commands.alerts import run_alerts

        return run_alerts(settings)

    def evaluate(settings: EvaluationSettings) -> str:
        from aqnet_pyg.commands.evaluate import run_evaluation

        return run_evaluation(settings)

    def graph(settings: GraphSettings) -> str:
        from aqnet_pyg.commands.graph import run_graph

        return run_graph(settings)

    def reanalyze(settings: ReanalysisSettings) -> str:
        from aqnet_pyg.commands.reanalyze import run_reanalysis
        from aqnet_pyg.evaluation import table

        return f"{table(run_reanalysis(settings))}\nResults are in {settings.out}."

    def report(settings: ReportSettings) -> str:
        from aqnet_pyg.commands.report import run_report

        return run_report(settings)

    def train(settings: TrainingSettings) -> str:
        from aqnet_pyg.commands.reanalyze import run_training

        run_training(settings)
        return f"The model is {settings.out}/aqnet.ckpt."

    return {
        "reanalyze": (ReanalysisSettings, reanalyze),
        "train": (TrainingSettings, train),
        "alerts": (AlertSettings, alerts),
        "report": (ReportSettings, report),
        "evaluate": (EvaluationSettings, evaluate),
        "info": (InfoSettings, sources.describe),
        "graph": (GraphSettings, graph),
        "simulate": (SimulationSettings, sources.run_simulation),
    }


if __name__ == "__main__":
    sys.exit(main())
