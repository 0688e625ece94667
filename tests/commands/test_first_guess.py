"""Reanalysis of simulated stations with a simulated first guess."""

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from aqnet_pyg.commands.first_guess import open_first_guess
from aqnet_pyg.commands.main import main
from aqnet_pyg.commands.reanalyze import run_reanalysis
from aqnet_pyg.commands.settings import ReanalysisSettings
from aqnet_pyg.errors import InputError
from aqnet_pyg.io.files import write_dataset
from aqnet_pyg.readers import read_netcdf, write_netcdf
from aqnet_pyg.simulation import simulate

SMALL = {"history": 12, "margin": 2, "spacing": 2.0, "hidden": 0.2}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Measurements of thirty simulated stations, and a first guess."""
    data, _, field = simulate(days=6, stations=30, truth=False, first_guess=True)
    folder = tmp_path_factory.mktemp("first guess")
    write_netcdf(data.drop_vars("pm25_first_guess"), folder / "stations.nc")
    write_dataset(field.to_dataset(), folder / "model.nc")
    return folder


@pytest.fixture(scope="module")
def run(folder):
    out = folder / "run"
    settings = ReanalysisSettings(
        "netcdf",
        str(folder / "stations.nc"),
        model="kriging",
        out=str(out),
        first_guess=str(folder / "model.nc"),
        **SMALL,
    )
    return settings, run_reanalysis(settings), out


def test_results_are_beside_the_first_guess(run):
    _, metrics, out = run
    rows = metrics["tasks"]["reconstruct"]["stations"]
    assert list(rows) == ["kriging-drift", "first_guess", "idw", "kriging", "kriging-log", "climatology"]
    assert len({row["n"] for row in rows.values()}) == 1
    for name in ("stations.nc", "grid.nc"):
        with xr.open_dataset(out / name) as product:
            known = product.pm25_increment.notnull()
            assert bool(known.any())
            np.testing.assert_allclose(
                product.pm25_increment.where(known), (product.pm25 - product.pm25_first_guess).where(known), atol=1e-3
            )


def test_a_trained_model_is_used_with_the_first_guess_again(run, folder):
    settings, metrics, out = run
    again = ReanalysisSettings(
        "netcdf",
        settings.path,
        checkpoint=str(out / "aqnet.ckpt"),
        out=str(folder / "again"),
        first_guess=settings.first_guess,
        first_guess_variable="pm25_first_guess",
        period="test",
        **SMALL,
    )
    assert run_reanalysis(again)["tasks"] == metrics["tasks"]


def test_what_does_not_fit_is_refused(run, folder, capsys):
    settings, _, out = run
    source = [
        "reanalyze",
        "netcdf",
        "--path",
        settings.path,
        "--out",
        str(folder / "refused"),
        "--history",
        "12",
        "--margin",
        "2",
    ]
    guess = ["--first_guess", settings.first_guess]
    for options, message in (
        (["--checkpoint", str(out / "aqnet.ckpt")], "first_guess: the model was fitted with pm25_first_guess"),
        (["--first_guess_variable", "pm25"], "first_guess_variable: it has no use without first_guess"),
        ([*guess, "--first_guess_variable", "a,b"], "2 names are given for 1 files"),
        ([*guess, "--first_guess_variable", "nothing"], "nothing"),
    ):
        assert main([*source, *options]) == 1
        assert message in capsys.readouterr().err
        assert not (folder / "refused" / "stations.nc").exists()


def test_a_forecast_beyond_the_data_reads_the_field_of_the_coming_hours(folder, tmp_path):
    data = read_netcdf(folder / "stations.nc")[0]
    write_netcdf(data.isel(time=slice(0, 120)), tmp_path / "until_now.nc")
    options = {"first_guess": str(folder / "model.nc"), "spacing": 2.0}
    forecast = {"task": "forecast", "model": "network", "history": 8, "horizon": 4, "steps": 2, "hidden": 0.2}
    whole, source = str(folder / "stations.nc"), str(tmp_path / "until_now.nc")
    run_reanalysis(ReanalysisSettings("netcdf", whole, out=str(tmp_path / "train"), **forecast, **options))
    checkpoint = str(tmp_path / "train" / "aqnet.ckpt")
    run_reanalysis(ReanalysisSettings("netcdf", source, out=str(tmp_path / "now"), checkpoint=checkpoint, **options))
    with xr.open_dataset(tmp_path / "now" / "grid.nc") as product:
        last = product.isel(forecast_reference_time=-1)
        assert last.forecast_reference_time == data.time[119]
        assert last.pm25_first_guess.notnull().any("latitude").any("longitude").all()


def test_several_first_guesses_are_added(run):
    settings, *_ = run
    data, _ = read_netcdf(settings.path)
    both = replace(settings, first_guess=f"{settings.first_guess}, {settings.first_guess}")
    opened = open_first_guess(both, data)
    assert opened.names == ("pm25_first_guess", "pm25_first_guess_2")
    assert len(opened.fields) == 2
    np.testing.assert_array_equal(opened.stations.pm25_first_guess, opened.stations.pm25_first_guess_2)
    assert opened.fields[0].longitude.max() < data.longitude.max() + 2  # only the region
    with pytest.raises(InputError, match="2 names are given for 1"):
        open_first_guess(replace(settings, first_guess_variable="a,b"), data)


def test_the_first_guess_is_part_of_the_settings_of_a_run(run):
    _, metrics, out = run
    assert json.loads((out / "metrics.json").read_text())["settings"]["first_guess"].endswith("model.nc")
    about = metrics["first_guess"]["pm25_first_guess"]
    assert "% of station-hours" in about["comment"]
    assert about["rules"]
    assert " x pm25_first_guess;" in (out / "run.log").read_text()


def test_a_network_across_the_antimeridian_reads_the_whole_field(run, tmp_path):
    settings, *_ = run
    data, _ = read_netcdf(settings.path)
    moved = data.assign_coords(longitude=(data.longitude - data.longitude.mean() + 180 + 180) % 360 - 180)
    latitude, longitude = np.arange(0.0, 90, 5), np.arange(-180.0, 180, 5)
    values = np.full((moved.sizes["time"], latitude.size, longitude.size), 30.0, np.float32)
    coords = {"time": moved.time.values, "latitude": latitude, "longitude": longitude}
    field = xr.DataArray(values, coords, ("time", "latitude", "longitude"), "pm2p5", {"units": "ug m-3"})
    field.to_netcdf(tmp_path / "globe.nc", engine="h5netcdf")
    whole = replace(settings, first_guess=str(tmp_path / "globe.nc"), first_guess_options={"time_label": "end"})
    assert open_first_guess(whole, moved).stations.pm25_first_guess.notnull().all()
