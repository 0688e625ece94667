"""The gridder among Verde's tools."""

import copy
import doctest
import importlib.util
import pickle
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
import verde
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from station_samples import random_station_data

from aqnet_pyg.baselines import OrdinaryKriging
from aqnet_pyg.baselines.base import distance_matrix_km
from aqnet_pyg.datasets import Scaler, Window
from aqnet_pyg.errors import InputError
from aqnet_pyg.inference.reanalysis import reanalyze
from aqnet_pyg.integrations import verde_gridder as module
from aqnet_pyg.integrations.verde_gridder import AQNetGridder
from aqnet_pyg.nn import AQNet
from aqnet_pyg.training.checkpoint import save_model

BLOCKS = verde.BlockKFold(spacing=1.0, n_splits=3, shuffle=True, random_state=0)
SEVERAL = 8
assert SEVERAL >= module.ENOUGH_SNAPSHOTS


def places(number=60, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(112, 117, number), rng.uniform(35, 40, number)


def bands(coordinates, number=SEVERAL):
    """Snapshots of a field that changes along meridians only."""
    return tuple(50 + 20 * np.sin(3 * coordinates[1] + phase) for phase in range(number))


def smooth(coordinates):
    longitude, latitude = coordinates
    return 60 + 30 * np.sin(longitude / 2) * np.cos(latitude / 2)


def mercator(longitude, latitude, inverse=False):
    """Of a sphere, in meters."""
    radius = 6371e3
    if inverse:
        return np.degrees(longitude / radius), np.degrees(2 * np.arctan(np.exp(latitude / radius)) - np.pi / 2)
    return radius * np.radians(longitude), radius * np.log(np.tan(np.pi / 4 + np.radians(latitude) / 2))


# Without a checkpoint


def test_known_points_are_recovered():
    points = places()
    values = smooth(points)
    np.testing.assert_allclose(AQNetGridder(nugget=0).fit(points, values).predict(points), values, atol=1e-3)
    np.testing.assert_allclose(AQNetGridder().fit(points, values).predict(points), values, atol=1.0)


def test_the_examples_run():
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("steps", [None, 0])
def test_one_snapshot_is_ordinary_kriging(steps):
    points, others = places(), places(30, seed=1)
    values = smooth(points) + np.random.default_rng(0).normal(0, 3, len(points[0]))
    gridder = AQNetGridder(steps=steps).fit(points, values)
    kriging = OrdinaryKriging().fit(points, values[None])
    assert (gridder.range_km_, gridder.nugget_) == (kriging.range_km_, kriging.nugget_)
    np.testing.assert_allclose(gridder.predict(others), kriging.predict(others, values[None])[0], atol=1e-8)


def test_what_is_learned_helps_where_kriging_does_not_see_a_direction():
    points, others = places(80), places(100, seed=1)
    error = {}
    for steps in (0, None):
        predicted = AQNetGridder(steps=steps).fit(points, bands(points)).predict(others)
        error[steps] = np.sqrt(np.mean(np.square(np.array(predicted) - bands(others))))
    assert error[None] < 0.9 * error[0]


def test_in_training_no_point_hears_itself_nor_a_hidden_one():
    points = places(20)
    field = AQNetGridder(steps=5, k=4).fit(points, bands(points)).field_
    some, visible = torch.arange(SEVERAL), torch.arange(20) != 3
    before = field.at_points(some, visible).value
    field.value[3] += 100
    assert torch.equal(before, field.at_points(some, visible).value)
    field.value[5] += 100
    changed = (before != field.at_points(some, visible).value).any(dim=1)
    assert not changed[5]
    assert changed.sum() == 19


def test_several_snapshots():
    points, others = places(), (np.linspace(112, 117, 12).reshape(3, 4), np.full((3, 4), 37.0))
    predicted = AQNetGridder(steps=2).fit(points, bands(points, 3)).predict(others)
    assert isinstance(predicted, tuple)
    assert [part.shape for part in predicted] == [(3, 4)] * 3
    assert all(part.dtype == np.float64 for part in predicted)
    alone = AQNetGridder().fit(points, (bands(points, 1))).predict(others)
    assert isinstance(alone, np.ndarray)


def test_parts_change_nothing(monkeypatch):
    points, others = places(), places(30, seed=1)
    gridder = AQNetGridder(steps=2).fit(points, bands(points))
    whole = gridder.predict(others)
    monkeypatch.setattr(module, "CELLS_AT_ONCE", 7)
    monkeypatch.setattr(module, "SNAPSHOTS_AT_ONCE", 3)
    np.testing.assert_allclose(gridder.predict(others), whole, atol=1e-4)


def test_missing_values_are_left_out():
    points, others = places(), places(30, seed=1)
    values, absent = smooth(points), np.arange(60) % 4 == 0
    some = tuple(axis[~absent] for axis in points)
    expected = AQNetGridder(steps=2).fit(some, values[~absent]).predict(others)
    gapped = np.where(absent, np.nan, values)
    np.testing.assert_array_equal(AQNetGridder(steps=2).fit(points, gapped).predict(others), expected)
    # In each snapshot by itself.
    kriging = AQNetGridder(range_km=200, nugget=0.05, steps=0)
    both = kriging.fit(points, (gapped, values)).predict(others)
    np.testing.assert_allclose(both[0], kriging.fit(some, values[~absent]).predict(others), atol=1e-8)
    np.testing.assert_allclose(both[1], kriging.fit(points, values).predict(others), atol=1e-8)


@settings(max_examples=5)
@given(st.permutations(range(30)))
def test_the_order_of_points_changes_nothing(order):
    points, others = places(30), places(10, seed=1)
    data = bands(points)
    gridder = AQNetGridder(steps=2)
    expected = gridder.fit(points, data).predict(others)
    shuffled = gridder.fit(tuple(axis[order] for axis in points), tuple(part[order] for part in data))
    np.testing.assert_array_equal(shuffled.predict(others), expected)


@pytest.mark.parametrize("turned", [np.ones(30, bool), np.arange(30) % 2 == 0], ids=["all", "some"])
def test_a_turn_of_longitude_changes_nothing(turned):
    points, others = ((longitude - 200, latitude.round()) for longitude, latitude in (places(30), places(10, seed=1)))
    gridder = AQNetGridder(steps=2)
    expected = gridder.fit(points, bands(points)).predict(others)
    gridder.fit((points[0] + 360 * turned, points[1]), bands(points))
    np.testing.assert_allclose(gridder.predict(others), expected, atol=1e-9)
    np.testing.assert_allclose(gridder.predict((others[0] + 360, others[1])), expected, atol=1e-9)


def test_the_date_line_is_no_border():
    longitude, latitude, values = np.array([179.5, -179.5, 179.0]), np.array([0.0, 0.0, 2.0]), np.array([1.0, 3.0, 9.0])
    gridder = AQNetGridder(range_km=100, nugget=0.01)
    across = gridder.fit((longitude, latitude), values).predict((180.0, 0.0))
    inland = gridder.fit((longitude % 360 - 90, latitude), values).predict((90.0, 0.0))
    np.testing.assert_allclose(across, inland, atol=1e-9)


def test_training_is_seeded_and_leaves_the_generator_alone():
    points, others = places(30), places(10, seed=1)
    torch.manual_seed(0)
    state = torch.get_rng_state()
    first, second, other = (
        AQNetGridder(steps=3, random_state=seed).fit(points, bands(points)).predict(others) for seed in (0, 0, 1)
    )
    assert torch.equal(state, torch.get_rng_state())
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("snapshots", [1, SEVERAL])
@pytest.mark.parametrize("steps", [None, 2])
def test_few_points_will_do(number, snapshots, steps):
    points = places(number)
    predicted = AQNetGridder(steps=steps).fit(points, bands(points, snapshots)).predict(places(5, seed=1))
    assert np.isfinite(predicted).all()
    if number == 1:
        np.testing.assert_allclose(predicted, np.array(bands(points, snapshots)).reshape(-1, 1).repeat(5, 1).squeeze())


def test_points_at_one_place():
    points = tuple(np.tile(axis, 3) for axis in places(20))
    values = smooth(points) + np.repeat([-1.0, 0.0, 1.0], 20)
    for options in ({"range_km": 200, "nugget": 0}, {"steps": 2}):
        predicted = AQNetGridder(**options).fit(points, values).predict(places(20))
        np.testing.assert_allclose(predicted, smooth(places(20)), atol=2.0)
    assert np.isfinite(
        AQNetGridder().fit((np.full(4, 112.0), np.full(4, 35.0)), np.arange(4.0)).predict(places(2))
    ).all()


def test_a_constant_stays_constant():
    np.testing.assert_allclose(AQNetGridder(steps=2).fit(places(), np.full(60, 7.0)).predict(places(5, seed=1)), 7.0)


# Among Verde's tools


def test_parameters_and_clones(station_data):
    model = a_model(station_data)
    gridder = AQNetGridder(model, time=pd.date_range("2025-01-01", periods=2, freq="h"), k=5, projection=mercator)
    copied = clone(gridder)
    assert copied.get_params().keys() == gridder.get_params().keys()
    assert copied.k == 5
    assert copied.projection is mercator
    assert isinstance(copied.checkpoint, AQNet)
    assert repr(AQNetGridder(maxdist_km=50)) == "AQNetGridder(maxdist_km=50)"
    points = places()
    fitted = AQNetGridder().fit(points, smooth(points))
    assert not hasattr(clone(fitted), "field_")
    assert fitted.set_params(maxdist_km=10).maxdist_km == 10


def test_a_fitted_gridder_is_pickled():
    points, others = places(30), places(10, seed=1)
    gridder = AQNetGridder(steps=2).fit(points, bands(points))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(gridder)).predict(others), gridder.predict(others))


