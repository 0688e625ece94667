"""Views of a case: methods get visible stations and the hours of their part only."""

from dataclasses import replace

import numpy as np
import pytest
from evaluation.evaluation_data import HIDDEN, small_case

from aqnet_pyg.baselines import distance_matrix_km
from aqnet_pyg.errors import InputError


def test_views_show_visible_stations_in_their_hours_only():
    case = small_case()
    views = {"train": case.training_data(), "validation": case.validation_data()}
    for part, view in views.items():
        inside = getattr(case, part)
        assert not set(HIDDEN) & set(view.station.values)
        assert view.sizes == {"time": 120, "station": 13}
        for name in case.data.data_vars:
            assert view[name].isel(time=~inside).isnull().all()
            original = case.data[name].sel(station=view.station).isel(time=inside)
            np.testing.assert_array_equal(view[name].isel(time=inside), original)
    assert set(case.measured().station.values) == set(case.visible)
    assert case.measured().pm25.isel(time=case.test).notnull().any()


def test_the_truth_is_of_hidden_stations_in_test_hours():
    case = small_case(hidden=("S007", "S001"))
    expected = case.data.pm25.sel(station=["S007", "S001"]).values[case.test]
    np.testing.assert_array_equal(case.truth(), expected)
    longitude, latitude = case.targets
    assert longitude[0] == float(case.data.longitude.sel(station="S007"))
    shown = case.measured()
    distances = distance_matrix_km((longitude, latitude), (shown.longitude.values, shown.latitude.values))
    np.testing.assert_array_equal(case.distance_km, distances.min(axis=1))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden": ()}, "0 of 16 stations"),
        ({"hidden": ("X",)}, "unknown (first X)"),
        ({"hidden": tuple(f"S{number:03d}" for number in range(16))}, "not all"),
        ({"target": "rain"}, "rain"),
        ({"test": np.zeros(120, bool)}, "test: contains no hour"),
        ({"test": np.ones(120, bool)}, "hours in common"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(change, message):
    with pytest.raises(InputError) as error:
        replace(small_case(), **change)
    assert message in str(error.value)
