"""Finished parts are taken up again, if nothing has changed."""

from dataclasses import replace

import numpy as np
from evaluation.evaluation_data import small_case, small_forecast_case

from aqnet_pyg.evaluation.cost import Cost
from aqnet_pyg.evaluation.result_cache import MethodResult, ResultCache, fingerprint
from aqnet_pyg.windows import Window


def test_a_part_comes_back_as_it_was(tmp_path):
    store = ResultCache(tmp_path / "parts")
    part = MethodResult(
        {"value": np.array([[1.5, np.nan]]), "std": np.ones(3, np.float32)},
        {"k": 3, "power": 1.5},
        Cost(2.0, 1.5, 80.0),
    )
    store.save("one", "mark", part)
    again = store.load("one", "mark")
    assert (again.chosen, again.cost) == (part.chosen, Cost(2.0, 1.5, 80.0))
    assert set(again.arrays) == {"value", "std"}
    np.testing.assert_array_equal(again.arrays["value"], part.arrays["value"])
    assert again.arrays["std"].dtype == np.float32
    assert store.load("one", "other mark") is None
    assert store.load("two", "mark") is None
    assert [path.name for path in store.folder.iterdir()] == ["one.npz"]


def test_a_broken_part_is_computed_again(tmp_path):
    store = ResultCache(tmp_path)
    store.save("one", "mark", MethodResult({"value": np.arange(1000.0)}))
    path = tmp_path / "one.npz"
    path.write_bytes(path.read_bytes()[:-200])
    assert store.load("one", "mark") is None
    path.write_text("something else")
    assert store.load("one", "mark") is None


def test_the_fingerprint_depends_on_whatever_a_part_depends_on():
    case = small_case()
    other = case.data.copy(deep=True)
    other["pm25"][3, 2] += 1
    moved = case.data.assign_coords(longitude=case.data.longitude + 1e-9)
    changed = [
        *(replace(case, data=data) for data in (other, moved, case.data.drop_vars("o3"))),
        replace(case, hidden=case.hidden[:2]),
        replace(case, validation=case.validation & (np.arange(120) != 70)),
        replace(case, spacing=1.5),
    ]
    marks = [fingerprint(one, "idw", 0) for one in (case, *changed)]
    marks += [fingerprint(case, "idw", 1), fingerprint(case, "kriging", 0)]
    assert len(set(marks)) == len(marks)
    assert fingerprint(replace(case, data=case.data.copy(deep=True)), "idw", 0) == marks[0]
    forecast = small_forecast_case()
    assert fingerprint(forecast) != fingerprint(replace(forecast, window=Window(47, horizon=24)))