def test_in_a_chain_it_takes_residuals():
    points, others = places(), places(20, seed=1)
    values = 5000 * (points[0] - 114) + smooth(points)
    chain = verde.Chain([("trend", verde.Trend(1)), ("gridder", AQNetGridder())]).fit(points, values)
    np.testing.assert_allclose(chain.predict(others), 5000 * (others[0] - 114) + smooth(others), atol=5)
    both = verde.Chain([("trends", verde.Vector([verde.Trend(1)] * 2)), ("gridder", AQNetGridder())])
    assert len(both.fit(points, (values, -values)).predict(others)) == 2


@pytest.mark.parametrize("snapshots", [1, 2])
def test_cross_validation(snapshots):
    points = places()
    data = (smooth(points), -smooth(points))[:snapshots]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = verde.cross_val_score(AQNetGridder(), points, data, cv=BLOCKS, scoring="r2")
    assert scores.shape == (3,)
    assert scores.mean() > 0.9


def test_train_and_test():
    points = places()
    train, test = verde.train_test_split(points, smooth(points), random_state=0, spacing=0.5)
    with pytest.warns(FutureWarning, match="default scoring"):
        assert AQNetGridder().fit(*train).score(*test) > 0.9


def test_grid_profile_and_scatter():
    points = places()
    gridder = AQNetGridder().fit(points, smooth(points))
    assert gridder.region_ == verde.get_region(points)
    grid = gridder.grid(spacing=0.5, data_names="pm25", dims=("latitude", "longitude"))
    assert grid.attrs["metadata"] == "Generated by AQNetGridder()"
    here = np.meshgrid(grid.longitude, grid.latitude)
    np.testing.assert_allclose(grid.pm25, gridder.predict(here))
    profile = gridder.profile((112, 36), (116, 39), 5)
    np.testing.assert_allclose(profile.scalars, gridder.predict((profile.easting, profile.northing)))
    with pytest.warns(FutureWarning, match="scatter"):
        assert len(gridder.scatter(size=7)) == 7
    masked = verde.distance_mask(points, 20e3, grid=grid, projection=mercator)
    assert 0 < int(masked.pm25.isnull().sum()) < masked.pm25.size


