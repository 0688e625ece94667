"""Networks that fill gaps, as rows of the tables."""

import numpy as np
import pytest
from evaluation.sample_fillers import OneGapCase, small_gap_case

from aqnet_pyg.evaluation import gap_network_methods
from aqnet_pyg.evaluation.audit import audit
from aqnet_pyg.evaluation.harness import evaluate
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.evaluation.result_cache import ResultCache
from aqnet_pyg.evaluation.rows import filling
from aqnet_pyg.training.gap_settings import GapSettings


class Rows(OneGapCase):
    """The rows of the package."""

    def method(self, name, options):
        return filling(name, options)


@pytest.fixture(autouse=True)
def trainings(monkeypatch):
    """Few masks, and a list of the trainings: settings and background."""
    fit, calls = gap_network_methods.fit_gaps, []

    def counted(training, target, settings, *, filler):
        calls.append((settings, filler.parameters_.tolist()))
        return fit(training, target, settings, filler=filler)

    monkeypatch.setattr(gap_network_methods, "fit_gaps", counted)
    monkeypatch.setattr(gap_network_methods, "GapSettings", lambda seed: GapSettings(masks=2, channels=8, seed=seed))
    return calls


def test_both_rows_share_a_training_for_each_seed_and_all_share_the_background(tmp_path, trainings):
    cache = ResultCache(tmp_path)
    options = MethodOptions(tmp_path, steps=3)
    result = evaluate(Rows({}), [small_gap_case()], ["network", "ensemble"], 2, cache, options, "network")
    assert [settings.seed for settings, _ in trainings] == [0, 1]
    assert {settings.steps for settings, _ in trainings} == {3}
    assert trainings[0][1] == trainings[1][1]
    chosen = result["cases"]["gaps"]["chosen"]
    assert (chosen["network"], chosen["ensemble"]) == ({"networks": 1}, {"networks": 5})
    for row in ("network", "ensemble"):
        assert result["without"]["all"][row] == 0
        assert 0 < result["intervals"]["all"][row]["coverage"]["mean"] <= 1
    assert result["rows"]["network"]["mae"] != result["rows"]["ensemble"]["mae"]


def test_the_measurements_are_returned_and_gaps_have_intervals(tmp_path):
    case = small_gap_case()
    method = filling("ensemble", MethodOptions(tmp_path, steps=3)).fit(case.fitting_data(), "pm25", 0)
    value, lower, upper = method.fill(case.measured())
    given = case.measured().pm25.values
    np.testing.assert_array_equal(value[~case.missing], given[~case.missing])
    assert (lower[case.missing] < upper[case.missing]).all()


def test_the_audit_passes(tmp_path):
    passed = audit(Rows({}), [small_gap_case()], ["ensemble"], MethodOptions(tmp_path, steps=3))
    assert passed == {"ensemble": ["gaps: masked hours", "gaps: test hours"]}
