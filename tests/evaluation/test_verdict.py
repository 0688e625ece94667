"""Sentences on the scores of a run."""

import pytest

from aqnet_pyg.evaluation.verdict import verdict


def row(mae, rmse=None, **more):
    return {"mae": mae, "rmse": 1.5 * mae if rmse is None else rmse, "r2": 0.5, "n": 100} | more


def forecast(*errors):
    leads = dict(zip(("1-6", "7-12", "13-24", "25-48"), map(row, errors), strict=True))
    return row(sum(errors) / 4, leads=leads)


def one(rows, place="stations"):
    (sentence,) = verdict({place: rows, "grid": None}, "PM2.5", "µg m-3")
    return sentence


def test_the_best_simple_method_and_climatology_are_named_with_the_coverage():
    rows = {"ensemble": row(9.2, coverage=0.894, width=40.0), "idw": row(11.0), "kriging": row(10.0)}
    assert one(rows | {"climatology": row(18.4)}) == (
        "At hidden stations the mean absolute error of this ensemble is 9.2 µg m-3, 8 % below that of ordinary kriging and "
        "50 % below that of climatology; the 90 % intervals contain 89 % of the measurements."
    )


def test_krigings_are_one_model():
    rows = {"krigings": row(9.2), "kriging": row(10.0), "climatology": row(18.4)}
    assert one(rows).startswith("At hidden stations the mean absolute error of this ensemble of krigings is 9.2 µg m-3")


def test_a_model_behind_kriging_or_climatology_is_named():
    rows = {"network": row(10.3), "kriging-log": row(10.0), "climatology": row(10.1)}
    sentence = one(rows)
    assert "3 % above that of kriging of logarithms and 2 % above that of climatology." in sentence
    assert sentence.endswith(
        "It is not better than kriging of logarithms: prefer that. It is not better than climatology: do not use it."
    )


def test_a_larger_root_mean_square_error_is_named_where_the_mean_absolute_error_is_lower():
    rows = {"network": row(9.0, 20.0), "kriging": row(10.0, 19.0), "climatology": row(30.0, 40.0)}
    assert one(rows).endswith("Its root mean square error, 20, is not below that of ordinary kriging, 19.")


@pytest.mark.parametrize(
    ("model", "end"),
    [
        ((1.0, 2.0, 3.0, 4.0), "below that of persistence."),
        ((1.0, 2.0, 3.0, 5.0), "It is not better than climatology beyond 24 h: do not use it there."),
        ((1.0, 2.0, 5.0, 6.0), "It is not better than climatology beyond 12 h: do not use it there."),
        ((1.0, 5.5, 3.0, 6.0), "It is not better than climatology 7-12, 25-48 h ahead: do not use it there."),
        ((5.0, 6.0, 7.0, 8.0), "It is not better than climatology at any lead time: do not use it."),
    ],
)
def test_a_forecast_behind_climatology_is_named_by_lead_time(model, end):
    rows = {"network": forecast(*model), "persistence": forecast(9.0, 9.0, 9.0, 9.0)}
    assert one(rows | {"climatology": forecast(5.0, 5.0, 5.0, 5.0)}, "measuring").endswith(end)


def test_persistence_is_named_too_where_climatology_is_better():
    rows = {"network": forecast(1.0, 2.0, 3.0, 4.0), "persistence": forecast(0.5, 9.0, 9.0, 9.0)}
    sentence = one(rows | {"climatology": forecast(5.0, 5.0, 5.0, 5.0)})
    assert "50 % below that of climatology and 64 % below that of persistence" in sentence
    assert sentence.endswith("It is not better than persistence 1-6 h ahead: prefer that there.")


def test_nothing_scored():
    (sentence,) = verdict({"stations": None, "grid": None}, "PM2.5", "µg m-3")
    assert sentence.startswith("No hidden station measured PM2.5 in the test hours")