def test_projected_coordinates():
    points, others = places(), places(20, seed=1)
    expected = AQNetGridder().fit(points, smooth(points))
    projected = AQNetGridder(projection=mercator).fit(mercator(*points), smooth(points))
    assert projected.region_ == verde.get_region(mercator(*points))
    np.testing.assert_allclose(projected.predict(mercator(*others)), expected.predict(others), atol=1e-6)
    # A geographic grid of a gridder in projected coordinates, and a profile between geographic points.
    grid = projected.grid(region=(113, 116, 36, 39), spacing=1, projection=mercator)
    np.testing.assert_allclose(grid.scalars, expected.predict(np.meshgrid(grid.easting, grid.northing)), atol=1e-6)
    profile = projected.profile((113, 36), (116, 39), 5, projection=mercator)
    along = profile.easting.to_numpy(), profile.northing.to_numpy()
    np.testing.assert_allclose(profile.scalars, expected.predict(along), atol=1e-6)


def test_far_from_values_there_is_nothing():
    points, others = places(20), places(200, seed=1)
    gapped = np.where(np.arange(20) < 10, np.nan, smooth(points))
    predicted = AQNetGridder(maxdist_km=60).fit(points, (smooth(points), gapped)).predict(others)
    for values, heard in zip(predicted, (slice(None), slice(10, None)), strict=True):
        near = distance_matrix_km(others, tuple(axis[heard] for axis in points)).min(axis=1) <= 60
        assert 0 < near.sum() < 200
        np.testing.assert_array_equal(np.isfinite(values), near)


