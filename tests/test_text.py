"""Wording of messages."""

import pytest

from aqnet_pyg.text import counted


@pytest.mark.parametrize(("number", "text"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1234, "1,234 files")])
def test_numbers_and_nouns(number, text):
    assert counted(number, "file") == text
