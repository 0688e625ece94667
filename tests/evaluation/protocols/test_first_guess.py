import numpy as np
import pytest
import xarray as xr
from evaluation.first_guess_files import region_cases, write_region

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.audit import audit
from aqnet_pyg.evaluation.harness import evaluate
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.evaluation.protocols import PROTOCOLS, first_guess
from aqnet_pyg.evaluation.result_cache import ResultCache
from aqnet_pyg.simulation import simulate

PROTOCOL = PROTOCOLS["first-guess"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("regions")
    write_region(path)
    return path


def test_every_monitor_is_hidden_alone_and_in_a_block(folder):
    cases = region_cases(folder)
    assert [case.group for case in cases] == ["XY_loo"] * 24 + ["XY_blocked"] * 5
    codes = sorted(cases[0].data.station.values)
    assert [case.hidden for case in cases[:24]] == [(code,) for code in codes]
    assert sorted(code for case in cases[24:] for code in case.hidden) == codes
    assert [case.group for case in region_cases(folder, regime="random")] == ["XY_loo"] * 24
    assert [case.group for case in region_cases(folder, regime="blocked")] == ["XY_blocked"] * 5


def test_truth_is_the_index_and_each_station_a_block_of_the_bootstrap(folder, tmp_path):
    index = write_region(tmp_path)
    cases = region_cases(tmp_path, regime="random")
    scored = [PROTOCOL.truths(case)["XY_loo"] for case in cases]
    np.testing.assert_allclose(np.concatenate([one.truth for one in scored]), index, rtol=1e-6)
    assert [int(block) for one in scored for block in one.block] == list(range(24))
    assert cases[0].data.pm25.attrs["units"] == "1"
    assert cases[0].fields["right"].attrs["units"] == "ug m-3"


def test_rows_with_the_field_are_best_and_noise_costs_little(folder, tmp_path):
    models = ["kriging", "kriging-drift", "kriging-drift-noise", "gstools-drift"]
    options = MethodOptions(tmp_path)
    cases = region_cases(folder, regime="blocked")
    tables = evaluate(PROTOCOL, cases, models, 1, ResultCache(tmp_path / "parts"), options, "kriging")
    error = {row: metrics["mae_XY_blocked"]["mean"] for row, metrics in tables["rows"].items()}
    assert error["kriging-drift"] < 0.5 * error["kriging"]
    assert error["gstools-drift"] < 0.5 * error["kriging"]
    assert error["kriging-drift-noise"] < 1.3 * error["kriging"]
    assert set(tables["differences"]["XY_blocked"]) == set(models) - {"kriging"}
    assert tables["n"] == {"XY_blocked": 24}


def test_hidden_monitors_are_not_used(folder, tmp_path):
    cases = region_cases(folder)
    passed = audit(PROTOCOL, cases, ["kriging-drift", "gstools-drift"], MethodOptions(tmp_path))
    first = cases[0].name
    assert passed["kriging-drift"] == [f"{first}: hidden stations", "XY-blocked-1: hidden stations"]


def test_a_row_without_its_field_is_refused(folder, tmp_path):
    case = region_cases(folder)[0]
    method = PROTOCOL.method("kriging-drift-shifted", MethodOptions(tmp_path))
    with pytest.raises(InputError, match="has no field 'shifted'; leave this row out"):
        PROTOCOL.run(case, method, 0, case)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda folder: (folder / "CMAQ_XY.csv").unlink(), "no CMAQ_XY.csv beside it"),
        (lambda folder: (folder / "FRM_XY.csv").unlink(), "no file FRM_X.csv"),
        (lambda folder: (folder / "FRM_XY.csv").write_text("AQI,lon\n1,2\n"), "columns AQI, lon, lat"),
        (lambda folder: (folder / "FRM_XY.csv").write_text("AQI,lon,lat\nhigh,2,3\n"), "columns AQI, lon, lat"),
    ],
)
def test_files_that_do_not_fit_are_refused(tmp_path, change, named):
    write_region(tmp_path)
    change(tmp_path)
    with pytest.raises(InputError, match=named):
        region_cases(tmp_path)


def test_options_that_change_the_protocol_are_refused(folder):
    with pytest.raises(InputError, match="target"):
        region_cases(folder, target="o3")
    with pytest.raises(InputError, match="source: 'cnemc'"):
        region_cases(folder, source="cnemc")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    def small(days, start, stations=40, **options):
        return simulate(days, start, stations=min(stations, 40), spacing=1.0, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aqnet_pyg.simulation.simulate", small)
        patch.setattr(first_guess, "DAYS", {"train": slice(0, 2), "validation": slice(2, 3), "test": slice(3, 4)})
        return region_cases(tmp_path_factory.mktemp("none"), source="simulated")


def test_simulation_is_scored_at_stations_and_on_the_true_grid(simulated, tmp_path):
    assert [case.group for case in simulated] == ["random"] * 5 + ["blocked"] * 5
    case = simulated[5]
    assert (case.train.sum(), case.validation.sum(), case.test.sum()) == (48, 24, 5)
    arrays = PROTOCOL.run(case, PROTOCOL.method("kriging-drift", MethodOptions(tmp_path)), 0, case).arrays
    scored, predicted = PROTOCOL.truths(case), PROTOCOL.predictions(case, arrays)
    assert list(scored) == list(predicted) == ["blocked", "blocked_grid"]
    truth = case.grid_truth
    np.testing.assert_array_equal(scored["blocked_grid"].truth, truth.values.ravel())
    assert predicted["blocked_grid"].shape == scored["blocked_grid"].block.shape == truth.values.ravel().shape
    # The value of a cell is at its coordinates.
    near = int(np.argmin(np.abs(case.cells[0] - 116.4) + np.abs(case.cells[1] - 39.9)))
    expected = truth.sel(longitude=116.4, latitude=39.9, method="nearest").values
    np.testing.assert_array_equal(scored["blocked_grid"].truth.reshape(5, -1)[:, near], expected)
    assert PROTOCOL.score_intervals(case, [arrays])[""][0]["covered"].size


def test_networks_use_the_first_guess(simulated, tmp_path):
    options = MethodOptions(tmp_path, steps=2, device="cpu")
    case = simulated[5]
    for name in ("network-drift", "ensemble-drift"):
        method = PROTOCOL.method(name, options)
        arrays = PROTOCOL.run(case, method, 0, case).arrays
        assert np.isfinite(arrays["value"]).all()
        assert np.isfinite(arrays["grid"]).all()
        assert ("std" in arrays) == (name == "ensemble-drift")
        # The network of one row is the first one of the other; a field that is wrong at the targets makes another estimate.
        method.first_guess = case.fields["noise"]
        wrong = method.predict(case.measured(), case.targets, case.hours).value
        assert np.abs(wrong - arrays["value"]).max() > 1
    assert len(list(tmp_path.glob("*/trained.pt"))) == 2


def test_wrong_fields_are_wrong(simulated):
    fields = simulated[0].fields
    assert set(fields) == {"right", "noise", "shifted", "other-year"}
    right = fields["right"]
    xr.testing.assert_equal(fields["shifted"].isel(time=12, drop=True), right.isel(time=0, drop=True))
    for name in ("noise", "other-year"):
        assert fields[name].dims == right.dims
        assert fields[name].indexes["time"].equals(right.indexes["time"])
        assert abs(np.corrcoef(fields[name].values.ravel(), right.values.ravel())[0, 1]) < 0.9
    assert float(fields["noise"].std()) == pytest.approx(float(right.std()), rel=0.05)
