"""Run the cases and seeds of an evaluation in several processes."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Sequence
from time import perf_counter

from aqnet_pyg.errors import optional_imports
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.time_left import finished_text

with optional_imports():
    from joblib import Parallel, cpu_count, delayed, parallel_config

log = logging.getLogger(__name__)


def run_in_processes(run: Callable[[Case, int], None], tasks: Sequence[tuple[Case, int]], jobs: int) -> None:
    """Run all cases and seeds in several processes, among which the cores are divided.

    Args:
        run: Function of a case and a seed; it and its arguments are pickled.
        tasks: Pairs of case and seed.
        jobs: Number of processes, at least 2.
    """
    threads, start = max(1, cpu_count() // jobs), perf_counter()
    # Arguments are not memory-mapped (read-only): methods may change them.
    with (
        parallel_config("loky", n_jobs=jobs, inner_max_num_threads=threads, max_nbytes=None),
        warnings.catch_warnings(),
    ):
        # joblib replaces a process that has grown, and warns; no user needs to act on it.
        warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
        finished = Parallel(return_as="generator_unordered")(
            delayed(_task)(run, case, seed, log.getEffectiveLevel()) for case, seed in tasks
        )
        for number, (name, seed) in enumerate(finished, start=1):
            left = (perf_counter() - start) / number * (len(tasks) - number)
            log.info("%s, seed %d, finished (%s)", name, seed, finished_text(number, len(tasks), left))


def _task(run: Callable[[Case, int], None], case: Case, seed: int, level: int) -> tuple[str, int]:
    # A process does not inherit the logging configuration of its parent.
    logging.basicConfig(level=logging.WARNING, format=f"[{case.name}, seed {seed}] %(message)s", force=True)
    logging.getLogger("aqnet_pyg").setLevel(level)
    run(case, seed)
    return case.name, seed
