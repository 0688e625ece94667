"""From station data to trained models."""

import logging
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from station_samples import random_station_data

from aqnet_pyg.ensembles import ForecastEnsemblePredictor
from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid
from aqnet_pyg.inference import calibrate, reanalyze
from aqnet_pyg.simulation import simulate
from aqnet_pyg.splits import Split
from aqnet_pyg.training import FitSettings, NetworkSettings, fit, load_model, save_model
from aqnet_pyg.training.fitting import FITS
from aqnet_pyg.training.network_fitting import fit_network, kept_out
from aqnet_pyg.windows import TASKS, Window

SMALL = FitSettings(
    window=Window(12, margin=2), k=4, network=NetworkSettings(channels=8), steps=3, device="cpu", target="pm25"
)

FORECAST = Window(26, horizon=12)

pytestmark = pytest.mark.usefixtures("small_batches")


@pytest.fixture(scope="module")
def data():
    return random_station_data(stations=24, hours=144, missing=0.02)  # few patterns of gaps: fewer kriging systems


@pytest.fixture(scope="module")
def split(data):
    return Split.of(data, 0.1, seed=0)


@pytest.fixture(scope="module", params=["network", "kriging", "krigings", "ensemble"])
def model(request, data, split, tmp_path_factory):
    return fit(data, tmp_path_factory.mktemp(request.param), replace(SMALL, model=request.param), split=split)


def test_every_kind_is_calibrated_and_has_its_provenance(model, data, split):
    assert model.kind in ("network", "kriging", "krigings", "ensemble")
    assert model.intervals is not None
    assert model.provenance["settings"]["model"] == model.kind
    assert model.provenance["split"]["hidden"] == list(split.stations.hidden)
    assert len(model.provenance["data_sha256"]) == 64
    stations, _ = reanalyze(model, data, hidden=split.stations.hidden)
    assert (stations.pm25_lower <= stations.pm25_upper).all()


def test_hidden_stations_and_test_hours_do_not_reach_the_model(model, data, split, tmp_path):
    changed = data.copy(deep=True)
    for name in data.data_vars:
        changed[name].loc[{"station": list(split.stations.hidden)}] = 77.0
        changed[name][split.time.test] = 33.0
    again = fit(changed, tmp_path, replace(SMALL, model=model.kind), split=split)
    assert again.fingerprint() == model.fingerprint()


def test_the_random_numbers_of_others_are_left_alone(data, split, tmp_path):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    fit(data, tmp_path, replace(SMALL, steps=1), split=split)
    assert torch.equal(torch.rand(3), expected)


def test_logs_of_other_libraries_are_left_alone(data, split, tmp_path):
    levels = [logging.getLogger(name).level for name in ("lightning.pytorch", "lightning.fabric")]
    fit(data, tmp_path, replace(SMALL, steps=1), split=split)
    assert [logging.getLogger(name).level for name in ("lightning.pytorch", "lightning.fabric")] == levels


def test_a_finished_training_is_not_repeated(data, split, tmp_path, monkeypatch):
    views = split.training_data(data), split.validation_data(data), split.stations.validation
    finished = tmp_path / "trained.pt"
    first = fit_network(*views, SMALL, tmp_path, finished=finished)
    monkeypatch.setattr(
        "aqnet_pyg.training.network_fitting.train", lambda *arguments, **options: pytest.fail("trained again")
    )
    again = fit_network(*views, replace(SMALL, resume=True), tmp_path, finished=finished)
    for name, value in first.state_dict().items():
        assert torch.equal(value, again.state_dict()[name])


def test_members_keep_out_other_stations(data):
    parts = [set(kept_out(data, 0, number)) for number in range(2)]
    assert all(parts)
    assert not parts[0] & parts[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target": "snow"}, "target: 'snow'"),
        ({"window": Window(500)}, "history: a window takes 500"),
        (
            {"model": "kriging", "window": Window(24, horizon=12)},
            "'kriging' cannot forecast; use 'network' or 'ensemble'",
        ),
        ({"model": "ensemble", "window": Window(12, horizon=2)}, "history: 12 hours"),
        ({"k": 40}, "k: 40"),
    ],
)
def test_what_does_not_fit_is_refused(change, message, data, tmp_path):
    with pytest.raises(InputError, match=message):
        fit(data, tmp_path, replace(SMALL, **change))


def test_every_task_has_a_fit():
    assert {task for _, task in FITS} == set(TASKS)


@pytest.mark.parametrize("kind", ["krigings", "ensemble"])
def test_an_ensemble_without_verde_is_refused_at_once(kind, data, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "verde", None)
    with pytest.raises(ModuleNotFoundError, match="verde"):
        fit(data, tmp_path, replace(SMALL, model=kind))
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def long_data():
    pytest.importorskip("transformers")
    return random_station_data(stations=24, hours=400, missing=0.02)


def test_an_ensemble_of_forecasts_is_the_same_from_its_checkpoint(long_data, tmp_path):
    data, split = long_data, Split.of(long_data, 0.1, seed=0)
    settings = replace(SMALL, model="ensemble", window=FORECAST)
    model = fit(data, tmp_path / "a", settings, split=split)
    assert isinstance(model.predictor, ForecastEnsemblePredictor)
    assert model.kind == "ensemble"
    assert model.intervals is not None
    save_model(model, tmp_path / "a.ckpt")
    loaded, hidden = load_model(tmp_path / "a.ckpt"), split.stations.hidden
    for one, other in zip(
        *(reanalyze(each, data, hidden=hidden, grid=Grid.around(data, 3.0)) for each in (model, loaded)), strict=True
    ):
        xr.testing.assert_identical(one, other)
        assert np.isfinite(one.pm25).all()
        assert (one.pm25_lower <= one.pm25_upper).all()
    changed = data.copy(deep=True)
    for name in data.data_vars:
        changed[name].loc[{"station": list(hidden)}] = 77.0
        changed[name][split.time.test] = 33.0
    again = fit(changed, tmp_path / "b", settings, split=split)
    assert again.fingerprint() == model.fingerprint() == loaded.fingerprint()


