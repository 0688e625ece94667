"""Packed arrays are restored to within half a rounding step."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from report.html_runs import unpack

from aqnet_pyg.report.html.packing import pack, step_for

values = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=9),
    elements=st.one_of(st.floats(-3000, 3000, width=32), st.just(np.float32(np.nan))),
)


@given(values, values)
def test_arrays_are_restored_to_half_a_step(one, other):
    index, text = pack({"one": (one, 0.1), "other": (other, 1.0)})
    found = unpack(index, text)
    for name, wanted, step in (("one", one, 0.1), ("other", other, 1.0)):
        assert found[name].shape == wanted.shape
        np.testing.assert_array_equal(np.isnan(found[name]), np.isnan(wanted))
        np.testing.assert_allclose(found[name], wanted, atol=step / 2 + 1e-4)


def test_values_beyond_16_bits_are_clipped():
    found = unpack(*pack({"one": (np.array([[1e9], [-1e9], [np.inf]]), 1.0)}))
    np.testing.assert_array_equal(found["one"].ravel(), [32767, -32767, 32767])


@pytest.mark.parametrize("highest", [0.3, 12.0, 740.0, 5000.0])
def test_steps_are_fine_and_fit_into_16_bits(highest):
    assert 2000 <= highest / step_for(highest) <= 20000.001


@pytest.mark.parametrize("highest", [0.0, float("nan")])
def test_without_values_there_is_a_step(highest):
    assert step_for(highest) == 1.0
