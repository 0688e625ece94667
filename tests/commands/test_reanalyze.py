"""A source in, a folder of results out: the whole path on small simulated data."""

import contextlib
import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from aqnet_pyg.commands import report, sources
from aqnet_pyg.commands.main import main
from aqnet_pyg.commands.reanalyze import run_reanalysis
from aqnet_pyg.commands.run_folder import RunFolder, writing_to
from aqnet_pyg.commands.settings import InfoSettings, ReanalysisSettings
from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation import table
from aqnet_pyg.readers import read_netcdf, write_netcdf
from aqnet_pyg.simulation import simulate

pytestmark = pytest.mark.usefixtures("small_batches")

SMALL = {"days": 12, "steps": 4, "k": 4, "history": 12, "margin": 2, "spacing": 2.0}


@pytest.fixture(autouse=True)
def few_stations(monkeypatch):
    """The simulated source, but with thirty stations."""
    monkeypatch.setattr("aqnet_pyg.simulation.simulate", lambda **options: simulate(**{"stations": 30} | options))


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    data, _ = simulate(days=12, stations=30, truth=False)
    path = tmp_path_factory.mktemp("archive") / "archive.nc"
    write_netcdf(data, path)
    return path


@pytest.fixture(scope="module")
def run(archive, tmp_path_factory):
    """A network on the archive, from a file of options: its settings and what it prints."""
    folder = tmp_path_factory.mktemp("run")
    settings = ReanalysisSettings("netcdf", str(archive), out=str(folder / "a"), hidden=0.2, **SMALL)
    options = SMALL | {"source": "netcdf", "path": str(archive), "out": settings.out, "hidden": 0.2}
    config = folder / "run.yaml"
    config.write_text("\n".join(f"{name}: {value}" for name, value in options.items()))
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        assert main(["reanalyze", "--config", str(config)]) == 0
    return settings, printed.getvalue()


def metrics_of(settings):
    return json.loads((Path(settings.out) / "metrics.json").read_text())


def test_a_reconstruction_of_the_simulated_network(tmp_path):
    metrics = run_reanalysis(ReanalysisSettings("simulated", out=str(tmp_path), **SMALL))
    assert {path.name for path in tmp_path.iterdir()} == {
        *(
            "stations.nc",
            "grid.nc",
            "metrics.json",
            "map.png",
            "alerts.csv",
            "alerts.geojson",
            "exceedance_days.csv",
            "report.html",
            "aqnet.ckpt",
            "run.log",
            "metrics.csv",
            "checkpoints",
        ),
    }
    written = json.loads((tmp_path / "metrics.json").read_text())
    rows = written["tasks"]["reconstruct"]
    assert list(rows["stations"]) == list(rows["grid"]) == ["network", "idw", "kriging", "kriging-log", "climatology"]
    assert len({row["n"] for row in rows["stations"].values()}) == 1
    assert rows["stations"]["network"] == pytest.approx(metrics["tasks"]["reconstruct"]["stations"]["network"])
    assert written["settings"]["steps"] == 4
    assert written["settings"]["network"]["channels"] == 32
    assert written["model"] == "network"
    assert written["reader"] is None
    assert len(written["data_sha256"]) == 64
    assert set(rows["stations"]["network"]) == {"mae", "rmse", "r2", "n", "coverage", "width"}
    assert set(rows["grid"]["idw"]) == {"mae", "rmse", "r2", "n"}
    assert not [note for note in written["notes"] if "calibrated at" in note]  # with kriging, at 27 of them
    assert written["split"]["stations"] == {"visible": 24, "validation": 3, "hidden": 3}
    with xr.open_dataset(tmp_path / "stations.nc") as stations, xr.open_dataset(tmp_path / "grid.nc") as grid:
        assert stations.sizes["time"] == grid.sizes["time"] == round(12 * 24 * 0.2)
        hidden = stations.set_xindex("station_code").sel(station_code=written["split"]["hidden"])
        error = np.abs(hidden.pm25 - hidden.pm25_measured)
        assert float(error.mean()) == pytest.approx(rows["stations"]["network"]["mae"], rel=1e-4)
    assert "MAE" in table(metrics)
    with xr.open_dataset(tmp_path / "stations.nc") as stations, xr.open_dataset(tmp_path / "grid.nc") as grid:
        assert stations.attrs["run_sha256"] == grid.attrs["run_sha256"] == written["run_sha256"]
    assert f'<meta name="run_sha256" content="{written["run_sha256"]}">' in (tmp_path / "report.html").read_text(
        "utf-8"
    )
    with Image.open(tmp_path / "map.png") as picture:
        assert picture.text["run_sha256"] == written["run_sha256"]
    assert RunFolder(tmp_path).model().fingerprint() == written["model_sha256"]
    assert list(metrics["seconds"]) == ["read", "import", "train", "predict", "score", "report"]
    assert written["seconds"] == metrics["seconds"]


