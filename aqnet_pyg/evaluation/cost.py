"""Computing time and memory of a method."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROCESS = Path("/proc/self")


@dataclass
class Cost:
    """Time and memory of a computation in this process.

    Args:
        seconds: Time on the clock.
        processor_seconds: Processor time of all threads.
        memory_mib: Peak of resident memory above that at the beginning, MiB; ``None`` where it cannot be measured (other systems
            than Linux).
    """

    seconds: float = 0.0
    processor_seconds: float = 0.0
    memory_mib: float | None = None


@contextmanager
def measured() -> Iterator[Cost]:
    """Measure a block; the result is complete at its end."""
    cost = Cost()
    before = _restart_peak()
    start, processor_start = time.perf_counter(), time.process_time()
    yield cost
    cost.seconds = time.perf_counter() - start
    cost.processor_seconds = time.process_time() - processor_start
    if before is not None:
        cost.memory_mib = max(_status("VmHWM") - before, 0.0)


def _restart_peak() -> float | None:
    """Set the peak of resident memory of this process to its present use, and return that in MiB."""
    try:
        (PROCESS / "clear_refs").write_text("5", encoding="ascii")  # proc_pid_clear_refs(5)
        return _status("VmRSS")
    except OSError:
        return None


def _status(name: str) -> float:
    lines = (PROCESS / "status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024
