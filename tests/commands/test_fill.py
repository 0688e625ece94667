"""``aqnet fill``: a source in, a folder with filled gaps out."""

import csv
import json
import shutil
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from aqnet_pyg.commands.fill import filling_text, run_filling, write_csv
from aqnet_pyg.commands.report import run_report
from aqnet_pyg.commands.run_folder import RunFolder
from aqnet_pyg.commands.settings import FillSettings, ReportSettings
from aqnet_pyg.errors import InputError
from aqnet_pyg.inference import STATUS
from aqnet_pyg.io.cf import from_cf
from aqnet_pyg.readers import read_netcdf, read_table, write_netcdf
from aqnet_pyg.simulation import simulate
from aqnet_pyg.training.checkpoint import load_gap_model

FILES = {"filled.nc", "metrics.json", "report.html", "run.log", "pm25.ckpt", "pm25_gaps.png", "pm25_series.png"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A file of fifteen days at eight stations."""
    data, _ = simulate(days=15, stations=8, truth=False)
    path = tmp_path_factory.mktemp("archive") / "archive.nc"
    write_netcdf(data, path)
    return str(path)


@pytest.fixture(scope="module")
def run(archive, tmp_path_factory):
    """A run with its folder, its metrics and the text that it prints."""
    folder = tmp_path_factory.mktemp("run")
    text = filling_text(FillSettings("netcdf", archive, out=str(folder), csv=True, steps=3))
    return folder, json.loads((folder / "metrics.json").read_text()), text


def read(folder):
    with xr.open_dataset(folder / "filled.nc") as file:
        return from_cf(file.load()).transpose("time", "station")


def test_the_files_of_a_run(archive, run):
    folder, metrics, text = run
    assert {path.name for path in folder.iterdir()} == FILES | {"filled.csv"}
    product = read(folder)
    data, _ = read_netcdf(archive)
    measured = np.isfinite(data.pm25.values)
    np.testing.assert_array_equal(product.pm25.values[measured], data.pm25.values[measured])
    assert product.pm25.isnull().sum() == (product.pm25_status > STATUS["filled"]).sum()
    hours = metrics["pollutants"]["pm25"]["hours"]
    assert list(hours) == list(STATUS)
    assert hours["measured"] == measured.sum()
    assert sum(hours.values()) == measured.size
    assert "report.html" not in text
    assert f"{hours['measured']:,} measured" in text
    assert "data:image/png" in (folder / "report.html").read_text()


def test_all_files_name_the_run(run):
    folder, metrics, _ = run
    assert RunFolder(folder).filled.attrs["run_sha256"] == metrics["run_sha256"]
    assert metrics["run_sha256"] in (folder / "report.html").read_text()
    assert metrics["csv_sha256"] == sha256((folder / "filled.csv").read_bytes()).hexdigest()
    assert metrics["model_sha256"] == {"pm25": load_gap_model(folder / "pm25.ckpt").fingerprint()}


def test_models_of_an_interrupted_run_are_used_by_the_same_command(archive, tmp_path, monkeypatch, caplog):
    settings = FillSettings("netcdf", archive, out=str(tmp_path), steps=2)

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("aqnet_pyg.inference.filling.fill", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run_filling(settings)
    assert not (tmp_path / "pm25.ckpt").exists()
    with monkeypatch.context() as patch, caplog.at_level("INFO", logger="aqnet_pyg"):
        patch.setattr("aqnet_pyg.training.gap_fitting.fit_gaps", interrupted)
        resumed = run_filling(settings)
        assert "the model of the interrupted run is used" in caplog.text
        with pytest.raises(KeyboardInterrupt):
            run_filling(replace(settings, seed=1))
    again = run_filling(replace(settings, out=str(tmp_path / "b")))
    assert {**again, "seconds": 0, "settings": 0} == {**resumed, "seconds": 0, "settings": 0}


def test_scores_are_those_at_masked_hours(run):
    _, metrics, text = run
    scores = metrics["pollutants"]["pm25"]["scores"]
    assert scores["held_out"]
    assert list(scores["overall"]) == ["model", "space-time", "linear"]
    row = scores["overall"]["model"]
    assert 0 < row["mae"] <= row["rmse"]
    assert 0 <= row["coverage"] <= 1
    assert row["n"] == sum(methods["model"]["n"] for methods in scores["by_gap_length"].values()) > 0
    assert f"{row['mae']:.2f}" in text


def test_a_table_of_rows(run):
    folder, _, _ = run
    with (folder / "filled.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    product = read(folder)
    assert len(rows) == product.pm25.size
    columns = ["station", "time", "longitude", "latitude", "pm25", "pm25_lower", "pm25_upper", "pm25_status"]
    assert list(rows[0]) == columns
    values = np.array([float(row["pm25"] or "nan") for row in rows], np.float32)
    np.testing.assert_array_equal(values, product.pm25.transpose("station", "time").values.ravel())
    assert {row["pm25_status"] for row in rows} <= set(STATUS)


def test_codes_that_are_formulas_are_escaped(run, tmp_path):
    product = read(run[0]).isel(time=slice(0, 24))
    codes = ["=1+1", "-5", *product.station.values[2:]]
    write_csv(product.assign_coords(station=codes), tmp_path / "filled.csv")
    written = pd.read_csv(tmp_path / "filled.csv", dtype={"station": str})
    assert list(written.station.unique()) == ["'=1+1", "'-5", *codes[2:]]
    back, _ = read_table(tmp_path / "filled.csv")
    assert set(back.station.values) == set(codes)


def test_a_trained_model_is_loaded(archive, run, tmp_path):
    folder, first, _ = run
    options = {"longest": 3, "period": "2016-11-03/2016-11-05"}
    for number, checkpoint in enumerate((folder, folder / "pm25.ckpt")):
        out = tmp_path / str(number)
        metrics = run_filling(FillSettings("netcdf", archive, out=str(out), checkpoint=str(checkpoint), **options))
        scores = metrics["pollutants"]["pm25"]["scores"]
        assert scores["held_out"] is False
        assert scores["overall"]["model"] == pytest.approx(first["pollutants"]["pm25"]["scores"]["overall"]["model"])
        part, whole = read(out), read(folder)
        assert part.sizes["time"] == 72
        there = part.pm25_status <= STATUS["filled"]
        xr.testing.assert_equal(part.pm25, whole.pm25.sel(time=part.time).where(there))
    assert not (tmp_path / "0" / "filled.csv").exists()


def test_options_that_cannot_be_used(archive, run, tmp_path):
    folder, _, _ = run

    def fails(**options):
        return run_filling(FillSettings("netcdf", archive, out=str(tmp_path), **options))

    with pytest.raises(InputError, match="'pm1' is not in the data; use some of pm25"):
        fails(pollutants="pm25,pm1")
    with pytest.raises(InputError, match="',' names none"):
        fails(pollutants=",")
    with pytest.raises(InputError, match="has no hour of the data"):
        fails(period="2031")
    with pytest.raises(InputError, match="leaves days out in between"):
        fails(period="2016-11-03,2016-11-07")
    with pytest.raises(InputError, match=r"o3.ckpt: there is no such checkpoint"):
        fails(checkpoint=str(folder), pollutants="o3")
    with pytest.raises(InputError, match="has no models such as"):
        fails(checkpoint=str(tmp_path), pollutants="all")


def test_fewer_stations_than_the_model_has(archive, run, tmp_path):
    folder, _, _ = run
    data, _ = read_netcdf(archive)
    write_netcdf(data.isel(station=[5, 2, 6]), tmp_path / "fewer.nc")
    settings = FillSettings("netcdf", str(tmp_path / "fewer.nc"), out=str(tmp_path), checkpoint=str(folder))
    scores = run_filling(settings)["pollutants"]["pm25"]["scores"]
    assert scores["overall"]["space-time"]["n"] > 0
    assert list(read(tmp_path).station.values) == list(data.station.values[[5, 2, 6]])


def test_the_page_is_written_again_for_some_days(run, tmp_path):
    folder, _, _ = run
    copy = shutil.copytree(folder, tmp_path / "run")
    for name in ("report.html", "pm25_gaps.png", "pm25_series.png"):
        (copy / name).unlink()
    assert "report.html (0." in run_report(ReportSettings(str(copy)))
    assert (copy / "report.html").read_text() == (folder / "report.html").read_text()
    assert (copy / "pm25_gaps.png").read_bytes() == (folder / "pm25_gaps.png").read_bytes()
    run_report(ReportSettings(str(copy), start="2016-11-04", end="2016-11-05"))
    assert (copy / "report.html").read_text() != (folder / "report.html").read_text()
    with pytest.raises(InputError, match="it covers 2016-10-31 to 2016-11-15"):
        run_report(ReportSettings(str(copy), start="2031"))
    (copy / "filled.nc").unlink()
    with pytest.raises(InputError, match=r"filled.nc: it is not there; complete the run"):
        run_report(ReportSettings(str(copy)))
