"""What every interpolator of ours must do: the public tests, and that bad input is refused."""

import numpy as np
import pytest
from sklearn.base import clone

from aqnet_pyg.errors import InputError
from aqnet_pyg.testing import BaselineTests
from aqnet_pyg.testing.baselines import synthetic_network as network

__all__ = ["InterpolatorChecks", "network"]


class InterpolatorChecks(BaselineTests):
    """Subclasses set :attr:`interpolator`, and :attr:`exact`, one that goes through the measurements."""

    interpolator = None
    exact = None

    def make(self):
        return clone(self.interpolator)

    def make_exact(self):
        return clone(self.exact)

    def test_bad_input(self):
        coordinates, values, targets = network(6)
        fitted = self.fitted(coordinates, values)
        with pytest.raises(InputError, match=r"values: shape \(8, 24\).*\[time, 25\]"):
            fitted.predict(targets, values[:, :-1])
        with pytest.raises(InputError, match="values: infinite"):
            fitted.predict(targets, np.where(np.isnan(values), np.inf, values))
        with pytest.raises(InputError, match=r"coordinates.*swapped"):
            fitted.predict(targets[::-1], values)
        with pytest.raises(InputError, match="coordinates: shapes"):
            fitted.predict((targets[0], targets[1][:-1]), values)
