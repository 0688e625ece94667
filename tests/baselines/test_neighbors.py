import numpy as np
import pytest
from baselines.interpolator_checks import InterpolatorChecks, network

from aqnet_pyg.baselines import IDW, MeanOfK, Nearest, distance_matrix_km, neighbors
from aqnet_pyg.errors import InputError


class TestNearest(InterpolatorChecks):
    interpolator = exact = Nearest()

    def test_nearest_station_with_data(self):
        coordinates = np.array([116.0, 116.1, 117.0]), np.array([40.0, 40.0, 40.0])
        values = np.array([[1.0, 2.0, 3.0], [1.0, np.nan, 3.0], [np.nan, np.nan, 3.0]])
        nearest = Nearest().fit(coordinates, values)
        assert nearest.predict((np.array([116.09]), np.array([40.0])), values).tolist() == [[2.0], [1.0], [3.0]]

    def test_nearest_by_great_circle_and_not_by_degrees(self):
        # At 60 degrees north, one degree of longitude is half a degree of latitude.
        coordinates = np.array([11.5, 10.0]), np.array([60.0, 61.0])
        values = np.array([[1.0, 2.0]])
        assert Nearest().fit(coordinates, values).predict((np.array([10.0]), np.array([60.0])), values) == 1.0


class TestIDW(InterpolatorChecks):
    interpolator = IDW()
    exact = IDW(k=8, power=2)

    @pytest.mark.parametrize(("k", "power"), [(1, 2.0), (4, 1.0), (8, 1.5), (100, 3.0)])
    def test_equals_a_loop(self, k, power):
        coordinates, values, targets = network(7)
        distances = distance_matrix_km(targets, coordinates)
        expected = np.empty((8, 7))
        for hour in range(8):
            measured = np.flatnonzero(np.isfinite(values[hour]))
            for target in range(7):
                near = measured[np.argsort(distances[target, measured])][:k]
                weight = distances[target, near] ** -power
                expected[hour, target] = np.sum(weight * values[hour, near]) / np.sum(weight)
        np.testing.assert_allclose(IDW(k, power).fit(coordinates, values).predict(targets, values), expected)

    def test_parameters_minimize_the_leave_one_out_error(self):
        coordinates, values, _ = network(8)
        chosen = IDW().fit(coordinates, values)
        errors = {}
        for k in neighbors.K_GRID:
            for power in neighbors.POWER_GRID:
                residuals = []
                for station in range(25):
                    others = np.arange(25) != station
                    rest = tuple(axis[others] for axis in coordinates)
                    here = tuple(axis[~others] for axis in coordinates)
                    estimate = IDW(k, power).fit(rest, values[:, others]).predict(here, values[:, others])
                    residuals.append(np.abs(estimate[:, 0] - values[:, station]))
                errors[k, power] = np.nanmean(residuals)
        assert chosen.loo_mae_ == pytest.approx(min(errors.values()))
        assert errors[chosen.k_, chosen.power_] == pytest.approx(chosen.loo_mae_)

    def test_never_chooses_more_stations_than_measured(self):
        coordinates, values, _ = network(9, stations=5, missing=0)
        assert IDW().fit(coordinates, values).k_ == 4

    def test_given_parameters_are_kept(self):
        coordinates, values, _ = network(9)
        assert IDW(power=3).fit(coordinates, values).power_ == 3
        assert IDW(k=5).fit(coordinates, values).k_ == 5

    def test_many_targets_in_chunks(self, monkeypatch):
        coordinates, values, targets = network(10)
        expected = IDW(4, 2).fit(coordinates, values).predict(targets, values)
        monkeypatch.setattr(neighbors, "_CHUNK", 60)
        np.testing.assert_array_equal(IDW(4, 2).fit(coordinates, values).predict(targets, values), expected)

    def test_invalid_parameters(self):
        coordinates, values, _ = network(11)
        with pytest.raises(InputError, match=r"^k: 0"):
            IDW(k=0).fit(coordinates, values)
        with pytest.raises(InputError, match=r"^power: -1"):
            IDW(power=-1).fit(coordinates, values)

    def test_no_hour_to_choose_parameters(self):
        coordinates, values, _ = network(12, stations=1)
        with pytest.raises(InputError, match=r"two visible stations.*k and power"):
            IDW().fit(coordinates, values)


class TestMeanOfK(InterpolatorChecks):
    interpolator = MeanOfK()
    exact = MeanOfK(k=1)

    def test_mean_of_the_nearest_stations_with_data(self):
        coordinates = np.array([116.0, 116.1, 116.3, 118.0]), np.full(4, 40.0)
        values = np.array([[1.0, 2.0, 6.0, 9.0], [np.nan, 2.0, 6.0, 10.0]])
        estimate = MeanOfK(3).fit(coordinates, values).predict((np.array([116.1]), np.array([40.0])), values)
        assert estimate.tolist() == [[3.0], [6.0]]

    def test_chooses_how_many(self):
        coordinates, values, _ = network(8)
        chosen = MeanOfK().fit(coordinates, values)
        distances = distance_matrix_km(coordinates, coordinates)
        np.fill_diagonal(distances, np.inf)
        errors = {}
        for k in (1, 2, 3, 4, 6, 8, 12, 16, 24):
            residuals = []
            for hour, station in np.argwhere(np.isfinite(values)):
                measured = np.flatnonzero(np.isfinite(values[hour]) & (np.arange(25) != station))
                near = measured[np.argsort(distances[station, measured])][:k]
                residuals.append(abs(values[hour, near].mean() - values[hour, station]))
            errors[k] = np.mean(residuals)
        assert chosen.k_ == min(errors, key=errors.get)
        assert chosen.loo_mae_ == pytest.approx(errors[chosen.k_])
