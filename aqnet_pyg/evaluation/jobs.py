"""Cases and seeds of an evaluation side by side, each in a process of its own."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Sequence

from aqnet_pyg.errors import optional_imports
from aqnet_pyg.evaluation.case import Case

with optional_imports():
    from joblib import Parallel, cpu_count, delayed, parallel_config

log = logging.getLogger(__name__)


def side_by_side(run: Callable[[Case, int], None], tasks: Sequence[tuple[Case, int]], jobs: int) -> None:
    """Run a case with a seed in each of some processes, until all are done; the cores are shared out among them.

    Args:
        run: The function; it and its arguments are pickled.
        tasks: Cases and seeds.
        jobs: Number of processes, two at least.
    """
    threads = max(1, cpu_count() // jobs)
    # Nothing is mapped into memory: methods may change what they are given.
    with (
        parallel_config("loky", n_jobs=jobs, inner_max_num_threads=threads, max_nbytes=None),
        warnings.catch_warnings(),
    ):
        # A process that has grown is replaced before its next task: nothing that a user should mind.
        warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
        finished = Parallel(return_as="generator_unordered")(
            delayed(_task)(run, case, seed, log.getEffectiveLevel()) for case, seed in tasks
        )
        for number, (name, seed) in enumerate(finished, start=1):
            log.info("%s, seed %d, is done (%d of %d)", name, seed, number, len(tasks))


def _task(run: Callable[[Case, int], None], case: Case, seed: int, level: int) -> tuple[str, int]:
    # Logging is not configured in worker processes.
    logging.basicConfig(level=logging.WARNING, format=f"[{case.name}, seed {seed}] %(message)s", force=True)
    logging.getLogger("aqnet_pyg").setLevel(level)
    run(case, seed)
    return case.name, seed