def test_intervals_of_forecasts_are_calibrated_where_the_network_was_not_trained(long_data, tmp_path, monkeypatch):
    data, split, hidden = long_data, Split.of(long_data, 0.1, seed=0), []
    monkeypatch.setattr(
        "aqnet_pyg.training.fitting.calibrate",
        lambda model, stations, codes, *others: hidden.append(codes) or calibrate(model, stations, codes, *others),
    )
    fit(data, tmp_path, replace(SMALL, model="ensemble", window=FORECAST, steps=1), split=split)
    assert hidden == [[kept_out(data.sel(station=split.measuring), SMALL.seed, 0)]]


@pytest.mark.parametrize("kind", ["kriging", "krigings"])
def test_instruments_are_calibrated_and_corrected(kind, tmp_path):
    stations, _ = simulate(10, stations=30, sensors=60, spacing=0.5, truth=False)
    stations["pm25"] = stations.pm25.where(stations.instrument == "monitor", 2.0 * stations.pm25)
    split = Split.of(stations, 0.2, target="pm25")
    model = fit(stations, tmp_path, FitSettings(model=kind), split=split)
    assert model.instruments.classes["sensor"].gain > 1.5
    save_model(model, tmp_path / "aqnet.ckpt")
    loaded = load_model(tmp_path / "aqnet.ckpt")
    assert loaded.instruments == model.instruments
    assert loaded.fingerprint() == model.fingerprint()
    options = {"hidden": split.stations.hidden, "at_visible": False}
    result, _ = reanalyze(loaded, stations, **options)
    given = stations.sel(time=result.time, station=result.station)
    np.testing.assert_array_equal(result.pm25_measured, given.pm25.transpose(*result.pm25_measured.dims))
    assert (result.error_variance.values > 0).tolist() == (given.instrument.values == "sensor").tolist()
    # The same readings, corrected before, give the same estimates.
    corrected = model.instruments.corrected(stations)
    same, _ = reanalyze(loaded.predictor, corrected, **options)
    np.testing.assert_array_equal(same.pm25, result.pm25)
    # What hidden monitors measured has no effect.
    others = stations.copy(deep=True)
    others["pm25"].loc[{"station": list(split.stations.hidden)}] = 7.0
    changed = fit(others, tmp_path / "again", FitSettings(model=kind), split=split)
    assert changed.instruments == model.instruments
    np.testing.assert_array_equal(reanalyze(changed, others, **options)[0].pm25, result.pm25)


def test_intervals_of_a_network_are_shrunk_toward_those_of_kriging(data, tmp_path):
    split = Split.of(data, 0.2, seed=0)
    kriging = fit(data, tmp_path / "kriging", replace(SMALL, model="kriging"), split=split)
    network = fit(data, tmp_path / "network", replace(SMALL, model="network"), split=split)
    assert network.intervals.stations_ == kriging.intervals.stations_ == len(split.measuring)
    np.testing.assert_array_equal(network.intervals.distance_, kriging.intervals.distance_)
    assert network.daily_intervals.keys() == kriging.daily_intervals.keys()


def test_intervals_of_kriging_are_calibrated_in_training_hours_too(data, tmp_path, monkeypatch):
    split, used = Split.of(data, 0.2, seed=0), []
    monkeypatch.setattr(
        "aqnet_pyg.training.fitting.calibrate",
        lambda model, stations, *others: used.append(stations) or calibrate(model, stations, *others),
    )
    fit(data, tmp_path, replace(SMALL, model="kriging"), split=split)
    measured = used[0].pm25.notnull().any("station").values
    validation = np.arange(used[0].sizes["time"]) >= split.time.validation.start
    assert used[0].sizes["time"] == split.time.validation.stop
    assert measured[validation].all()
    assert 0.5 * validation.sum() <= measured[~validation].sum() <= 3 * max(validation.sum(), 24)


@pytest.mark.parametrize(("stations", "hours"), [(3, 20), (3, 144), (2, 48), (12, 20)])
def test_kriging_answers_from_few_stations_and_hours(data, stations, hours, tmp_path):
    few = data.isel(station=slice(0, stations), time=slice(0, hours))
    split = Split.of(few, 0.1 if stations > 2 else 0.0)
    model = fit(few, tmp_path, FitSettings(model="kriging", device="cpu"), split=split)
    assert (model.intervals is None) == (stations <= 3)
    result, _ = reanalyze(model, few, hidden=split.stations.hidden, grid=Grid.around(few, 3.0))
    assert np.isfinite(result.pm25.sel(station=list(split.stations.hidden))).all()


@pytest.mark.parametrize(
    ("kind", "stations", "hours", "message"),
    [
        ("network", 3, 20, "1 station to train a network on"),
        ("network", 12, 20, "a window takes 24 hours"),
        ("ensemble", 12, 20, "a window takes 24 hours"),
        ("krigings", 3, 144, "too few to weight several krigings"),
    ],
)
def test_other_models_name_kriging_where_stations_or_hours_are_few(data, kind, stations, hours, message, tmp_path):
    few = data.isel(station=slice(0, stations), time=slice(0, hours))
    with pytest.raises(InputError, match=f"{message}.*--model kriging"):
        fit(few, tmp_path, FitSettings(model=kind, device="cpu"), split=Split.of(few, 0.1))
