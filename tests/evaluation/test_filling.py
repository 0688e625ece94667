"""Protocols that mask measurements: tables, intervals and the audit."""

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
from evaluation.sample_fillers import MeanFiller, NoisyFiller, OneGapCase, SpreadFiller, small_gap_case

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.audit import audit
from aqnet_pyg.evaluation.gap_case import GapCase
from aqnet_pyg.evaluation.gap_methods import FillerMethod
from aqnet_pyg.evaluation.harness import evaluate
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.evaluation.result_cache import MethodResult, ResultCache
from aqnet_pyg.evaluation.rows import GAP_FILLERS, filling

METHODS = {"mean": MeanFiller, "spread": SpreadFiller, "noisy": NoisyFiller}


def run(tmp_path, protocol=None, **options):
    protocol, cache = protocol or OneGapCase(METHODS), ResultCache(tmp_path)
    return evaluate(protocol, protocol.cases(), list(METHODS), 2, cache, MethodOptions(tmp_path), "mean", **options)


def test_scores_are_those_at_the_masked_test_hours(tmp_path):
    result, case = run(tmp_path), small_gap_case()
    estimate = FillerMethod(MeanFiller()).fit(case.fitting_data(), "pm25", 0).fill(case.measured()).value
    scored = case.masked & case.test[:, None]
    error = (estimate - case.data.pm25.values)[scored]
    assert result["n"]["all"] == scored.sum() == error.size
    assert result["rows"]["mean"]["mae"] == {"mean": pytest.approx(np.abs(error).mean()), "sd": 0.0}
    assert result["rows"]["noisy"]["mae"]["sd"] > 0
    assert set(result["differences"]["all"]) == {"spread", "noisy"}


def test_there_are_tables_by_length_of_the_gap_and_by_neighbors(tmp_path):
    result, case = run(tmp_path), small_gap_case()
    n, missing = result["n"], case.missing
    bins = [name for name in n if name.startswith("gap_")]
    assert {"gap_1h", "gap_2-3h", "gap_4-12h"} <= set(bins) < set(n)
    assert sum(n[name] for name in bins) == n["all"] == n["neighbors_measured"] + n["no_neighbor_measured"]
    alone = missing.all(axis=1)
    assert n["no_neighbor_measured"] == case.scored[alone].sum() >= 20
    # A single hour between measurements.
    single = case.scored[1:-1] & ~missing[:-2] & ~missing[2:]
    assert n["gap_1h"] == single.sum() + (case.scored[-1] & ~missing[-2]).sum() > 10
    error = {
        name: result["rows"]["mean"][f"mae_{name}"]["mean"] for name in ("neighbors_measured", "no_neighbor_measured")
    }
    assert all(np.isfinite(list(error.values())))


def test_intervals_are_scored_by_length_of_the_gap(tmp_path):
    intervals = run(tmp_path)["intervals"]["all"]
    assert set(intervals) == {"spread"}
    (row,) = intervals.values()
    case = small_gap_case()
    estimate = FillerMethod(SpreadFiller()).fit(case.fitting_data(), "pm25", 0).fill(case.measured())
    inside = np.abs(estimate.value - case.data.pm25.values)[case.scored] <= 1.6449 * 30
    assert row["coverage"]["mean"] == pytest.approx(inside.mean())
    assert row["width"]["mean"] == pytest.approx(2 * 1.6449 * 30, rel=1e-4)
    assert sum(part["n"] for part in row["gap"].values()) == row["n"] == inside.size
    assert "4-12h" in row["gap"]


def test_the_audit_passes_methods_that_use_what_is_given(tmp_path):
    protocol = OneGapCase(METHODS)
    passed = audit(protocol, protocol.cases(), list(METHODS), MethodOptions(tmp_path))
    assert passed["spread"] == ["gaps: masked hours", "gaps: test hours"]


class Leaking(OneGapCase):
    """Gives methods the views of a case that are named."""

    def __init__(self, fitted, given):
        super().__init__(METHODS)
        self.fitted, self.given = fitted, given

    def run(self, case, method, seed, predicted_from):
        method.fit(self.fitted(case), case.target, seed)
        return MethodResult({"value": method.fill(self.given(predicted_from)).value[case.scored]})


@pytest.mark.parametrize(
    ("fitted", "given", "change"),
    [
        (GapCase.fitting_data, GapCase.measured, None),
        (GapCase.fitting_data, lambda case: case.data, "masked hours"),
        (GapCase.measured, GapCase.measured, "test hours"),
    ],
)
def test_the_audit_finds_masked_measurements_and_test_hours_in_use(fitted, given, change, tmp_path):
    protocol = Leaking(fitted, given)
    raises = pytest.raises(InputError, match=f"{change}, which it must not use") if change else nullcontext()
    with raises:
        audit(protocol, protocol.cases(), ["mean"], MethodOptions(tmp_path))


class FillsFromAnother(OneGapCase):
    """Fills with half of PM10, from the measurements that are given or from all."""

    def __init__(self, given):
        super().__init__({"half": MeanFiller})
        self.given = given

    def cases(self, request=None):
        case = small_gap_case()
        data = case.data.assign(pm10=2 * case.data.pm25.fillna(1.0))
        return [replace(case, data=data, others_masked={"pm10": case.masked & (np.arange(240) % 2 == 0)[:, None]})]

    def run(self, case, method, seed, predicted_from):
        return MethodResult({"value": self.given(predicted_from).pm10.values[case.scored] / 2})


def test_the_audit_finds_masked_measurements_of_other_pollutants_in_use(tmp_path):
    protocol = FillsFromAnother(GapCase.measured)
    assert audit(protocol, protocol.cases(), ["half"], MethodOptions(tmp_path))
    protocol = FillsFromAnother(lambda case: case.data)
    with pytest.raises(InputError, match="depends on the masked hours"):
        audit(protocol, protocol.cases(), ["half"], MethodOptions(tmp_path))


def test_every_row_can_be_created(tmp_path):
    for name in GAP_FILLERS:
        assert isinstance(filling(name, MethodOptions(tmp_path)), FillerMethod)
    path = f"{MeanFiller.__module__}.MeanFiller"
    assert isinstance(filling(path, MethodOptions(tmp_path)).filler, MeanFiller)
    assert set(OneGapCase.models) <= {*GAP_FILLERS, "network", "ensemble"}
