"""Time and memory of a block of code."""

import sys

import numpy as np
import pytest

from aqnet_pyg.evaluation import cost
from aqnet_pyg.evaluation.cost import measured


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is measured on Linux only")
def test_the_peak_is_that_of_the_block():
    np.ones(40 * 2**17)  # 40 MiB, before
    with measured() as first:
        np.ones(80 * 2**17)
    with measured() as second:
        np.ones(2**17)
    assert 75 < first.memory_mib < 120
    assert 0 <= second.memory_mib < 40


def test_time_is_that_of_the_block():
    with measured() as found:
        sum(range(300_000))
    assert found.processor_seconds > 0
    assert found.seconds > 0


def test_elsewhere_memory_is_not_measured(monkeypatch, tmp_path):
    monkeypatch.setattr(cost, "PROCESS", tmp_path / "none")
    with measured() as found:
        pass
    assert found.memory_mib is None
