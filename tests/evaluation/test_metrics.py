import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation import scores


def test_by_hand():
    truth = np.array([[1.0, 2.0], [3.0, np.nan]])
    prediction = np.array([[1.0, 3.0], [np.nan, 5.0]])
    assert scores(truth, prediction) == {"mae": 0.5, "rmse": pytest.approx(0.5**0.5), "r2": -1.0, "n": 2}


def test_equals_scikit_learn():
    rng = np.random.default_rng(0)
    truth, prediction = rng.normal(size=(2, 500))
    ours = scores(truth, prediction)
    assert ours["mae"] == pytest.approx(mean_absolute_error(truth, prediction))
    assert ours["rmse"] == pytest.approx(root_mean_squared_error(truth, prediction))
    assert ours["r2"] == pytest.approx(r2_score(truth, prediction))


def test_single_precision_is_summed_in_double():
    truth = np.full(1_000_000, 1000.0, np.float32)
    assert scores(truth, truth + np.float32(0.125))["mae"] == 0.125


def test_nothing_to_compare():
    nothing = scores(np.array([np.nan, 1.0]), np.array([1.0, np.nan]))
    assert nothing["n"] == 0
    assert np.isnan(nothing["mae"])


def test_truth_that_does_not_vary_has_no_r2():
    assert np.isnan(scores(np.ones(3), np.zeros(3))["r2"])


def test_shapes_must_agree():
    with pytest.raises(InputError, match=r"prediction: .*shape \(2,\).*\(1, 2\)"):
        scores(np.ones((1, 2)), np.ones(2))
