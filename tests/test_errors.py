"""Errors with a message for the user."""

import sys

import pytest

from aqnet_pyg.errors import optional_imports


def test_a_missing_optional_package_is_reported_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "verde", None)
    message = r"verde is not installed; use: pip install 'aqnet-pyg\[verde\]'"
    with pytest.raises(ModuleNotFoundError, match=message), optional_imports():
        import verde.base  # noqa: F401
    with pytest.raises(ModuleNotFoundError, match="No module named 'nothing_such'"), optional_imports():
        import nothing_such  # noqa: F401
