"""The gridder that predicts with a trained model."""

import doctest
import pickle

import numpy as np
import pandas as pd
import pytest
import verde
import xarray as xr
from inference.first_guess_samples import field_around, guided_model
from integrations.gridder_data import points
from model_samples import KINDS, random_network, sample_model
from sklearn.base import clone
from station_samples import random_station_data

from aqnet_pyg.errors import InputError
from aqnet_pyg.inference import TrainedModel, reanalyze
from aqnet_pyg.integrations import AQNetGridder, aqnet_gridder
from aqnet_pyg.nn import AQNet
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.training import save_model
from aqnet_pyg.windows import Window

WINDOW = Window(12, margin=2)
ZONE = "Asia/Shanghai"


def at_hours(data, hours):
    """Coordinates, snapshots and times of hours of station data."""
    here = data.isel(time=hours)
    snapshots = tuple(values.astype(np.float64) for values in here.pm25.values)
    return (data.longitude.values, data.latitude.values), snapshots, here.time.values


def test_the_examples_run():
    assert doctest.testmod(aqnet_gridder).failed == 0


@pytest.mark.parametrize("hours", [[20], [60, 20], [20, 21, 27, 31, 60]])
@pytest.mark.parametrize("kind", KINDS)
def test_predictions_are_those_of_a_reanalysis_where_everything_else_is_missing(kind, hours, station_data):
    model = sample_model(kind, station_data, WINDOW)
    visible, hidden = station_data.isel(station=slice(3, None)), station_data.station.values[:3]
    here, snapshots, time = at_hours(visible, hours)
    gridder = AQNetGridder(model, time=time, time_zone=ZONE).fit(here, snapshots)
    targets = tuple(station_data[name].values[:3] for name in ("longitude", "latitude"))
    predicted = gridder.predict(targets)

    only = station_data.assign(
        pm25=station_data.pm25.where(station_data.time.isin(time)), pm10=station_data.pm10 * np.nan
    )
    expected = reanalyze(model, only, hidden=hidden, start=time.min())[0].pm25.sel(station=hidden)
    np.testing.assert_allclose(np.atleast_2d(predicted), expected.sel(time=time), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("kind", ["kriging", "krigings", "ensemble"])
def test_predictions_use_the_first_guess_as_a_reanalysis_does(kind, station_data):
    model, field = guided_model(kind, station_data), field_around(station_data)
    visible, hidden = station_data.isel(station=slice(3, None)), station_data.station.values[:3]
    here, snapshots, time = at_hours(visible, [20, 27])
    gridder = AQNetGridder(model, time=time, time_zone=ZONE, first_guess=field).fit(here, snapshots)
    targets = tuple(station_data[name].values[:3] for name in ("longitude", "latitude"))
    predicted = gridder.predict(targets)

    only = station_data.assign(
        pm25=station_data.pm25.where(station_data.time.isin(time)), pm10=station_data.pm10 * np.nan
    )
    expected = reanalyze(model, only, hidden=hidden, start=time.min(), first_guess=field)[0].pm25.sel(station=hidden)
    np.testing.assert_allclose(predicted, expected.sel(time=time), rtol=1e-4, atol=1e-3)
    changed = gridder.set_params(first_guess=2 * field).fit(here, snapshots).predict(targets)
    assert not np.allclose(changed, predicted)


def test_first_guesses_that_do_not_fit_the_model_are_refused(station_data):
    field = field_around(station_data)
    here, snapshots, time = at_hours(station_data, [20])
    with pytest.raises(InputError, match="fitted with pm25_first_guess; give the field"):
        AQNetGridder(guided_model("kriging"), time=time, time_zone=ZONE).fit(here, snapshots)
    without = AQNetGridder(random_network(station_data, WINDOW), time=time, time_zone=ZONE, first_guess=field)
    with pytest.raises(InputError, match="fitted with none"):
        without.fit(here, snapshots)
    later = time + np.timedelta64(9000, "h")
    with pytest.raises(InputError, match="none in common"):
        AQNetGridder(guided_model("kriging"), time=later, time_zone=ZONE, first_guess=field).fit(here, snapshots)


def test_snapshots_within_a_window_are_context_of_each_other(station_data):
    gridder = AQNetGridder(random_network(station_data, WINDOW), time_zone=ZONE)
    targets = points(5)

    def first(hours, factor):
        here, snapshots, time = at_hours(station_data, hours)
        data = (snapshots[0], *(factor * part for part in snapshots[1:]))
        return gridder.set_params(time=time).fit(here, data).predict(targets)[0]

    assert np.array_equal(first([20, 60], 1), first([20, 60], 3))
    assert not np.array_equal(first([20, 23], 1), first([20, 23], 3))


def test_a_checkpoint_with_covariates_predicts_without_them(station_data, tmp_path):
    data = station_data.assign(wind=xr.full_like(station_data.pm25, 2.0) + np.arange(12, dtype=np.float32))
    save_model(random_network(data, WINDOW, known=Scaler.fit(data, ["wind"])), tmp_path / "aqnet.ckpt")
    here, snapshots, time = at_hours(station_data, [20])
    gridder = AQNetGridder(tmp_path / "aqnet.ckpt", time=time[0], time_zone=ZONE).fit(here, snapshots[0])
    expected = gridder.predict(points(5))
    assert np.isfinite(expected).all()
    # Times with another zone are converted; the order of points does not matter.
    aware = pd.Timestamp(time[0], tz="UTC").tz_convert("America/Lima")
    again = AQNetGridder(str(tmp_path / "aqnet.ckpt"), time=aware, time_zone=ZONE)
    again.fit(tuple(axis[::-1] for axis in here), snapshots[0][::-1])
    np.testing.assert_array_equal(again.predict(points(5)), expected)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(again)).predict(points(5)), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_cross_validation_does_not_change_the_model(kind):
    data = random_station_data(stations=20, missing=0.0)
    here, snapshots, time = at_hours(data, [20, 21])
    gridder = AQNetGridder(sample_model(kind, data, WINDOW), time=time, time_zone=ZONE)
    before = gridder.checkpoint.fingerprint()
    blocks = verde.BlockKFold(spacing=2.0, n_splits=2, shuffle=True, random_state=0)
    scores = verde.cross_val_score(gridder, here, snapshots, cv=blocks, scoring="neg_root_mean_squared_error")
    assert np.isfinite(scores).all()
    assert gridder.checkpoint.fingerprint() == before


