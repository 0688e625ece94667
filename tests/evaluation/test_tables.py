"""Scores of several methods on the same values."""

import numpy as np
import pytest

from aqnet_pyg.evaluation.protocol import Scored
from aqnet_pyg.evaluation.tables import Table, mean_and_sd, pool


def scored(n=200, seed=0):
    rng = np.random.default_rng(seed)
    return Scored(rng.gamma(2, 40, n), np.arange(n) // 24, rng.uniform(0, 60, n))


def test_rows_are_means_over_seeds_of_values_that_all_have():
    truth = scored()
    truth.truth[:10] = np.nan
    good, bad = np.stack([truth.truth + 1, truth.truth + 3]), truth.truth[None] - 5
    good[1, 50:60] = np.nan
    table = Table.of(truth, {"good": good, "bad": bad})
    assert table.scored.truth.size == 180
    assert table.without == {"good": 10, "bad": 0}
    rows = table.rows()
    assert rows["good"]["mae"] == pytest.approx({"mean": 2.0, "sd": np.sqrt(2)})
    assert rows["bad"]["mae"] == pytest.approx({"mean": 5.0, "sd": 0.0})
    assert rows["bad"]["rmse"]["mean"] == pytest.approx(5.0)


def test_bins_of_distance_share_the_values():
    truth = scored()
    table = Table.of(truth, {"one": (truth.truth + truth.distance_km)[None]})
    bins = table.by_distance()
    assert list(bins) == ["0-2 km", "2-5 km", "5-10 km", "10-20 km", "20-50 km", "50-100 km"]
    assert sum(one["n"] for one in bins.values()) == 200
    assert 5 < bins["5-10 km"]["rows"]["one"]["mae"]["mean"] < 10
    assert Table.of(truth._replace(distance_km=None), {"one": truth.truth[None]}).by_distance() == {}


def test_cases_are_pooled_value_by_value():
    first, second = scored(200, 0), scored(100, 1)
    tables = [Table.of(one, {"a": (one.truth + add)[None]}) for one, add in ((first, 1), (second, 4))]
    assert pool(tables).rows()["a"]["mae"]["mean"] == pytest.approx(2.0)
    assert pool(tables).scored.distance_km.size == 300


def test_differences_are_to_a_row_that_is_there():
    truth = scored()
    table = Table.of(truth, {"kriging": (truth.truth + 2)[None], "ours": (truth.truth + 1)[None]})
    differences = table.differences("kriging")
    assert list(differences) == ["ours"]
    assert differences["ours"]["mae"]["percent"] == pytest.approx(-50)
    assert table.differences("idw") == {}


def test_the_spread_of_one_seed_is_nothing():
    assert mean_and_sd([3.0]) == {"mean": 3.0, "sd": 0.0}
    assert mean_and_sd([1.0, 3.0]) == pytest.approx({"mean": 2.0, "sd": np.sqrt(2)})