def test_hidden_stations_and_test_hours_do_not_reach_the_model(run, archive, tmp_path):
    settings, _ = run
    first = metrics_of(settings)
    data, _ = read_netcdf(archive)
    hidden = first["split"]["hidden"]
    for name in ("pm25", "pm10", "so2", "no2", "o3", "co"):
        data[name].loc[{"station": hidden}] = 77.0
    write_netcdf(data, tmp_path / "b.nc")
    second = run_reanalysis(replace(settings, path=str(tmp_path / "b.nc"), out=str(tmp_path / "b")))
    assert second["split"] == first["split"]
    with xr.open_dataset(f"{settings.out}/grid.nc") as a, xr.open_dataset(tmp_path / "b" / "grid.nc") as b:
        np.testing.assert_array_equal(a.pm25, b.pm25)


def test_a_checkpoint_is_used_without_training(run, tmp_path, monkeypatch):
    settings, _ = run
    first = metrics_of(settings)
    assert first["reader"]["files_read"] == 1
    monkeypatch.setattr(report, "MAX_VALUES", 1)
    again = run_reanalysis(
        replace(settings, out=str(tmp_path / "b"), checkpoint=f"{settings.out}/aqnet.ckpt", history=None, period="test")
    )
    assert not (tmp_path / "b" / "checkpoints").exists()
    assert again["tasks"] == first["tasks"]
    assert not (tmp_path / "b" / "report.html").exists()
    assert "are too many for one page" in (tmp_path / "b" / "run.log").read_text()


KRIGING = {"model": "kriging", "spacing": 4.0, "days": 12, "history": 12, "margin": 2}


def test_a_run_replaces_all_results_of_another_or_none(archive, tmp_path, monkeypatch):
    settings = ReanalysisSettings("netcdf", str(archive), out=str(tmp_path), **KRIGING)
    first = run_reanalysis(settings)
    stale = ("alerts.csv", "alerts.geojson", "exceedance_days.csv", "filled.nc", "pm25_gaps.png", "o3.ckpt")
    for name in stale:
        (tmp_path / name).write_text("of an earlier run")
    (tmp_path / "grid.zarr").mkdir()
    (tmp_path / "mine.csv").write_text("")
    old = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file() and path.name != "run.log"}

    def killed(*arguments, **options):
        raise KeyboardInterrupt

    for step in ("write_page", "_map", "_score", "publish_results"):
        with monkeypatch.context() as patch:
            patch.setattr(f"aqnet_pyg.commands.reanalyze.{step}", killed)
            with pytest.raises(KeyboardInterrupt):
                run_reanalysis(replace(settings, target="o3"))
        assert {name: (tmp_path / name).read_bytes() for name in old} == old
        assert (tmp_path / "grid.zarr").is_dir()
    second = run_reanalysis(replace(settings, target="o3"))
    assert second["run_sha256"] != first["run_sha256"]
    results = {"stations.nc", "grid.nc", "metrics.json", "map.png", "report.html", "aqnet.ckpt"}
    alerts = {"alerts.csv", "alerts.geojson", "exceedance_days.csv"}
    assert {path.name for path in tmp_path.iterdir()} == results | alerts | {"run.log", "mine.csv"}
    assert RunFolder(tmp_path).alerts is not None
    with RunFolder(tmp_path).stations as stations:
        assert "o3" in stations


