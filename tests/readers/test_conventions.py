import inspect

import pytest

from aqnet_pyg.readers import READERS
from aqnet_pyg.readers.conventions import CONVENTIONS

OWN = {"table", "netcdf"}
"""Readers whose files state their conventions, or whose options do."""


def test_every_archive_has_conventions():
    assert set(CONVENTIONS) == set(READERS) - OWN


@pytest.mark.parametrize("name", CONVENTIONS)
def test_conventions_are_complete_and_have_sources(name):
    convention = CONVENTIONS[name]
    assert convention.label in ("beginning", "ending")
    for text in (convention.zone, convention.resolution, convention.units, convention.missing, convention.instruments):
        assert text.strip()
    assert convention.sources
    assert all(source.startswith("https://") for source in convention.sources)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_labels_are_described_where_the_reader_is(name):
    text = inspect.getdoc(READERS[name]).lower()
    assert any(word in text for word in ("hour", "time", "zone")), name
