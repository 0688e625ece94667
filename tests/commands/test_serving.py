"""A trained model serves periods that are not those of its training, and continues results."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from aqnet_pyg.commands.main import main
from aqnet_pyg.commands.reanalyze import run_reanalysis
from aqnet_pyg.commands.run_folder import RunFolder
from aqnet_pyg.commands.settings import ReanalysisSettings
from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import write_netcdf
from aqnet_pyg.simulation import simulate

pytestmark = pytest.mark.usefixtures("small_batches")

DAYS = 12


@pytest.fixture(scope="module")
def data():
    return simulate(days=DAYS, stations=30, truth=False)[0]


@pytest.fixture(scope="module")
def archive(data, tmp_path_factory):
    path = tmp_path_factory.mktemp("archive") / "archive.nc"
    write_netcdf(data, path)
    return path


@pytest.fixture(scope="module")
def models(archive, tmp_path_factory):
    """Checkpoints by name."""
    folder = tmp_path_factory.mktemp("models")
    common = {"spacing": 4.0, "steps": 3, "k": 4}
    windows = {
        "kriging": {"model": "kriging", "history": 12, "margin": 2},
        "network": {"history": 12, "margin": 2},
        "forecast": {"task": "forecast", "history": 16, "horizon": 12},
    }
    for name, options in windows.items():
        run_reanalysis(ReanalysisSettings("netcdf", str(archive), out=str(folder / name), **common | options))
    return {name: str(folder / name / "aqnet.ckpt") for name in windows}


def served(archive, checkpoint, folder, **options):
    return ReanalysisSettings(
        "netcdf", str(archive), checkpoint=checkpoint, out=str(folder), **{"spacing": 4.0} | options
    )


def days_of(data):
    local = data.indexes["time"].tz_localize("UTC").tz_convert(data.attrs["time_zone"])
    return [str(day) for day in sorted({*(local.date)})][1:-1]


def products(folder):
    for name in ("stations", "grid"):
        file = Path(folder) / f"{name}.nc"
        yield xr.open_dataset(file).load() if file.exists() else xr.open_zarr(Path(folder) / f"{name}.zarr").load()


def assert_same_products(first, second):
    for one, other in zip(products(first), products(second), strict=True):
        xr.testing.assert_equal(one, other.transpose(*one.dims))


def test_a_few_hours_are_served_without_a_split(data, models, tmp_path):
    short = tmp_path / "short.nc"
    write_netcdf(data.isel(time=slice(0, 30)), short)
    metrics = run_reanalysis(served(short, models["network"], tmp_path / "a"))
    stations, grid = products(tmp_path / "a")
    assert stations.sizes["time"] == grid.sizes["time"] == 30
    assert bool((stations.visible == 1).all())
    assert metrics["split"]["stations"] == {"visible": 30, "hidden": 0}
    assert metrics["settings"]["hidden"] == 0
    assert metrics["settings"]["period"] == "all"
    assert metrics["tasks"]["reconstruct"] == {"stations": None, "grid": None}
    assert metrics["monitoring"]["stations"] == int(stations.pm25_measured.notnull().any("time").sum())
    assert metrics["monitoring"]["n"] == int(stations.pm25_measured.notnull().sum())
    assert 0 <= metrics["monitoring"]["coverage"] <= 1


@pytest.mark.parametrize("kind", ["kriging", "network"])
def test_an_hour_is_predicted_alike_in_any_period(data, archive, models, kind, tmp_path):
    days = days_of(data)
    run_reanalysis(served(archive, models[kind], tmp_path / "all"))
    run_reanalysis(served(archive, models[kind], tmp_path / "part", start=days[4], end=days[5]))
    whole, part = (next(products(tmp_path / name)) for name in ("all", "part"))
    assert part.sizes["time"] == 48
    xr.testing.assert_equal(part.pm25, whole.pm25.sel(time=part.time))


def test_scores_at_hidden_stations(data, archive, models, tmp_path):
    days = days_of(data)
    metrics = run_reanalysis(served(archive, models["kriging"], tmp_path, hidden=0.2, start=days[3], end=days[4]))
    rows = metrics["tasks"]["reconstruct"]["stations"]
    assert rows["kriging"]["n"] > 0
    assert metrics["split"]["stations"] == {"visible": 24, "hidden": 6}
    assert metrics["monitoring"]["stations"] <= 24


def test_intervals_that_do_not_fit_are_named(data, models, tmp_path):
    other = data.isel(time=slice(0, 48)).copy()
    noise = np.random.default_rng(0).gamma(0.2, 800, other.pm25.shape)
    other["pm25"] = other.pm25.copy(data=noise.astype(np.float32).clip(0, 900))
    write_netcdf(other, tmp_path / "other.nc")
    notes = run_reanalysis(served(tmp_path / "other.nc", models["kriging"], tmp_path / "a"))["notes"]
    assert any("measurements at visible stations (each predicted without its own)" in note for note in notes)


def test_variables_that_the_data_lack_are_taken_as_missing(data, models, tmp_path):
    part = data.isel(time=slice(0, 36))
    names = ("pm10", "so2", "no2", "o3", "co")
    write_netcdf(part[["pm25"]], tmp_path / "pm25.nc")
    write_netcdf(part.assign({name: part[name].where(False) for name in names}), tmp_path / "empty.nc")
    metrics = run_reanalysis(served(tmp_path / "pm25.nc", models["network"], tmp_path / "a"))
    assert "The model also reads pm10, so2, no2, o3, co, which the data lack" in metrics["notes"][0]
    run_reanalysis(served(tmp_path / "empty.nc", models["network"], tmp_path / "b"))
    assert_same_products(tmp_path / "a", tmp_path / "b")
    write_netcdf(part[["pm10"]], tmp_path / "pm10.nc")
    with pytest.raises(InputError, match="target: the model predicts 'pm25', which is not in the data"):
        run_reanalysis(served(tmp_path / "pm10.nc", models["network"], tmp_path / "c"))


def test_a_forecast_of_hours_after_the_data(data, archive, models, tmp_path):
    metrics = run_reanalysis(served(archive, models["forecast"], tmp_path / "a"))
    stations, grid = products(tmp_path / "a")
    last = data.time.values[-1]
    assert stations.forecast_reference_time.values[-1] == last
    assert stations.time.values.max() == grid.time.values.max() == last + np.timedelta64(12, "h")
    assert bool(stations.pm25.isel(forecast_reference_time=-1).notnull().any("lead").all())
    assert bool(stations.pm25_measured.isel(forecast_reference_time=-1).isnull().all())
    assert metrics["monitoring"]["n"] > 0
    write_netcdf(data.isel(time=slice(-10, None)), tmp_path / "short.nc")
    metrics = run_reanalysis(served(tmp_path / "short.nc", models["forecast"], tmp_path / "b"))
    assert "The data have 10 of the 16 hours that a forecast reads" in metrics["notes"][0]
    assert next(products(tmp_path / "b")).sizes["forecast_reference_time"] == 1


@pytest.mark.parametrize("kind", ["kriging", "network", "forecast"])
def test_days_that_are_appended_equal_one_run(data, models, kind, tmp_path):
    days = days_of(data)[3:6]
    file = tmp_path / "growing.nc"
    local = data.indexes["time"].tz_localize("UTC").tz_convert(data.attrs["time_zone"]).tz_localize(None)
    for number, day in enumerate(days):
        write_netcdf(data.isel(time=local <= np.datetime64(day) + np.timedelta64(24, "h")), file)
        start = days[0] if number == 0 else None
        run_reanalysis(served(file, models[kind], tmp_path / "daily", append=True, start=start))
    metrics = run_reanalysis(served(file, models[kind], tmp_path / "once", start=days[0]))
    assert_same_products(tmp_path / "once", tmp_path / "daily")
    before = list(products(tmp_path / "daily"))
    again = run_reanalysis(served(file, models[kind], tmp_path / "daily", append=True))
    for one, other in zip(before, products(tmp_path / "daily"), strict=True):
        xr.testing.assert_equal(one, other)
    assert len(again["periods"]) >= len(days)
    assert metrics["periods"][0]["first"] == again["periods"][0]["first"]
    assert RunFolder(tmp_path / "daily").stations.attrs["run_sha256"] == again["run_sha256"]


def test_a_day_that_is_given_again_replaces_itself(data, archive, models, tmp_path):
    days = days_of(data)
    settings = served(archive, models["kriging"], tmp_path, append=True, start=days[2], end=days[6])
    run_reanalysis(settings)
    before = list(products(tmp_path))
    run_reanalysis(replace(settings, start=days[4], end=days[4]))
    for one, other in zip(before, products(tmp_path), strict=True):
        xr.testing.assert_equal(one, other)


def test_a_killed_run_leaves_the_days_before_and_continues(data, archive, models, tmp_path, monkeypatch):
    days = days_of(data)
    settings = served(archive, models["kriging"], tmp_path / "a", append=True, start=days[2], end=days[3])
    run_reanalysis(settings)
    before = (tmp_path / "a" / "stations.nc").read_bytes()
    for step in ("_map", "publish_results"):
        with monkeypatch.context() as patch:
            patch.setattr(f"aqnet_pyg.commands.reanalyze.{step}", lambda *arguments, **options: {}["killed"])
            with pytest.raises(KeyError):
                run_reanalysis(replace(settings, start=None, end=days[4]))
        assert (tmp_path / "a" / "stations.nc").read_bytes() == before
    run_reanalysis(replace(settings, start=None, end=days[4]))
    run_reanalysis(served(archive, models["kriging"], tmp_path / "b", start=days[2], end=days[4]))
    assert_same_products(tmp_path / "b", tmp_path / "a")


def test_stores_are_continued(data, archive, models, tmp_path):
    pytest.importorskip("distributed")
    days = days_of(data)
    settings = served(archive, models["kriging"], tmp_path / "a", append=True, start=days[2], end=days[3], dask="1")
    run_reanalysis(settings)
    run_reanalysis(replace(settings, start=None, end=days[5]))
    run_reanalysis(served(archive, models["kriging"], tmp_path / "b", start=days[2], end=days[5]))
    for one, other in zip(products(tmp_path / "b"), products(tmp_path / "a"), strict=True):
        xr.testing.assert_allclose(one, other.transpose(*one.dims), rtol=1e-5, atol=1e-4)


def test_stations_that_come_and_go(data, models, tmp_path):
    days = days_of(data)
    local = data.indexes["time"].tz_localize("UTC").tz_convert(data.attrs["time_zone"]).tz_localize(None)
    early = data.isel(station=slice(0, 28), time=local <= np.datetime64(days[4]))
    late = data.isel(station=slice(2, 30), time=local > np.datetime64(days[3]))
    for name, part in (("early", early), ("late", late)):
        write_netcdf(part, tmp_path / f"{name}.nc")
        run_reanalysis(served(tmp_path / f"{name}.nc", models["kriging"], tmp_path / "a", append=True))
    stations, grid = products(tmp_path / "a")
    assert list(stations.station_code.values) == [str(code) for code in data.station.values]
    assert stations.time.values[-1] == data.time.values[-1]
    assert bool((np.diff(grid.time.values) == np.timedelta64(1, "h")).all())
    assert bool(np.isfinite(stations.longitude).all())
    new = stations.isel(station=slice(28, 30)).pm25
    assert bool(new.sel(time=slice(None, early.time.values[-13])).isnull().all())
    assert bool(new.isel(time=-1).notnull().all())
    assert bool(stations.pm25_measured.isel(station=slice(0, 2), time=slice(-24, None)).isnull().all())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"spacing": 2.0}, "spacing 4.0 (now 2.0)"),
        ({"hidden": 0.2}, "hidden 0.0 (now 0.2)"),
        ({"checkpoint": "network"}, "of another model than this checkpoint"),
        ({"out": "trained"}, "in which the model was trained"),
        ({"checkpoint": None}, "append: only a trained model"),
        ({"period": "test"}, "append: only a trained model"),
        ({"start": "2031-01-01"}, "2031-01-01"),
    ],
)
def test_results_of_another_run_are_not_continued(data, archive, models, tmp_path, options, message):
    days = days_of(data)
    settings = served(archive, models["kriging"], tmp_path, append=True, start=days[2], end=days[2])
    run_reanalysis(settings)
    before = (tmp_path / "metrics.json").read_bytes()
    places = {"network": models["network"], "trained": str(Path(models["kriging"]).parent)}
    chosen = {name: places.get(value, value) for name, value in options.items()}
    with pytest.raises(InputError) as error:
        run_reanalysis(replace(settings, end=None, **chosen))
    assert message in str(error.value)
    assert (tmp_path / "metrics.json").read_bytes() == before


def test_a_line_for_every_day(archive, models, tmp_path, capsys):
    line = ["reanalyze", "netcdf", "--path", str(archive), "--checkpoint", models["kriging"], "--append"]
    for _ in range(2):
        assert main([*line, "--spacing", "4", "--out", str(tmp_path)]) == 0
    assert "Results are in" in capsys.readouterr().out
    assert json.loads((tmp_path / "metrics.json").read_text())["settings"]["append"] is True


def test_an_area_a_standard_and_borders(data, archive, models, tmp_path):
    outline = {"type": "LineString", "coordinates": [[110.0, 35.0], [118.0, 41.0]]}
    (tmp_path / "lines.json").write_text(json.dumps(outline))
    options = {"bbox": "110,33,118,41", "standard": "who", "borders": str(tmp_path / "lines.json")}
    settings = served(archive, models["kriging"], tmp_path / "a", **options)
    run_reanalysis(settings)
    stations, grid = products(tmp_path / "a")
    assert 5 <= stations.sizes["station"] < 30
    assert float(grid.longitude.max()) <= 120
    alerts = pd.read_csv(tmp_path / "a" / "alerts.csv")
    assert set(alerts.limit) == {"pm25_24h"}
    assert set(alerts.limit_value) == {15}  # of the WHO
    for wrong, message in (({"standard": "who2"}, "standard: 'who2'"), ({"borders": "none.json"}, "none.json")):
        with pytest.raises(InputError, match=message):
            run_reanalysis(replace(settings, out=str(tmp_path / "b"), **wrong))


def test_the_simulation_has_dates_and_an_area(tmp_path):
    settings = ReanalysisSettings(
        "simulated",
        out=str(tmp_path),
        model="kriging",
        spacing=4.0,
        days=20,
        history=12,
        margin=2,
        bbox="110,33,118,41",
    )
    run_reanalysis(replace(settings, start="2016-11-03", end="2016-11-16"))
    stations, _ = products(tmp_path)
    assert float(stations.longitude.max()) <= 118
    with pytest.raises(InputError, match="time_zone: the simulation has no such option"):
        run_reanalysis(replace(settings, time_zone="UTC"))
