import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from aqnet_pyg.errors import InputError
from aqnet_pyg.gap_masks import (
    GAP_BIN_NAMES,
    by_gap_bin,
    copied_gaps,
    gap_bins,
    gap_length,
    hours_since_measured,
    network_outages,
)

RECORDS = arrays.arrays(bool, st.tuples(st.integers(2, 600), st.integers(1, 4)))
SEEDS = st.integers(0, 2**16)


def runs(column):
    """Lengths of the runs of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], column, [False]]).astype(int)))
    return sorted(edges[1::2] - edges[::2])


def record(days=60):
    """Gaps of 5 and 30 hours, one of them at both stations, and a station that begins late."""
    missing = np.zeros((24 * days, 3), bool)
    missing[200:205, 0] = True
    missing[500:530, :2] = True
    missing[:400, 2] = True
    return missing


class TestCopiedGaps:
    @given(RECORDS, SEEDS)
    def test_only_measurements_are_hidden(self, missing, seed):
        missing[[0, -1]] = False
        mask = copied_gaps(missing, np.random.default_rng(seed))
        assert mask.shape == missing.shape
        assert not (mask & missing).any()

    def test_gaps_are_shifted_together_by_whole_days(self):
        missing = record()
        for seed in range(20):
            first, second, late = copied_gaps(missing, np.random.default_rng(seed)).T
            shifts = [
                days for days in range(60) if (np.roll(missing[:, 1], 24 * days) & ~missing[:, 1] == second).all()
            ]
            assert len(shifts) == 1, "by whole days"
            assert 7 <= shifts[0] <= 60 - 7
            np.testing.assert_array_equal(first, np.roll(missing[:, 0], 24 * shifts[0]) & ~missing[:, 0])
            assert not late.any(), "the hours before the station began are no gap"

    def test_draws_differ_and_are_reproducible(self):
        missing = record()
        masks = [copied_gaps(missing, np.random.default_rng(seed)).tobytes() for seed in (0, 0, *range(1, 8))]
        assert masks[0] == masks[1]
        assert len(set(masks)) > 4

    @given(SEEDS)
    def test_variables_are_shifted_together(self, seed):
        missing = record()
        both = np.stack([missing, np.roll(missing, 11, axis=0)], axis=-1)
        both[:11, :, 1] = missing[:11]
        mask = copied_gaps(both, np.random.default_rng(seed))
        for variable in range(2):
            alone = copied_gaps(both[..., variable], np.random.default_rng(seed))
            np.testing.assert_array_equal(mask[..., variable], alone)
        silent = network_outages(both, np.random.default_rng(seed), every=50)
        np.testing.assert_array_equal(silent.any(axis=1)[:, 0], silent.any(axis=1)[:, 1])

    @given(SEEDS)
    def test_excluded_hours_are_neither_hidden_nor_copied(self, seed):
        missing, hours = record(), np.zeros(1440, bool)
        hours[:450] = hours[600:] = True
        mask = copied_gaps(missing, np.random.default_rng(seed), hours=hours)
        assert not mask[~hours].any()
        assert {length for station in mask.T for length in runs(station)} <= {1, 2, 3, 4, 5}

    def test_months_without_any_measurement_are_neither_hidden_nor_copied(self):
        missing = record()
        missing[700:1000] = True
        for seed in range(10):
            mask = copied_gaps(missing, np.random.default_rng(seed))
            assert mask.any()
            assert max(length for station in mask.T for length in runs(station)) <= 30

    def test_short_records(self):
        missing = np.zeros((2, 1), bool)
        assert copied_gaps(missing, np.random.default_rng(0)).shape == (2, 1)
        with pytest.raises(InputError, match="hours: gaps cannot be copied within a record of 1 hours with"):
            copied_gaps(missing[:1], np.random.default_rng(0))


class TestNetworkOutages:
    @given(RECORDS, SEEDS)
    def test_all_stations_are_hidden_in_the_same_hours(self, missing, seed):
        mask = network_outages(missing, np.random.default_rng(seed), every=20)
        hours = mask.any(axis=1)
        np.testing.assert_array_equal(mask[hours], ~missing[hours])

    def test_number_and_lengths(self):
        missing = np.zeros((200_000, 1), bool)
        found = runs(network_outages(missing, np.random.default_rng(0), every=500)[:, 0])
        assert len(found) == pytest.approx(400, rel=0.15)
        assert found[0] == 1
        assert found[-1] >= 20
        assert np.mean(np.array(found) < 5) == pytest.approx(0.5, abs=0.1), "uniform in the logarithm"

    @given(SEEDS)
    def test_excluded_hours_are_not_hidden(self, seed):
        hours = np.random.default_rng(seed).random(500) < 0.5
        missing = np.zeros((500, 2), bool)
        assert not network_outages(missing, np.random.default_rng(seed), every=10, hours=hours)[~hours].any()

    def test_longest(self):
        missing = np.zeros((20_000, 1), bool)
        assert set(runs(network_outages(missing, np.random.default_rng(0), every=1000, longest=1)[:, 0])) == {1}


@given(RECORDS)
def test_gap_length(missing):
    lengths = gap_length(missing)
    for column, found in zip(missing.T, lengths.T, strict=True):
        assert sorted(found[column]) == sorted(length for length in runs(column) for _ in range(length))
    assert (lengths[~missing] == 0).all()
    # Constant within a gap.
    same = missing[1:] & missing[:-1]
    np.testing.assert_array_equal(lengths[1:][same], lengths[:-1][same])


@given(RECORDS)
def test_hours_since_measured(missing):
    since = hours_since_measured(missing)
    assert (since[~missing] == 0).all()
    for (hour, station), value in np.ndenumerate(since):
        assert missing[hour - value + 1 : hour + 1, station].all()
        assert hour == value - 1 or not missing[hour - value, station]


def test_gap_bins():
    lengths = np.array([[0, 1, 2, 3, 4, 12], [13, 48, 49, 5000, 0, 1]])
    names = ["none" if bin_ < 0 else GAP_BIN_NAMES[bin_] for bin_ in gap_bins(lengths).ravel()]
    assert names == ["none", "1", "2-3", "2-3", "4-12", "4-12", "13-48", "13-48", "longer", "longer", "none", "1"]


def test_by_gap_bin():
    lengths = np.array([[0, 1, 2], [3, 49, 1]])
    bins = by_gap_bin(lengths)
    assert tuple(bins) == GAP_BIN_NAMES
    found = {name: lengths[these].tolist() for name, these in bins.items() if these.any()}
    assert found == {"1": [1, 1], "2-3": [2, 3], "longer": [49]}


@pytest.mark.parametrize("draw", [copied_gaps, network_outages])
def test_bad_input(draw):
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match=r"missing: an array of float64 of shape \(50, 2\).*bool, \[time, station\]"):
        draw(np.zeros((50, 2)), rng)
    with pytest.raises(InputError, match=r"missing: an array of bool of shape \(50,\)"):
        draw(np.zeros(50, bool), rng)
    with pytest.raises(InputError, match=r"hours: an array of bool of shape \(49,\) was given; use bool, \[50\]"):
        draw(np.zeros((50, 2), bool), rng, hours=np.ones(49, bool))


@pytest.mark.parametrize("option", ["every", "longest"])
def test_outages_below_an_hour(option):
    with pytest.raises(InputError, match=f"{option}: 0 was given"):
        network_outages(np.zeros((50, 2), bool), np.random.default_rng(0), **{option: 0})
