"""Tests that all interpolators of the package share: the public ones, invalid input, and leave-one-out of kriging."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from aqnet_pyg.baselines import kriging, space_time
from aqnet_pyg.errors import InputError
from aqnet_pyg.testing import BaselineTests
from aqnet_pyg.testing.baselines import synthetic_network as network


class InterpolatorChecks(BaselineTests):
    """Subclasses set :attr:`interpolator`, and :attr:`exact`, one that reproduces the measurements."""

    interpolator = None
    exact = None

    def make(self):
        return clone(self.interpolator)

    def make_exact(self):
        return clone(self.exact)

    def test_bad_input(self):
        coordinates, values, targets = network(6)
        fitted = self.fitted(coordinates, values)
        with pytest.raises(InputError, match=r"values: shape \(8, 24\).*\[time, 25\]"):
            fitted.predict(targets, values[:, :-1])
        with pytest.raises(InputError, match="values: infinite"):
            fitted.predict(targets, np.where(np.isnan(values), np.inf, values))
        with pytest.raises(InputError, match=r"coordinates.*swapped"):
            fitted.predict(targets[::-1], values)
        with pytest.raises(InputError, match="coordinates: shapes"):
            fitted.predict((targets[0], targets[1][:-1]), values)


def network_with_gaps(seed):
    """Hours with all kinds of gaps: no, one, two and three measurements, and a station without any."""
    coordinates, values, targets = network(seed, stations=12, hours=12, missing=0.3)
    values[2] = np.nan
    for hour, count in ((4, 1), (5, 2), (7, 3)):
        values[hour] = np.nan
        values[hour, :count] = 50 + 10 * np.arange(count)
    values[:, 6] = np.nan
    return coordinates, values, targets


class KrigingChecks(InterpolatorChecks):
    """Subclasses set :attr:`given` too, one with all parameters given, and :attr:`has_std`."""

    examples = 3  # each fits twice, with the whole grid of parameters

    given = None
    has_std = True

    @pytest.mark.parametrize("errors", [0.0, 2.0])
    def test_leave_one_out_equals_prediction_without_the_station(self, errors):
        coordinates, values, _ = network_with_gaps(1)
        values[3, 5] = 300  # an outlier, which dominates the sill of the hour
        fitted = clone(self.given).fit(coordinates, values, errors * np.random.default_rng(0).random(12))
        options = {"return_std": True} if self.has_std else {}
        expected = np.full((1 + self.has_std, *values.shape), np.nan)
        for station in range(values.shape[1]):
            others = np.where(np.arange(values.shape[1]) == station, np.nan, values)
            place = tuple(axis[[station]] for axis in coordinates)
            expected[:, :, [station]] = fitted.predict(place, others, **options)
        result = fitted.leave_one_out(values, **options)
        np.testing.assert_allclose(np.reshape(result, expected.shape), expected, rtol=1e-7, atol=1e-9)
        measured = np.isfinite(values)
        assert np.isfinite(expected[0][~measured]).sum() > 30
        assert np.isfinite(expected[-1][measured]).sum() > 40
        if self.has_std:
            np.testing.assert_array_equal(fitted.leave_one_out(values), result[0])

    def test_a_station_with_large_errors_has_no_weight(self):
        coordinates, values, targets = network(2)
        values[:, 3] += 500
        errors = np.where(np.arange(25) == 3, 1e9, 0.0)
        fitted = clone(self.given).fit(coordinates, values, errors)
        without = np.where(np.arange(25) == 3, np.nan, values)
        expected = clone(self.given).fit(coordinates, values).predict(targets, without)
        np.testing.assert_allclose(fitted.predict(targets, values), expected, rtol=1e-5)

    def test_parameters_are_chosen_at_the_stations_without_errors(self):
        coordinates, values, _ = network(3)
        errors = np.where(np.arange(25) < 15, 0.0, 0.5)
        chosen = self.make().fit(coordinates, values, errors)
        parameters = {name: getattr(chosen, f"{name}_", value) for name, value in chosen.get_params().items()}
        fitted = type(chosen)(**parameters).fit(coordinates, values, errors)
        error = np.nanmean(np.abs(fitted.leave_one_out(values) - values)[:, errors == 0])
        assert chosen.loo_mae_ == pytest.approx(error, rel=1e-6)
        with pytest.raises(InputError, match="error_variance: no station without an error variance measured"):
            self.make().fit(coordinates, values, np.full(25, 0.5))

    @pytest.mark.parametrize(("errors", "message"), [(np.zeros(3), r"shape \(3,\)"), (np.full(25, -1.0), "negative")])
    def test_invalid_error_variances(self, errors, message):
        coordinates, values, _ = network(3)
        with pytest.raises(InputError, match=f"error_variance: {message}"):
            clone(self.given).fit(coordinates, values, errors)

    def test_leave_one_out_of_invalid_input(self):
        coordinates, values, _ = network(1)
        with pytest.raises(NotFittedError):
            self.make().leave_one_out(values)
        with pytest.raises(InputError, match=r"values: shape \(8, 24\)"):
            clone(self.given).fit(coordinates, values).leave_one_out(values[:, 1:])

    def test_with_all_parameters_given_nothing_is_tuned(self, monkeypatch):
        def fail(*_):
            raise AssertionError("parameters were tuned")

        for module in (kriging, space_time):
            monkeypatch.setattr(module, "tuning_hours", fail)
        coordinates, values, targets = network(1)
        fitted = clone(self.given).fit(coordinates, np.full((1, values.shape[1]), np.nan))
        assert np.isfinite(fitted.predict(targets, values)).all()
        assert not hasattr(fitted, "loo_mae_")