def test_runs_of_the_same_settings_and_data_have_one_identity(archive, tmp_path):
    settings = ReanalysisSettings("netcdf", str(archive), out=str(tmp_path / "a"), **KRIGING)
    first = run_reanalysis(settings)
    assert run_reanalysis(replace(settings, out=str(tmp_path / "b")))["run_sha256"] == first["run_sha256"]
    assert run_reanalysis(replace(settings, seed=1))["run_sha256"] != first["run_sha256"]


def test_two_runs_in_one_folder(archive, tmp_path, capsys):
    with writing_to(tmp_path):
        arguments = ["netcdf", "--path", str(archive), "--out", str(tmp_path)]
        for command in ("reanalyze", "train", "fill"):
            assert main([command, *arguments]) == 1
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 3
    assert all("another process is writing to this folder" in error for error in errors)


def test_a_model_of_an_interrupted_run_is_used_when_it_is_resumed(archive, tmp_path, monkeypatch):
    settings = ReanalysisSettings("netcdf", str(archive), out=str(tmp_path), **KRIGING)
    with monkeypatch.context() as patch:
        patch.setattr("aqnet_pyg.commands.reanalyze._score", lambda *arguments: {}["killed"])
        with pytest.raises(KeyError):
            run_reanalysis(settings)
    with monkeypatch.context() as patch:
        patch.setattr("aqnet_pyg.training.fitting.fit", lambda *arguments, **options: pytest.fail("trained again"))
        resumed = run_reanalysis(replace(settings, resume=True))
    again = run_reanalysis(replace(settings, out=str(tmp_path / "b")))
    assert {**again, "seconds": 0, "settings": 0} == {**resumed, "seconds": 0, "settings": 0}


def test_a_forecast(archive, tmp_path):
    settings = ReanalysisSettings(
        "netcdf", str(archive), out=str(tmp_path), **SMALL | {"history": 16, "margin": 0}, task="forecast", horizon=12
    )
    rows = run_reanalysis(settings)["tasks"]["forecast"]
    assert rows["stations"]["network"]["n"] > 0
    assert list(rows["measuring"]) == list(rows["stations"]) == ["network", "persistence", "climatology"]
    assert rows["grid"] is None
    sentences = json.loads((tmp_path / "metrics.json").read_text())["verdict"]
    assert [sentence[:19] for sentence in sentences] == ["At hidden stations ", "At visible stations"]
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert all(sentence in page for sentence in sentences)
    with xr.open_dataset(tmp_path / "grid.nc") as grid:
        assert grid.pm25.dims == ("forecast_reference_time", "lead", "latitude", "longitude")


def test_an_ensemble_of_forecasts(tmp_path):
    pytest.importorskip("transformers")
    options = SMALL | {"days": 24, "history": 26, "margin": 0}
    settings = ReanalysisSettings(
        "simulated", out=str(tmp_path), **options, task="forecast", horizon=24, model="ensemble"
    )
    rows = run_reanalysis(settings)["tasks"]["forecast"]
    assert list(rows["stations"]) == list(rows["grid"]) == ["ensemble", "persistence", "climatology"]
    assert {path.name for path in tmp_path.iterdir()} >= {"report.html", "aqnet.ckpt", "network-0"}
    with xr.open_dataset(tmp_path / "grid.nc") as grid:
        assert grid.attrs["model"] == "ensemble"
        assert grid.pm25_upper.dims == ("forecast_reference_time", "lead", "latitude", "longitude")


def test_a_scheduler_of_dask_gives_the_same_in_zarr_stores(run, tmp_path):
    pytest.importorskip("distributed")
    settings, _ = run
    first = metrics_of(settings)
    again = run_reanalysis(
        replace(
            settings,
            out=str(tmp_path / "b"),
            checkpoint=f"{settings.out}/aqnet.ckpt",
            history=None,
            period="test",
            dask="1",
        )
    )
    assert again["tasks"]["reconstruct"]["stations"]["network"] == pytest.approx(
        first["tasks"]["reconstruct"]["stations"]["network"], rel=1e-4
    )
    for name in ("stations", "grid"):
        with xr.open_dataset(f"{settings.out}/{name}.nc") as a, xr.open_zarr(tmp_path / "b" / f"{name}.zarr") as b:
            xr.testing.assert_allclose(a, b.transpose(*a.pm25.dims, ...), rtol=1e-4, atol=1e-3)
            assert {**a.attrs, "run_sha256": ""} == {**b.attrs, "run_sha256": ""}  # one was trained, the other loaded


