"""Views of a case of gaps."""

from dataclasses import replace

import numpy as np
import pytest
from evaluation.sample_fillers import small_gap_case

from aqnet_pyg.errors import InputError


def test_the_input_lacks_the_masked_measurements_and_nothing_else():
    case = small_gap_case()
    before, given = case.data.pm25.values, case.measured().pm25.values
    assert np.isnan(given[case.masked]).all()
    np.testing.assert_array_equal(given[~case.masked], before[~case.masked])
    np.testing.assert_array_equal(case.missing, np.isnan(given))
    assert case.visible == tuple(case.data.station.values)


def test_masked_measurements_of_other_pollutants_are_not_given():
    case = small_gap_case()
    masked = np.roll(case.masked, 1, axis=1)
    data = case.data.assign(pm10=case.data.pm25.fillna(0.0) * 2)
    case = replace(case, data=data, others_masked={"pm10": masked})
    given = case.measured()
    assert np.isnan(given.pm10.values[masked]).all()
    np.testing.assert_array_equal(given.pm10.values[~masked], data.pm10.values[~masked])
    np.testing.assert_array_equal(np.isnan(given.pm25), case.missing)
    assert {name: mask.sum() for name, mask in case.unknown.items()} == {
        "pm25": case.scored.sum(),
        "pm10": (masked & case.test[:, None]).sum(),
    }


def test_methods_are_fitted_to_all_measurements_before_the_test():
    case = small_gap_case()
    fitted, before = case.fitting_data().pm25.values, case.data.pm25.values
    np.testing.assert_array_equal(fitted[~case.test], before[~case.test])
    assert np.isnan(fitted[case.test]).all()


def test_the_truth_is_that_of_masked_test_hours():
    case = small_gap_case()
    assert not case.scored[~case.test].any()
    np.testing.assert_array_equal(case.truth(), case.data.pm25.values[case.masked & case.test[:, None]])
    assert np.isfinite(case.truth()).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden": ("S001",)}, "masked: bool of shape .* and 1 hidden stations"),
        ({"masked": np.ones((3, 8), bool)}, r"masked: bool of shape \(3, 8\)"),
        ({"masked": np.zeros((240, 8))}, "masked: float64"),
        ({"masked": np.zeros((240, 8), bool)}, "no measurement of the test hours is masked"),
        ({"target": "rain"}, "target: 'rain'"),
    ],
)
def test_masks_that_do_not_fit_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        replace(small_gap_case(), **change)
