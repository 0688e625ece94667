import numpy as np
import pytest
from baselines.first_guess_data import field_and_measurements

from aqnet_pyg.baselines import GSToolsDriftKriging
from aqnet_pyg.errors import InputError


def apart(numbers, coordinates, values, fields):
    """Visible and hidden stations: arguments of fit, and of predict."""
    kept = np.setdiff1d(np.arange(values.shape[1]), numbers)
    visible = (tuple(axis[kept] for axis in coordinates), values[:, kept], fields[:, kept])
    return visible, (tuple(axis[numbers] for axis in coordinates), *visible[1:], fields[:, numbers])


@pytest.mark.parametrize("log", [False, True])
def test_closed_form_is_leave_one_out_of_gstools(log):
    coordinates, values, fields = field_and_measurements(stations=12)
    values[1, 4] = np.nan
    kriging = GSToolsDriftKriging(300.0, 0.1, log)
    kriging.fit(coordinates, values, fields)
    closed = kriging._left_out(*kriging._transformed(values, fields), 300.0, 0.1)
    for station in range(12):
        visible, arguments = apart([station], coordinates, values, fields)
        predicted = GSToolsDriftKriging(300.0, 0.1, log).fit(*visible).predict(*arguments)
        measured = np.isfinite(values[:, station])
        expected = kriging._restored(closed)[measured, station]
        np.testing.assert_allclose(predicted[measured, 0], expected, rtol=1e-6)


def test_drift_is_found_in_every_hour():
    coordinates, values, fields = field_and_measurements(stations=40)
    hidden = [3, 17, 30]
    visible, arguments = apart(hidden, coordinates, values, fields)
    kriging = GSToolsDriftKriging().fit(*visible)
    assert np.abs(kriging.predict(*arguments) - values[:, hidden]).max() < 3
    assert kriging.range_km_ > 0
    assert 0 < kriging.nugget_ <= 0.4


def test_missing_values_and_fields_give_missing_estimates():
    coordinates, values, fields = field_and_measurements(stations=20)
    visible, (targets, measured, at_stations, at_targets) = apart([0, 1], coordinates, values, fields)
    measured, at_targets = measured.copy(), at_targets.copy()
    measured[0, 2:] = np.nan
    at_targets[1, 1] = np.nan
    predicted = GSToolsDriftKriging(300.0, 0.1).fit(*visible).predict(targets, measured, at_stations, at_targets)
    assert np.isnan(predicted).tolist() == [[True, True], [False, True], [False, False]]


def test_several_fields_are_refused():
    coordinates, values, fields = field_and_measurements()
    with pytest.raises(InputError, match="fields: shape"):
        GSToolsDriftKriging().fit(coordinates, values, np.repeat(fields, 2, axis=-1))