def test_nothing_hidden_gives_a_map_and_no_scores(archive, tmp_path):
    settings = ReanalysisSettings("netcdf", str(archive), out=str(tmp_path), **SMALL, hidden=0.0, period="all")
    assert run_reanalysis(settings)["tasks"]["reconstruct"] == {"stations": None, "grid": None}
    with xr.open_dataset(tmp_path / "grid.nc") as grid:
        assert grid.sizes["time"] == 12 * 24


def test_stacked_krigings_are_reported_without_a_training(archive, tmp_path):
    settings = ReanalysisSettings(
        "netcdf", str(archive), out=str(tmp_path / "run"), model="krigings", **SMALL, hidden=0.2
    )
    metrics = run_reanalysis(settings)
    assert metrics["model"] == "krigings"
    assert list(metrics["tasks"]["reconstruct"]["stations"]) == [
        "krigings",
        "idw",
        "kriging",
        "kriging-log",
        "climatology",
    ]
    assert not (tmp_path / "run" / "checkpoints").exists()
    assert "Ensemble of krigings" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    with xr.open_dataset(tmp_path / "run" / "grid.nc") as grid:
        assert bool((grid.pm25_lower <= grid.pm25_upper).all())


def test_places_without_measurements_are_predicted_and_not_scored(archive, tmp_path):
    data, _ = read_netcdf(archive)
    visible = np.ones(30, np.int8)
    visible[7] = 0
    place = data.assign({name: data[name].where(visible) for name in data}).assign_coords(visible=("station", visible))
    write_netcdf(place, tmp_path / "place.nc")
    settings = ReanalysisSettings(
        "netcdf", str(tmp_path / "place.nc"), out=str(tmp_path / "run"), model="kriging", **SMALL, hidden=0.0
    )
    metrics = run_reanalysis(settings)
    assert metrics["tasks"]["reconstruct"] == {"stations": None, "grid": None}
    assert metrics["split"]["hidden"] == [data.station.values[7]]
    assert "no hidden station measured pm25 in the scored hours" in (tmp_path / "run" / "run.log").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "source: there is no reader 'nothing'"),
        (["cnemc"], "path: the source 'cnemc'"),
        (["cnemc", "--path", "missing"], "stations: the reader"),
        (["cnemc", "--path", "missing", "--stations", "."], "missing"),
        (["netcdf", "--path", "ARCHIVE", "--target", "rain"], "target: 'rain'"),
        (["netcdf", "--path", "ARCHIVE", "--k", "40"], "k: 40"),
        (["netcdf", "--path", "ARCHIVE", "--history", "500"], "history: a window takes 500"),
        (["netcdf", "--path", "ARCHIVE", "--history", "0"], "at least one"),
        (["netcdf", "--path", "ARCHIVE", "--task", "forecast", "--horizon", "0"], "horizon: 0 hours"),
        (["netcdf", "--path", "ARCHIVE", "--hidden", "ALL"], "hidden: all 29 stations with measurements"),
        (["netcdf", "--path", "ARCHIVE", "--hidden", "1.5"], "fraction"),
        (["netcdf", "--path", "ARCHIVE", "--hidden", "none.txt"], "none.txt"),
        (["netcdf", "--path", "ARCHIVE", "--checkpoint", "none.ckpt"], "none.ckpt"),
        (["netcdf", "--path", "ARCHIVE", "--spacing", "-1"], "spacing"),
        (["netcdf", "--path", "ARCHIVE", "--stations", "x.csv"], "stations"),
        (["netcdf", "--path", "ARCHIVE", "--out", "FILE"], "out:"),
        (["netcdf", "--path", "ARCHIVE", "--dask", "nowhere"], "dask:"),
    ],
)
def test_bad_input_is_one_line(arguments, message, archive, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    codes = read_netcdf(archive)[0].station.values
    (tmp_path / "all.txt").write_text("\n".join(codes))
    (tmp_path / "file").write_text("")
    places = {"ARCHIVE": str(archive), "ALL": "all.txt", "FILE": "file/out"}
    arguments = [places.get(argument, argument) for argument in arguments]
    assert main(["reanalyze", *arguments, "--steps", "2"]) == 1
    printed = capsys.readouterr().err.strip().splitlines()
    assert message in printed[-1]
    assert printed[-1].startswith("aqnet: ")
    assert not any("Traceback" in line for line in printed)


def test_options_come_from_a_file(run):
    settings, printed = run
    assert "hidden stations" in printed
    assert f"Results are in {settings.out}." in printed
    assert metrics_of(settings)["split"]["stations"]["hidden"] == 6


def test_train_info_and_simulate(tmp_path, capsys, archive):
    options = ["--steps", "2", "--k", "4", "--history", "12", "--margin", "2", "--out", str(tmp_path / "run")]
    assert main(["train", "netcdf", "--path", str(archive), *options]) == 0
    assert (tmp_path / "run" / "aqnet.ckpt").exists()
    assert main(["info", "netcdf", "--path", str(archive)]) == 0
    printed = capsys.readouterr().out
    assert "30, " in printed
    assert "pm25" in printed
    target = tmp_path / "simulated.csv"
    assert main(["simulate", "table", str(target), "--days", "1", "--stations", "5"]) == 0
    assert main(["info", "table", "--path", str(target)]) == 0
    guess = tmp_path / "field" / "guess.nc"
    capsys.readouterr()
    assert main(["simulate", "netcdf", str(tmp_path / "s.nc"), "--days", "1", "--first_guess", str(guess)]) == 0
    assert f"a simulated first guess in {guess}." in capsys.readouterr().out
    with xr.open_dataset(guess) as field, xr.open_dataset(tmp_path / "s.nc") as stations:
        assert field["pm25_first_guess"].dims == ("time", "latitude", "longitude")
        assert "pm25_first_guess" not in stations
    assert main(["simulate", "tables", str(target)]) == 1
    assert "format: 'tables'" in capsys.readouterr().err


def test_columns_of_a_table_are_declared_in_the_file_of_options(tmp_path, capsys):
    table = tmp_path / "mine.csv"
    table.write_text(
        "Ort,Uhrzeit,Lon,Lat,Feinstaub\nA,2020-07-01 01:00,10.2,49.4,10\nB,2020-07-01 02:00,10.3,49.5,12\n"
    )
    columns = "{station: Ort, time: Uhrzeit, longitude: Lon, latitude: Lat, pm25: Feinstaub}"
    config = tmp_path / "mine.yaml"
    config.write_text(f"source: table\npath: {table}\ncolumns: {columns}\ntime_zone: Europe/Berlin\n")
    assert main(["info", "--config", str(config)]) == 0
    assert "2020-06-30 23:00:00 to 2020-07-01 00:00:00 UTC, local zone Europe/Berlin" in capsys.readouterr().out


def test_an_interrupted_run_prints_how_to_resume_it(archive, tmp_path, capsys, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("aqnet_pyg.training.network_fitting.train", interrupt)
    assert main(["train", "netcdf", "--path", str(archive), "--k", "4", "--out", str(tmp_path)]) == 130
    assert "--resume" in capsys.readouterr().err


def test_a_missing_extra_is_named_before_anything_long(archive, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    arguments = ["reanalyze", "netcdf", "--path", str(archive), "--out", str(tmp_path), "--dask", "2"]
    assert main(arguments) == 1
    assert (
        capsys.readouterr().err
        == "aqnet: reanalyze: distributed is not installed; use: pip install 'aqnet-pyg[dask]'.\n"
    )
    assert not (tmp_path / "run.log").exists()


def test_strict_is_passed_on(tmp_path):
    with pytest.raises(InputError, match="strict"):
        sources.describe(InfoSettings("bjmemc", path=str(_broken(tmp_path)), strict=True))


def _broken(tmp_path):
    (tmp_path / "stations.csv").write_text("station_id,name,longitude,latitude\nA,甲,116.4,39.9\n", encoding="utf-8")
    (tmp_path / "beijing_all_20150101.csv").write_text("date,hour,type,甲\n20150101,0,PM2.5,10\n", encoding="utf-8")
    (tmp_path / "beijing_all_20150102.csv").write_text("<html>404</html>")
    return tmp_path