def test_weights_are_ignored_with_a_warning():
    points = places()
    with pytest.warns(UserWarning, match="does not support weights"):
        weighted = AQNetGridder().fit(points, smooth(points), weights=np.arange(60))
    np.testing.assert_array_equal(weighted.predict(points), AQNetGridder().fit(points, smooth(points)).predict(points))


@pytest.mark.parametrize(
    ("coordinates", "data", "message"),
    [
        (mercator(*places(4)), np.ones(4), "unless a projection is given"),
        (places(4), np.array([1, np.inf, 2, 3]), "infinite"),
        (places(4), (np.ones(4), np.full(4, np.nan)), "snapshot 1 of 2"),
        ((np.array([112.0, np.nan]), np.array([35.0, 36.0])), np.ones(2), "coordinates are missing"),
    ],
)
def test_bad_input_is_refused(coordinates, data, message):
    with pytest.raises(InputError, match=message):
        AQNetGridder().fit(coordinates, data)


def test_without_verde_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "verde", None)
    spec = importlib.util.spec_from_file_location("gridder_again", module.__file__)
    with pytest.raises(ModuleNotFoundError, match=r"verde is not installed.*aqnet-pyg\[verde\]"):
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


# With a checkpoint

WINDOW = Window(12, margin=2)
ZONE = "Asia/Shanghai"


def a_model(data, window=WINDOW, **options):
    torch.manual_seed(0)
    model = AQNet(window, Scaler.fit(data, ["pm25", "pm10"]), k=4, channels=8, **options).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.05 * torch.randn_like(parameter)
    return model


def at_hours(data, hours):
    """Coordinates, snapshots and times of hours of station data."""
    here = data.isel(time=hours)
    snapshots = tuple(values.astype(np.float64) for values in here.pm25.values)
    return (data.longitude.values, data.latitude.values), snapshots, here.time.values


@pytest.mark.parametrize("hours", [[20], [20, 21, 25, 60], [60, 20]])
def test_a_model_is_asked_as_in_a_reanalysis_of_which_all_else_is_missing(station_data, hours):
    model = a_model(station_data)
    visible, hidden = station_data.isel(station=slice(3, None)), station_data.station.values[:3]
    points, snapshots, time = at_hours(visible, hours)
    gridder = AQNetGridder(model, time=time, time_zone=ZONE).fit(points, snapshots)
    targets = tuple(station_data[name].values[:3] for name in ("longitude", "latitude"))
    predicted = gridder.predict(targets)

    given_hours = station_data.time.isin(time)
    only = station_data.assign(pm25=station_data.pm25.where(given_hours), pm10=station_data.pm10 * np.nan)
    expected = reanalyze(model, only, hidden=hidden, start=time.min())[0].pm25.sel(station=hidden)
    np.testing.assert_allclose(np.atleast_2d(predicted), expected.sel(time=time), rtol=1e-4, atol=1e-3)


