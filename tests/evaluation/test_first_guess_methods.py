import numpy as np
from evaluation.first_guess_files import region_cases, write_region

from aqnet_pyg.baselines import FirstGuessKriging
from aqnet_pyg.evaluation.first_guess_methods import FirstGuessMethod, StackedFirstGuess
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.readers.fields import sample


class Recorded:
    """Keeps what it is given; its estimate is the field."""

    def fit(self, coordinates, values, fields):
        self.strength_ = 3.0
        self.given = coordinates, values, fields

    def predict(self, coordinates, values, fields, fields_at_targets):
        self.asked = coordinates, values, fields, fields_at_targets
        return fields_at_targets[..., 0]


def test_interpolators_are_given_the_field_at_stations_and_targets(tmp_path):
    write_region(tmp_path)
    case = region_cases(tmp_path, regime="blocked")[0]
    method = FirstGuessMethod(Recorded())
    method.first_guess = case.fields["right"]
    method.fit(case.training_data(), case.validation_data(), "pm25", 0)
    assert method.chosen == {"strength_": 3.0}
    prediction = method.predict(case.measured(), case.targets, case.hours)
    visible = case.measured()
    at_visible = sample(case.fields["right"], visible.longitude.values, visible.latitude.values)
    coordinates, values, fields = method.interpolator.given
    np.testing.assert_array_equal(coordinates, [visible.longitude, visible.latitude])
    np.testing.assert_array_equal(values, visible.pm25)
    np.testing.assert_allclose(fields[..., 0], at_visible)
    np.testing.assert_allclose(prediction.value, sample(case.fields["right"], *case.targets))
    assert prediction.std is None


def test_stations_that_are_left_out_of_a_prediction_are_missing(tmp_path):
    write_region(tmp_path)
    case = region_cases(tmp_path, regime="blocked")[0]
    method = FirstGuessMethod(Recorded())
    method.first_guess = case.fields["right"]
    method.fit(case.training_data(), case.validation_data(), "pm25", 0)
    method.predict(case.measured().isel(station=slice(1, None)), case.targets, case.hours)
    _, values, fields, _ = method.interpolator.asked
    assert np.isnan(values[0, 0])
    assert np.isfinite(values[0, 1:]).all()
    assert np.isfinite(fields).all()


def test_stacked_krigings_use_the_field(tmp_path):
    write_region(tmp_path)
    case = region_cases(tmp_path, regime="blocked")[0]
    method = StackedFirstGuess(MethodOptions(tmp_path))
    method.first_guess = case.fields["right"]
    method.fit(case.training_data(), case.validation_data(), "pm25", 0)
    assert method.krigings.first_guess == ("pm25_first_guess",)
    prediction = method.predict(case.measured(), case.targets, case.hours)
    alone = FirstGuessMethod(FirstGuessKriging())
    alone.first_guess = case.fields["right"]
    alone.fit(case.training_data(), case.validation_data(), "pm25", 0)
    expected = alone.predict(case.measured(), case.targets, case.hours).value
    spread = case.truth().std()
    assert np.abs(prediction.value - expected).max() < 0.5 * spread
    assert np.isfinite(prediction.std).all()
    # A field that is wrong at the targets, but not at the stations, makes another estimate.
    method.first_guess = case.fields["noise"]
    wrong = method.predict(case.measured(), case.targets, case.hours).value
    assert np.abs(wrong - prediction.value).max() > 0.5 * spread
