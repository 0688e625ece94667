"""Kriging of departures from first guesses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aqnet_pyg.baselines import FirstGuessKriging, LocalSillKriging, OrdinaryKriging, SpaceTimeKriging
from aqnet_pyg.baselines import drift as drift_module
from aqnet_pyg.errors import InputError

KRIGING = OrdinaryKriging(range_km=400, nugget=0.1)


def region(stations=30, targets=10, hours=10, seed=0, factor=1.5):
    """Stations and targets in a field that is a multiple of a rough first guess, plus a smooth departure."""
    rng = np.random.default_rng(seed)
    places = stations + targets
    longitude, latitude = rng.uniform(110, 118, places), rng.uniform(32, 39, places)
    guess = 40 + 15 * rng.normal(size=(hours, places))
    phase = rng.uniform(0, 6, (hours, 1))
    truth = factor * guess + 10 * np.sin(longitude / 2 + phase) + 10 * np.cos(latitude / 2 - phase) + 50
    values = truth + rng.normal(size=truth.shape)
    here, there = np.arange(places) < stations, np.arange(places) >= stations
    visible = values[:, here]
    visible[rng.random(visible.shape) < 0.1] = np.nan
    coordinates = (longitude[here], latitude[here]), (longitude[there], latitude[there])
    return coordinates, visible, guess[:, here, None], guess[:, there, None], truth[:, there]


def error(estimate, truth):
    return float(np.sqrt(np.nanmean((estimate - truth) ** 2)))


@pytest.mark.parametrize("interpolator", [None, KRIGING, SpaceTimeKriging(1, 400, 6, 0.1), LocalSillKriging()])
def test_a_first_guess_with_the_detail_between_stations_is_used(interpolator):
    (here, there), values, fields, at_targets, truth = region()
    fitted = FirstGuessKriging(interpolator).fit(here, values, fields)
    plain = OrdinaryKriging().fit(here, values).predict(there, values)
    assert fitted.factors_.mean == pytest.approx([1.5], abs=0.1)
    assert error(fitted.predict(there, values, fields, at_targets), truth) < 0.5 * error(plain, truth)


def test_factors_follow_the_hour():
    (here, there), values, fields, at_targets, truth = region()
    _, opposite, others, at_others, of_others = region(factor=-1.0)
    values, fields, at_targets, truth = (
        np.concatenate(pair)
        for pair in ((values, opposite), (fields, others), (at_targets, at_others), (truth, of_others))
    )
    fitted = FirstGuessKriging(KRIGING).fit(here, values, fields)
    assert error(fitted.predict(there, values, fields, at_targets), truth) < 6


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("interpolator", [KRIGING, LocalSillKriging(range_km=300, nugget=0.2)])
def test_leave_one_out_is_the_prediction_without_the_station(interpolator, log):
    (here, _), values, fields, *_ = region(stations=25, hours=8)
    fitted = FirstGuessKriging(interpolator, log=log).fit(here, values, fields)
    estimate, std = fitted.leave_one_out(values, fields, return_std=True)
    for station in (0, 11):
        without = values.copy()
        without[:, station] = np.nan
        at_station = tuple(axis[[station]] for axis in here)
        alone = fitted.predict(at_station, without, fields, fields[:, [station]], return_std=True)
        np.testing.assert_allclose(estimate[:, [station]], alone[0], rtol=1e-8)
        np.testing.assert_allclose(std[:, [station]], alone[1], rtol=1e-8)


def test_leave_one_out_in_space_and_time_is_the_prediction_without_the_station():
    (here, _), values, fields, *_ = region(stations=20, hours=8)
    fitted = FirstGuessKriging(SpaceTimeKriging(1, 400, 6, 0.1)).fit(here, values, fields)
    without = values.copy()
    without[:, 3] = np.nan
    alone = fitted.predict((here[0][[3]], here[1][[3]]), without, fields, fields[:, [3]])
    np.testing.assert_allclose(fitted.leave_one_out(values, fields)[:, [3]], alone, rtol=1e-8)


def test_a_useless_first_guess_is_not_used():
    (here, there), values, fields, at_targets, truth = region(factor=0.0)
    rng = np.random.default_rng(1)
    noise, at_noise = rng.normal(size=fields.shape), rng.normal(size=at_targets.shape)
    fitted = FirstGuessKriging(KRIGING).fit(here, values, noise)
    plain = KRIGING.fit(here, values).predict(there, values)
    assert error(fitted.predict(there, values, noise, at_noise), truth) < 1.02 * error(plain, truth)
    constant = FirstGuessKriging(KRIGING).fit(here, values, np.full_like(fields, 3.0))
    three = np.full_like(at_targets, 3.0)
    np.testing.assert_allclose(constant.predict(there, values, np.full_like(fields, 3.0), three), plain, rtol=1e-6)


def test_without_a_first_guess_the_estimate_is_that_of_the_interpolator():
    (here, there), values, fields, at_targets, _ = region()
    fitted = FirstGuessKriging(KRIGING).fit(here, values, fields)
    at_targets[:, 3], at_targets[5], fields[7] = np.nan, np.nan, np.nan
    estimate, std = fitted.predict(there, values, fields, at_targets, return_std=True)
    plain, plain_std = KRIGING.fit(here, values).predict(there, values, return_std=True)
    for part in (np.s_[:, 3], np.s_[5], np.s_[7]):
        np.testing.assert_allclose(estimate[part], plain[part])
        np.testing.assert_allclose(std[part], plain_std[part])
    rest = np.delete(np.delete(estimate - plain, 3, axis=1), [5, 7], axis=0)
    assert np.abs(rest).min() > 0


def test_several_first_guesses_are_better_than_each():
    (here, there), values, fields, at_targets, truth = region()
    rng = np.random.default_rng(2)
    extra, at_extra = rng.normal(size=fields.shape), rng.normal(size=at_targets.shape)
    values, truth = values + 8 * extra[..., 0], truth + 8 * at_extra[..., 0]
    both, at_both = np.concatenate([fields, extra], -1), np.concatenate([at_targets, at_extra], -1)
    errors = [
        error(FirstGuessKriging(KRIGING).fit(here, values, each).predict(there, values, each, at), truth)
        for each, at in ((fields, at_targets), (extra, at_extra), (both, at_both))
    ]
    assert errors[2] < 0.6 * min(errors[:2])


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000), st.floats(-50, 50), st.floats(0.1, 10))
def test_invariants(seed, shift, scale):
    (here, there), values, fields, at_targets, _ = region(20, 5, 6, seed=seed)
    here = (here[0] - 180, here[1])  # from -70 to -62 degrees
    there = (there[0] - 180, there[1])
    expected = FirstGuessKriging(KRIGING).fit(here, values, fields).predict(there, values, fields, at_targets)
    moved = FirstGuessKriging(KRIGING).fit(here, values, shift + scale * fields)
    np.testing.assert_allclose(
        moved.predict(there, values, shift + scale * fields, shift + scale * at_targets), expected, rtol=1e-6
    )
    order = np.random.default_rng(seed).permutation(20)
    turned = (here[0][order] + 360, here[1][order])
    relabeled = FirstGuessKriging(KRIGING).fit(turned, values[:, order], fields[:, order])
    again = relabeled.predict(there, values[:, order], fields[:, order], at_targets)
    np.testing.assert_allclose(again, expected, rtol=1e-6)


def test_parameters_of_a_fit_predict_the_same_at_the_same_stations():
    (here, there), values, fields, at_targets, _ = region()
    fitted = FirstGuessKriging().fit(here, values, fields)
    kriging = OrdinaryKriging(range_km=fitted.interpolator_.range_km_, nugget=fitted.interpolator_.nugget_)
    again = FirstGuessKriging(kriging, factors=fitted.factors_).fit(here, values[:0], fields[:0])
    expected = fitted.predict(there, values, fields, at_targets)
    np.testing.assert_array_equal(again.predict(there, values, fields, at_targets), expected)


def test_factors_of_a_large_network_come_from_some_stations(monkeypatch):
    (here, there), values, fields, at_targets, truth = region(stations=40)
    monkeypatch.setattr(drift_module, "MOST_STATIONS", 25)
    fitted = FirstGuessKriging(KRIGING).fit(here, values, fields)
    assert error(fitted.predict(there, values, fields, at_targets), truth) < 6
    estimate = fitted.leave_one_out(values, fields)
    for station in (0, 1, 2, 3):
        without = values.copy()
        without[:, station] = np.nan
        alone = fitted.predict((here[0][[station]], here[1][[station]]), without, fields, fields[:, [station]])
        np.testing.assert_allclose(estimate[:, [station]], alone, rtol=1e-8)


def test_bad_input_is_refused():
    (here, there), values, fields, at_targets, _ = region(hours=3)
    fitted = FirstGuessKriging(KRIGING).fit(here, values, fields)
    with pytest.raises(InputError, match="fields: shape"):
        FirstGuessKriging(KRIGING).fit(here, values, fields[..., 0])
    with pytest.raises(InputError, match="fields: shape"):
        fitted.predict(there, values, fields[:, :-1], at_targets)
    with pytest.raises(InputError, match="fields_at_targets: shape"):
        fitted.predict(there, values, fields, at_targets[:-1])
    with pytest.raises(InputError, match="values: shape"):
        fitted.predict(there, values[:, :-1], fields[:, :-1], at_targets)
    with pytest.raises(InputError, match="infinite"):
        FirstGuessKriging(KRIGING).fit(here, np.where(values > 100, np.inf, values), fields)
    with pytest.raises(InputError, match="no hour has measurements"):
        FirstGuessKriging(KRIGING).fit(here, values, np.full_like(fields, np.nan))
    in_time = FirstGuessKriging(SpaceTimeKriging(1, 400, 6, 0.1)).fit(here, values, fields)
    with pytest.raises(InputError, match="return_std: SpaceTimeKriging"):
        in_time.predict(there, values, fields, at_targets, return_std=True)
    with pytest.raises(InputError, match="log=True"):
        FirstGuessKriging(KRIGING, log=True).fit(here, values - 1000, fields)


def with_other(fields, at_targets, kind, seed=1):
    """The first guess, and a second field that does not change with time."""
    rng = np.random.default_rng(seed)
    stations, targets = fields.shape[1], at_targets.shape[1]
    other = rng.normal(size=stations + targets) if kind == "noise" else np.full(stations + targets, float(kind))
    here, there = (np.broadcast_to(part, (len(fields), part.size))[..., None] for part in np.split(other, [stations]))
    return np.concatenate([fields, here], -1), np.concatenate([at_targets, there], -1)


@pytest.mark.parametrize("kind", ["noise", "0", "5.3", "1e-8"])
def test_a_field_that_does_not_help_is_left_out(kind):
    (here, there), values, fields, at_targets, _ = region(stations=60)
    more, more_at_targets = with_other(fields, at_targets, kind)
    alone = FirstGuessKriging(KRIGING).fit(here, values, fields)
    fitted = FirstGuessKriging(KRIGING, covariates=1).fit(here, values, more)
    np.testing.assert_array_equal(fitted.factors_.used, [True, False])
    estimate = fitted.predict(there, values, more, more_at_targets)
    np.testing.assert_allclose(estimate, alone.predict(there, values, fields, at_targets))
    more_at_targets[..., 1] = np.nan  # nor is it needed
    np.testing.assert_allclose(fitted.predict(there, values, more, more_at_targets), estimate)


@settings(max_examples=10)
@given(scale=st.floats(1e-4, 1e6), shift=st.floats(-1e3, 1e3))
def test_units_of_a_covariate_do_not_matter(scale, shift):
    """As long as they are not mixed up by rounding."""
    (here, there), values, fields, at_targets, _ = region()
    rng = np.random.default_rng(2)
    height = rng.normal(size=fields.shape[1] + at_targets.shape[1])
    low, high = (np.broadcast_to(part, (len(fields), part.size)) for part in np.split(height, [fields.shape[1]]))
    values = values + 20 * low
    estimates = []
    for factor, offset in ((1.0, 0.0), (scale, shift * scale)):
        pair = (np.stack([one[..., 0], factor * two + offset], -1) for one, two in ((fields, low), (at_targets, high)))
        at_stations, at_places = pair
        fitted = FirstGuessKriging(KRIGING, covariates=1).fit(here, values, at_stations)
        assert fitted.factors_.used.all()
        estimates.append(fitted.predict(there, values, at_stations, at_places))
    np.testing.assert_allclose(estimates[0], estimates[1], rtol=1e-5)


def test_logarithms_are_not_taken_of_covariates():
    (here, there), values, *_ = region()
    wind = np.random.default_rng(3).normal(size=(2, 10, 40))
    scaled = np.exp(values / 100 + 0.3 * wind[0, :, :30])
    fitted = FirstGuessKriging(KRIGING, log=True, covariates=1).fit(here, scaled, wind[0, :, :30, None])
    assert fitted.factors_.mean == pytest.approx([0.3], abs=0.1)
    assert np.isfinite(fitted.predict(there, scaled, wind[0, :, :30, None], wind[0, :, 30:, None])).all()
