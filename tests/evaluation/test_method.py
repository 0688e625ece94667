"""Base class of methods, and the hyper-parameters that a row reports."""

import numpy as np
import pytest
from evaluation.sample_methods import MeanOfDay, MeanOfNetwork, Random

from aqnet_pyg.evaluation.method import Method, fitted_parameters


class Estimator:
    """Fitted attributes of several types."""

    def __init__(self):
        self.k, self.k_, self.range_km_, self.log_, self.name_ = 3, 5, 2.5, True, "exponential"
        self._cache_, self.weights_, self.nothing_ = 1, np.ones(3), None


def test_fitted_parameters_are_numbers_and_text():
    assert fitted_parameters(Estimator()) == {"k_": 5, "range_km_": 2.5, "log_": True, "name_": "exponential"}


@pytest.mark.parametrize("make", [MeanOfNetwork, MeanOfDay])
def test_methods_are_deterministic_and_report_nothing_by_default(make):
    method = make()
    assert isinstance(method, Method)
    assert not method.stochastic
    method.chosen["k"] = 1
    assert make().chosen == {}
    assert Random().stochastic
