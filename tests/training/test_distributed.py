"""Training by two processes (DDP with gloo) gives the network of one process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

SCRIPT = Path(__file__).parent / "two_processes.py"


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    if not (torch.distributed.is_available() and torch.distributed.is_gloo_available()):
        pytest.skip("PyTorch was built without gloo")
    path = os.pathsep.join([str(SCRIPT.parent.parent), *sys.path])
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path_factory.mktemp("two"))],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": path},
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_two_processes_learn_what_one_learns(found):
    one, two = found["1"], found["2"]
    assert two["steps"] == one["steps"] == 4
    assert two["val_mae"] == pytest.approx(one["val_mae"], rel=1e-5)
    assert len(set(one["val_mae"])) == 4
    assert two["start"] == pytest.approx(one["start"], rel=1e-5)
    assert two["parameters"] == pytest.approx(one["parameters"], rel=1e-5, abs=1e-6)


def test_two_processes_stop_at_the_same_step_as_one(found):
    one, two = found["1 stopped"], found["2 stopped"]
    assert two["steps"] == one["steps"] < 20