def test_snapshots_of_one_window_are_context_and_those_of_another_are_not(station_data):
    gridder = AQNetGridder(a_model(station_data), time_zone=ZONE)
    targets = places(5)

    def first(hours, factor):
        points, snapshots, time = at_hours(station_data, hours)
        data = (snapshots[0], *(factor * part for part in snapshots[1:]))
        return gridder.set_params(time=time).fit(points, data).predict(targets)[0]

    assert np.array_equal(first([20, 60], 1), first([20, 60], 3))
    assert not np.array_equal(first([20, 23], 1), first([20, 23], 3))


def test_a_checkpoint_with_covariates_does_without(station_data, tmp_path):
    data = station_data.assign(wind=xr.full_like(station_data.pm25, 2.0) + np.arange(12, dtype=np.float32))
    save_model(a_model(data, known=Scaler.fit(data, ["wind"])), tmp_path / "aqnet.ckpt")
    points, snapshots, time = at_hours(station_data, [20])
    gridder = AQNetGridder(tmp_path / "aqnet.ckpt", time=time[0], time_zone=ZONE).fit(points, snapshots[0])
    assert np.isfinite(gridder.predict(places(5))).all()
    # Zones are converted; the order of points changes nothing.
    aware = pd.Timestamp(time[0], tz="UTC").tz_convert("America/Lima")
    again = AQNetGridder(tmp_path / "aqnet.ckpt", time=aware, time_zone=ZONE)
    again.fit(tuple(axis[::-1] for axis in points), snapshots[0][::-1])
    np.testing.assert_array_equal(again.predict(places(5)), gridder.predict(places(5)))


def test_a_checkpoint_in_cross_validation(station_data):
    data = random_station_data(stations=40, missing=0.0)
    points, snapshots, time = at_hours(data, [20, 21])
    gridder = AQNetGridder(a_model(data), time=time, time_zone=ZONE)
    before = copy.deepcopy(gridder.checkpoint.state_dict())
    scores = verde.cross_val_score(gridder, points, snapshots, cv=BLOCKS, scoring="neg_root_mean_squared_error")
    assert np.isfinite(scores).all()
    assert all(torch.equal(value, before[name]) for name, value in gridder.checkpoint.state_dict().items())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window": Window(24, horizon=12)}, "forecasts"),
        ({"time": None}, "time: a trained model"),
        ({"time": "soon"}, "is no time"),
        ({"time": ["2025-01-01T01", "2025-01-01T02"]}, "2 hours were given for 1 snapshots"),
        ({"time": "2025-01-01T01:30"}, "no full hour"),
        ({"time_zone": None}, "time_zone: a trained model"),
        ({"time_zone": "Asia/Nowhere"}, "not known"),
        ({"factor": -1}, "no residuals"),
        ({"points": slice(4)}, "k = 4 neighbors"),
        ({"twice": True}, "more than once"),
    ],
)
def test_what_does_not_suit_a_model_is_refused(options, message):
    data = random_station_data(missing=0.0)
    points, snapshots, time = at_hours(data, [20])
    some = options.get("points", slice(None))
    snapshots = tuple(options.get("factor", 1) * part[some] for part in snapshots)
    time = options.get("time", time[0])
    if "twice" in options:
        snapshots, time = snapshots * 2, [time, time]
    model = a_model(data, options.get("window", WINDOW))
    gridder = AQNetGridder(model, time=time, time_zone=options.get("time_zone", ZONE))
    with pytest.raises(InputError, match=message):
        gridder.fit(tuple(axis[some] for axis in points), snapshots)