def test_parameters_and_clones(station_data):
    time = pd.date_range("2025-01-01", periods=2, freq="h")
    gridder = AQNetGridder(random_network(station_data, WINDOW), time=time, maxdist_km=5)
    copied = clone(gridder)
    assert copied.get_params().keys() == gridder.get_params().keys()
    assert copied.maxdist_km == 5
    assert isinstance(copied.checkpoint, AQNet)
    assert (
        repr(AQNetGridder("aqnet.ckpt", time_zone=ZONE)) == f"AQNetGridder(checkpoint='aqnet.ckpt', time_zone='{ZONE}')"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window": Window(24, horizon=12)}, "forecasts"),
        ({"time": None}, "time: a trained model"),
        ({"time": "soon"}, "is not a time"),
        ({"time": ["2025-01-01T01", "2025-01-01T02"]}, "2 hours were given for 1 snapshots"),
        ({"time": "2025-01-01T01:30"}, "not a full hour"),
        ({"time_zone": None}, "time_zone: a trained model"),
        ({"time_zone": "Asia/Nowhere"}, "not a time zone"),
        ({"factor": -1}, "no residuals"),
        ({"points": slice(4)}, "4 points have values, but the model needs at least 5"),
        ({"twice": True}, "more than once"),
    ],
)
def test_unsuitable_input_is_refused(options, message):
    data = random_station_data(missing=0.0)
    here, snapshots, time = at_hours(data, [20])
    some = options.get("points", slice(None))
    snapshots = tuple(options.get("factor", 1) * part[some] for part in snapshots)
    time = options.get("time", time[0])
    if "twice" in options:
        snapshots, time = snapshots * 2, [time, time]
    model = TrainedModel.of(random_network(data, options.get("window", WINDOW)))
    gridder = AQNetGridder(model, time=time, time_zone=options.get("time_zone", ZONE))
    with pytest.raises(InputError, match=message):
        gridder.fit(tuple(axis[some] for axis in here), snapshots)
