import doctest
import importlib

import pytest


@pytest.mark.parametrize("module", ["averaging", "units", "standards", "index", "compliance"])
def test_examples(module):
    result = doctest.testmod(importlib.import_module(f"aqnet_pyg.levels.{module}"))
    assert result.failed == 0
    assert result.attempted
