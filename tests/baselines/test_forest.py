import numpy as np
import pytest
from baselines.first_guess_data import field_and_measurements

from aqnet_pyg.baselines import RandomForestInterpolation
from aqnet_pyg.baselines.forest import FEATURES_GRID, NEIGHBORS_GRID, _features
from aqnet_pyg.errors import InputError


def test_features_are_the_nearest_measurements_and_distances():
    values = np.array([[1.0, 2.0, np.nan, 4.0], [5.0, np.nan, np.nan, np.nan]])
    distance = np.array([[np.inf, 10.0, 20.0, 30.0], [9.0, 1.0, 2.0, 3.0]])
    fields = np.array([[[100.0], [200.0]], [[300.0], [400.0]]])
    rows = _features(values, fields, distance, 2, np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    assert rows[0].tolist() == [2, 10, 4, 30, 100]  # not the station itself, nor the one without a measurement
    assert rows[1].tolist() == [2, 1, 4, 3, 200]
    assert rows[3].tolist() == [5, 9, 5, 9, 400]  # the only one that measured stands for the second


@pytest.fixture(scope="module")
def fitted():
    coordinates, values, fields = field_and_measurements(stations=60, hours=6)
    visible = tuple(axis[:50] for axis in coordinates), values[:, :50], fields[:, :50]
    return RandomForestInterpolation(trees=30).fit(*visible), coordinates, values, fields


def test_forest_finds_the_field(fitted):
    forest, coordinates, values, fields = fitted
    targets = tuple(axis[50:] for axis in coordinates)
    predicted = forest.predict(targets, values[:, :50], fields[:, :50], fields[:, 50:])
    assert predicted.shape == (6, 10)
    assert np.corrcoef(predicted.ravel(), values[:, 50:].ravel())[0, 1] > 0.8
    assert forest.neighbors_ in NEIGHBORS_GRID
    assert forest.max_features_ in FEATURES_GRID


def test_hours_and_targets_without_input_have_no_estimate(fitted):
    forest, coordinates, values, fields = fitted
    targets = tuple(axis[50:53] for axis in coordinates)
    measured, at_targets = values[:2, :50].copy(), fields[:2, 50:53].copy()
    measured[0] = np.nan
    at_targets[1, 2] = np.nan
    predicted = forest.predict(targets, measured, fields[:2, :50], at_targets)
    assert np.isnan(predicted).tolist() == [[True] * 3, [False, False, True]]


def test_measurements_without_a_field_are_refused():
    coordinates, values, fields = field_and_measurements()
    with pytest.raises(InputError, match="no measurement has a first guess"):
        RandomForestInterpolation().fit(coordinates, values, np.full_like(fields, np.nan))
