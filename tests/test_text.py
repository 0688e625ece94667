"""Wording of messages."""

import pytest

from aqnet_pyg.text import counted, suggestion


@pytest.mark.parametrize(("number", "text"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1234, "1,234 files")])
def test_numbers_and_nouns(number, text):
    assert counted(number, "file") == text


@pytest.mark.parametrize(
    ("name", "text"),
    [("gapfilling", " (did you mean 'gap-filling'?)"), ("Table", " (did you mean 'table'?)"), ("x", "")],
)
def test_similar_names_are_suggested(name, text):
    assert suggestion(name, ["table", "gap-filling"]) == text
