"""Horizons of the short-term table."""

import numpy as np
from numpy.testing import assert_array_equal

from aqnet_pyg.evaluation.protocols import PROTOCOLS


def test_short_horizons_are_hours_up_to_the_lead():
    values = np.arange(2 * 24 * 3.0).reshape(2, 24, 3)
    tables = PROTOCOLS["short-term"].aggregates(values, values)
    assert {name: table.shape for name, table in tables.items()} == {
        "6h": (2, 6, 3),
        "12h": (2, 12, 3),
        "24h": (2, 24, 3),
    }
    assert_array_equal(tables["6h"], values[:, :6])
