"""Errors with a message for the user."""

import sys

import pytest

from aqnet_pyg.errors import InputError, optional_imports, reading_of


def test_a_missing_optional_package_is_reported_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "verde", None)
    message = r"verde is not installed; use: pip install 'aqnet-pyg\[verde\]'"
    with pytest.raises(ModuleNotFoundError, match=message), optional_imports():
        import verde.base  # noqa: F401
    with pytest.raises(ModuleNotFoundError, match="No module named 'nothing_such'"), optional_imports():
        import nothing_such  # noqa: F401


@pytest.mark.parametrize("length", [1200, 1201, 10**6])
def test_long_messages_are_shortened_in_the_middle(length):
    message = f"a.csv: {'x' * (length - 11)}end."
    found = str(InputError(message))
    assert len(found) <= 1200
    assert found.startswith("a.csv: ")
    assert found.endswith("xend.")
    assert (found == message) == (length == 1200)


@pytest.mark.parametrize("error", [KeyError("a"), RecursionError("too deep"), MemoryError(), OSError("bad\nlines")])
def test_exceptions_of_a_damaged_file_name_it(error):
    with (
        pytest.raises(InputError, match=rf"^a\.nc: damaged.*{type(error).__name__}.*; write it again\.$") as raised,
        reading_of("a.nc", "write it again"),
    ):
        raise error
    assert raised.value.__cause__ is error


@pytest.mark.parametrize("error", [InputError("b: no."), ModuleNotFoundError("c", name="c"), KeyboardInterrupt()])
def test_errors_with_a_message_of_their_own_stay(error):
    with pytest.raises(type(error)) as raised, reading_of("a.nc", "write it again"):
        raise error
    assert raised.value is error
