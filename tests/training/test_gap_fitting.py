"""Training of a model that fills gaps."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from gap_samples import NetworkMean, series

from aqnet_pyg.baselines import SpaceTimeFiller
from aqnet_pyg.ensembles import GapModel
from aqnet_pyg.errors import InputError
from aqnet_pyg.gap_masks import LONGEST_OUTAGE
from aqnet_pyg.nn import GapNetwork
from aqnet_pyg.nn.gap_features import NUM_FEATURES
from aqnet_pyg.stations import make_station_data
from aqnet_pyg.training import GapSettings, fit_gaps
from aqnet_pyg.training.gap_fitting import draw_examples

SMALL = GapSettings(networks=2, masks=2, outage_every=100.0, channels=16, dropout=0.1, steps=150, batch=128)


def station_data(coordinates, values, time):
    table = pd.DataFrame(
        {"longitude": coordinates[0], "latitude": coordinates[1]}, index=[f"S{i}" for i in range(values.shape[1])]
    )
    return make_station_data({"pm25": values}, time, table, time_zone="Asia/Shanghai", source="made up for tests")


def fitted(coordinates, values, time, settings=SMALL):
    filler = NetworkMean().fit(coordinates, values, time)
    return fit_gaps(station_data(coordinates, values, time), "pm25", settings, filler=filler)


@pytest.fixture(scope="module")
def trained():
    return fitted(*series(hours=24 * 40))


def test_networks_learn_from_the_own_hours_on_both_sides(trained):
    (_, truth, time), (_, values, _) = (series(hours=24 * 40, missing=share) for share in (0.0, 0.2))
    hidden = np.isnan(values)
    background, filled = trained.filler.fill(values, time), trained.fill(values, time)
    before, after = (np.abs(each - truth)[hidden].mean() for each in (background, filled.value))
    assert after < 0.75 * before
    covered = ((filled.lower <= truth) & (truth <= filled.upper))[hidden].mean()
    assert 0.84 < covered < 0.96


def test_networks_learn_from_other_pollutants_of_the_hour():
    (coordinates, truth, time), (_, values, _) = (series(hours=24 * 40, missing=share) for share in (0.0, 0.2))
    jumps = np.random.default_rng(1).lognormal(0, 0.3, truth.shape)  # of both pollutants, in single hours
    hidden = np.isnan(values)
    data = station_data(coordinates, values * jumps, time)
    other = np.where(np.random.default_rng(2).random(truth.shape) < 0.2, np.nan, 1.5 * truth * jumps)
    filler = NetworkMean().fit(coordinates, values * jumps, time)
    alone = fit_gaps(data, "pm25", SMALL, filler=filler)
    model = fit_gaps(data.assign(pm10=data.pm25.copy(data=other.astype(np.float32))), "pm25", SMALL, filler=filler)
    assert (alone.others, model.others) == ((), ("pm10",))
    measured = np.isfinite(other)

    def error(filled):
        return np.abs(filled.value - truth * jumps)[hidden & measured].mean()

    without = model.fill(values * jumps, time)
    both = model.fill(values * jumps, time, [other])
    assert error(both) < 0.7 * error(alone.fill(values * jumps, time))
    # The other pollutant changes the hours of a gap in which it was measured, and none else.
    assert ((without.value != both.value) <= (hidden & measured)).all()


def test_intervals_are_as_wide_as_the_errors_of_the_hour():
    (coordinates, truth, time), (_, values, _) = (series(hours=24 * 40, missing=share) for share in (0.0, 0.2))
    loud = (time.astype(np.int64) + 8) % 24 < 8  # measurements at these hours of the (local) day are noisy
    noise = np.random.default_rng(1).normal(0, np.where(loud, 20, 1)[:, None], truth.shape)
    truth, values = (np.maximum(each + noise, 0) for each in (truth + 50, values + 50))
    filled = fitted(coordinates, values, time, replace(SMALL, steps=600)).fill(values, time)
    hidden = np.isnan(values)
    width, covered = filled.upper - filled.lower, (filled.lower <= truth) & (truth <= filled.upper)
    quiet = hidden & ~loud[:, None]
    noisy = hidden & loud[:, None]
    assert width[noisy].mean() > 1.3 * width[quiet].mean()
    assert covered[noisy].mean() > 0.8
    assert covered[hidden].mean() == pytest.approx(0.9, abs=0.05)


def test_networks_that_do_not_help_have_no_weight(monkeypatch):
    def noise(examples, chosen, std, settings, seed):
        torch.manual_seed(seed)
        network = GapNetwork(16)
        torch.nn.init.normal_(network.layers[-1].weight, std=10.0)
        return network.eval()

    monkeypatch.setattr("aqnet_pyg.training.gap_fitting._trained", noise)
    # Where no neighbor measures, this background has no estimate, and there is nothing to weigh.
    assert fitted(*series(hours=24 * 20)).weights == (0.0, 1.0)


def test_a_training_depends_on_its_seed_only(trained):
    state = torch.random.get_rng_state()
    coordinates, values, time = series(hours=24 * 40)
    again = fitted(coordinates, values, time)
    assert torch.equal(torch.random.get_rng_state(), state)
    np.testing.assert_array_equal(again.fill(values, time).upper, trained.fill(values, time).upper)


def test_the_default_background_is_the_space_time_estimate():
    coordinates, values, time = series(hours=24 * 10, stations=4)
    data = station_data(coordinates, values, time)
    data = data.assign(pm10=2 * data.pm25.fillna(30.0))
    model = fit_gaps(data, "pm25", replace(SMALL, masks=1, steps=2))
    expected = SpaceTimeFiller().fit(coordinates, values.astype(np.float32), time)
    one, other = (each.fill(values, time) for each in (model.filler, expected))
    np.testing.assert_array_equal(one, other)
    assert np.isfinite(model.fill(values, time).value).all()
    again = GapModel.from_state(model.state())
    filled = (each.fill(values, time, [data.pm10.values]).upper for each in (again, model))
    np.testing.assert_array_equal(*filled)


def test_provenance(trained):
    assert trained.stations == tuple(f"S{i}" for i in range(8))
    assert trained.target == "pm25"
    assert trained.provenance["settings"]["steps"] == SMALL.steps
    assert trained.provenance["data"] == "made up for tests"
    assert set(trained.provenance) == {"settings", "versions", "data", "data_sha256"}


def test_hidden_measurements_have_no_way_in():
    coordinates, values, time = series(hours=24 * 20)
    settings = GapSettings(masks=1)
    filler = NetworkMean().fit(coordinates, values, time)
    first = draw_examples(filler, [values], time, [30.0], settings)
    hours = (first.hour - time[0].astype(int))[:, None] == np.arange(len(time))
    hidden = np.zeros(values.shape, bool)
    for station in range(values.shape[1]):
        candidates = hours[np.isin(first.truth, values[:, station])].any(axis=0)
        hidden[:, station] = candidates & np.isin(values[:, station], first.truth)
    assert hidden.sum() == len(first.truth)
    changed = np.where(hidden, values + 1000, values)
    second = draw_examples(filler, [changed], time, [30.0], settings)
    for one, other in zip((*first.inputs, *first[2:]), (*second.inputs, *second[2:]), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(second.truth, first.truth + 1000)


def test_other_pollutants_are_hidden_where_they_go_missing_together():
    coordinates, values, time = series(hours=24 * 20)
    values[24 * 8 : 24 * 12] = 50.0  # without gaps
    missing = np.isnan(values)
    other = np.where(missing, np.nan, 100.0)  # fails whenever the target does
    filler = NetworkMean().fit(coordinates, values, time)
    examples = draw_examples(filler, [values, other], time, [30.0, 30.0], GapSettings(masks=3))
    assert not examples.inputs.features[:, NUM_FEATURES].any()
    examples = draw_examples(filler, [values, np.full(values.shape, 100.0)], time, [30.0, 30.0], GapSettings(masks=3))
    in_outage = examples.inputs.alone
    np.testing.assert_array_equal(examples.inputs.features[:, NUM_FEATURES], ~in_outage)


def test_long_silence_separates_periods():
    coordinates, values, time = series(hours=24 * 30)
    values[200 : 201 + LONGEST_OUTAGE] = np.nan
    spans = []

    class Recording(NetworkMean):
        def estimate(self, values, time, hours=None):
            spans.append((time[0], len(time)))
            return super().estimate(values, time, hours)

    filler = Recording().fit(coordinates, values, time)
    examples = draw_examples(filler, [values], time, [30.0], GapSettings(masks=1))
    assert [hours for _, hours in spans] == [200, len(time) - 201 - LONGEST_OUTAGE]
    assert not np.isin(examples.hour, time[200 : 201 + LONGEST_OUTAGE].astype(int)).any()


def test_large_data_take_fewer_masks_and_targets():
    coordinates, values, time = series(hours=24 * 20)
    filler = NetworkMean().fit(coordinates, values, time)
    every = draw_examples(filler, [values], time, [30.0], GapSettings(masks=4))
    fewer = draw_examples(filler, [values], time, [30.0], GapSettings(masks=4, most_estimates=1))
    some = draw_examples(filler, [values], time, [30.0], GapSettings(masks=4, most_targets=100))
    assert len(fewer.truth) < 0.5 * len(every.truth)
    assert 50 < len(some.truth) <= 100


def test_without_networks_intervals_are_those_of_the_background():
    coordinates, values, time = series(hours=24 * 20)
    model = fitted(coordinates, values, time, GapSettings(networks=0, masks=2))
    filled = model.fill(values, time)
    np.testing.assert_allclose(filled.value, model.filler.fill(values, time))
    assert (filled.lower <= filled.upper).all()


def test_an_unknown_target_is_refused():
    coordinates, values, time = series(hours=48)
    with pytest.raises(InputError, match="'no2' is not in the data; they have pm25"):
        fit_gaps(station_data(coordinates, values, time), "no2")


def test_too_little_to_learn_from():
    coordinates, values, time = series(hours=48, missing=0.0)
    filler = NetworkMean().fit(coordinates, values, time)
    with pytest.raises(InputError, match="no measurement could be hidden"):
        draw_examples(filler, [values], time, [30.0], GapSettings(masks=1, outage_every=1e9))
