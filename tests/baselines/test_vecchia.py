"""The Gaussian process of GPBoost where it is installed, and how it is called with a model that stands for it."""

import importlib.util
import sys
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
from baselines.interpolator_checks import InterpolatorChecks, network

from aqnet_pyg.baselines import OrdinaryKriging, VecchiaGP
from aqnet_pyg.errors import InputError

INSTALLED = importlib.util.find_spec("gpboost") is not None


@pytest.mark.skipif(not INSTALLED, reason="GPBoost is not installed")
class TestVecchiaGP(InterpolatorChecks):
    examples = 3
    interpolator = VecchiaGP(neighbors=30)  # all stations of the samples, with which the approximation is exact

    def make_exact(self):
        return None  # measurement error is estimated

    def test_with_all_stations_as_neighbors_it_is_ordinary_kriging(self):
        coordinates, values, targets = network(1)
        fitted = self.fitted(coordinates, values)
        kriging = OrdinaryKriging(range_km=fitted.range_km_, nugget=fitted.nugget_).fit(coordinates, values)
        estimate, std = fitted.predict(targets, values, return_std=True)
        np.testing.assert_allclose(estimate, kriging.predict(targets, values), rtol=1e-6)
        assert (std > 0).all()
        assert std.max() <= np.sqrt(fitted.sill_) * (1 + 1e-9)

    def test_few_neighbors_change_little(self):
        coordinates, values, targets = network(2, stations=60)
        few, all_of_them = (
            VecchiaGP(neighbors).fit(coordinates, values).predict(targets, values) for neighbors in (10, 60)
        )
        assert 0 < np.abs(few - all_of_them).mean() < 0.2 * np.nanstd(values)


class Model:
    """A Gaussian process without correlation: it estimates the mean of the hour."""

    made: ClassVar[list["Model"]] = []

    def __init__(self, **arguments):
        self.arguments = arguments
        self.made.append(self)

    def fit(self, y, X, params=None):
        self.y, self.design, self.params = y, X, params
        self.coefficients = np.linalg.lstsq(X, y, rcond=None)[0]

    def get_cov_pars(self, format_pandas):
        return np.array([1.0, 3.0, 250.0])

    def predict(self, gp_coords_pred, cluster_ids_pred, X_pred, predict_var):
        return {"mu": X_pred @ self.coefficients, "var": np.full(len(X_pred), 4.0) if predict_var else None}


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setattr(Model, "made", [])
    monkeypatch.setitem(sys.modules, "gpboost", SimpleNamespace(GPModel=Model))
    return Model.made


def test_covariance_is_estimated_once_and_held(fake):
    coordinates, values, targets = network(3, hours=60)
    values[7] = np.nan
    fitted = VecchiaGP(neighbors=12).fit(coordinates, values)
    assert (fitted.range_km_, fitted.sill_, fitted.nugget_) == (250.0, 4.0, 0.25)
    (fit,) = fake
    assert fit.params is None
    assert len(np.unique(fit.arguments["cluster_ids"])) == 24
    assert fit.arguments["num_neighbors"] == 12
    estimate, std = fitted.predict(targets, values, return_std=True)
    assert [len(np.unique(model.arguments["cluster_ids"])) for model in fake[1:]] == [24, 24, 11]
    for model in fake[1:]:
        np.testing.assert_array_equal(model.params["init_cov_pars"], [1, 3, 250])
        assert not any(model.params["estimate_cov_par_index"])
    mean = np.nanmean(np.delete(values, 7, axis=0), axis=1, keepdims=True)
    np.testing.assert_allclose(np.delete(estimate, 7, axis=0), np.broadcast_to(mean, (59, 7)))
    assert np.isnan(estimate[7]).all()
    assert np.isnan(std[7]).all()
    assert (np.delete(std, 7, axis=0) == 2).all()
    np.testing.assert_array_equal(fitted.predict(targets, values), estimate)


def test_distances_are_chords_in_kilometers(fake):
    coordinates = np.array([0.0, 90.0, 0.0]), np.array([0.0, 0.0, 90.0])
    VecchiaGP().fit(coordinates, np.array([[1.0, 2.0, 4.0]]))
    positions = fake[0].arguments["gp_coords"]
    lengths = np.linalg.norm(positions[:, None] - positions, axis=2)
    np.testing.assert_allclose(lengths[~np.eye(3, dtype=bool)], np.sqrt(2) * 6371.0, rtol=1e-3)


def test_measurements_are_in_an_order_of_positions_alone(fake):
    (longitude, latitude), values, _ = network(4)
    longitude -= 110  # on both sides of the prime meridian
    VecchiaGP().fit((longitude, latitude), values)
    VecchiaGP().fit((longitude[::-1] % 360, latitude[::-1]), values[:, ::-1])
    more = np.append(longitude, 3), np.append(latitude, 4)
    VecchiaGP().fit(more, np.pad(values, ((0, 0), (0, 1)), constant_values=np.nan))
    for other in fake[1:]:
        np.testing.assert_array_equal(other.y, fake[0].y)
        np.testing.assert_array_equal(other.arguments["gp_coords"], fake[0].arguments["gp_coords"])


def test_invalid_input_is_refused(fake):
    coordinates, values, _ = network(5)
    with pytest.raises(InputError, match="neighbors: 0 was given"):
        VecchiaGP(neighbors=0).fit(coordinates, values)
    with pytest.raises(InputError, match="values: all stations measured the same in every hour"):
        VecchiaGP().fit(coordinates, np.where(np.isnan(values), np.nan, np.arange(8.0)[:, None]))
    with pytest.raises(InputError, match="values: no hour has measurements at two visible stations"):
        VecchiaGP().fit(coordinates, np.full_like(values, np.nan))


def test_without_gpboost_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "gpboost", None)
    coordinates, values, _ = network(5)
    with pytest.raises(InputError, match=r"pip install 'aqnet-pyg\[gpboost\]'"):
        VecchiaGP().fit(coordinates, values)
