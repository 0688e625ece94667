"""Tables of forecasts."""

from evaluation.evaluation_data import small_forecast_case
from evaluation.sample_methods import OneForecast

from aqnet_pyg.evaluation.harness import evaluate
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.evaluation.result_cache import ResultCache


def test_forecasts_have_tables_by_horizon_and_place(tmp_path):
    models, cache = ["persistence", "damped-persistence", "linear"], ResultCache(tmp_path)
    result = evaluate(OneForecast(), [small_forecast_case()], models, 2, cache, MethodOptions(tmp_path), "persistence")
    names = {
        f"{metric}_{lead}h_{place}"
        for metric in ("mae", "rmse", "r2")
        for lead in (12, 24)
        for place in ("visible", "hidden")
    }
    assert set(result["rows"]["linear"]) == names
    assert set(result["differences"]) == {
        "reference",
        *(f"{lead}h_{place}" for lead in (12, 24) for place in ("visible", "hidden")),
    }
    assert result["intervals"] == {}
