"""Tasks for other processes, in a module without PyTorch, so that a process starts fast."""

import os

from aqnet_pyg.errors import InputError


def write_process(folder, case, seed):
    """Write the number of the process to a file named after the task."""
    path = folder / f"{case.name}-{seed}"
    assert not path.exists()
    path.write_text(str(os.getpid()))


def refuse_second_seed(case, seed):
    if seed == 1:
        raise InputError("data: refused.")
