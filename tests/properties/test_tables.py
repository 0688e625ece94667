"""Tables in all dialects are read back to the station data that they were written from."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given

from aqnet_pyg.readers import read_table
from aqnet_pyg.testing import written_tables


def assert_same(data, expected):
    """The same stations, positions and values; the hours are those with rows."""
    assert sorted(data.station.values.tolist()) == sorted(expected.station.values.tolist())
    assert data.time.values[0] >= expected.time.values[0]
    assert data.time.values[-1] <= expected.time.values[-1]
    data = data.sel(station=expected.station.values).reindex(time=expected.time.values)
    for name in ("longitude", "latitude"):
        np.testing.assert_allclose(data[name], expected[name], atol=1e-6)
    measured = [name for name in expected.data_vars if np.isfinite(expected[name]).any()]
    assert [name for name in expected.data_vars if name in data] == measured
    for name in measured:
        np.testing.assert_allclose(data[name], expected[name], rtol=1e-5, atol=1e-5)


@given(written_tables())
def test_tables_are_read_back(table):
    with tempfile.TemporaryDirectory() as folder:
        path, options = table.write(Path(folder))
        data, report = read_table(path, **options)
    assert not report.damaged
    assert not report.skipped
    assert_same(data, table.data)
