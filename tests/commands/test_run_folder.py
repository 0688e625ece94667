"""Results in the folder of a run, read as they were written."""

import subprocess
import sys
from hashlib import sha256

import pandas as pd
import pytest
import xarray as xr
from model_samples import sample_model
from station_samples import random_station_data

from aqnet_pyg.commands.alerts import write_alerts
from aqnet_pyg.commands.run_folder import CSV_HASH, PRODUCTS, RunFolder, writing_to
from aqnet_pyg.commands.run_identity import RUN
from aqnet_pyg.errors import InputError
from aqnet_pyg.io.cf import to_cf
from aqnet_pyg.io.files import write_dataset, write_json
from aqnet_pyg.io.staging import begin_results, publish_results
from aqnet_pyg.training.checkpoint import save_model
from aqnet_pyg.windows import Window


@pytest.fixture
def folder(tmp_path):
    write_json({"seed": 3, "dataset": "Zürich"}, tmp_path / "metrics.json")
    return tmp_path


def test_a_folder_without_metrics_is_no_run(tmp_path):
    with pytest.raises(InputError, match=r"it has no metrics\.json; give the folder"):
        RunFolder(tmp_path)
    with pytest.raises(InputError, match=r"missing: it has no metrics\.json"):
        RunFolder(tmp_path / "missing")


def test_metrics(folder):
    assert RunFolder(str(folder)).metrics == {"seed": 3, "dataset": "Zürich"}


@pytest.mark.parametrize("name", ["stations", "grid"])
def test_products_that_were_not_written(folder, name):
    with pytest.raises(InputError, match=rf"it has neither {name}\.nc nor {name}\.zarr; complete the run"):
        getattr(RunFolder(folder), name)


@pytest.mark.parametrize("name", ["stations", "grid"])
@pytest.mark.parametrize("store", [False, True])
def test_products_are_read_from_files_and_from_stores(folder, name, store):
    data = random_station_data(6, 24)
    if store:
        pytest.importorskip("zarr")
        to_cf(data).to_zarr(folder / f"{name}.zarr", zarr_format=2, consolidated=True)
    else:
        write_dataset(data, folder / f"{name}.nc")
    with getattr(RunFolder(folder), name) as product:
        assert not product.pm25.variable._in_memory  # opened lazily
        xr.testing.assert_equal(product.pm25.load(), data.pm25)
        assert list(product.indexes["station"]) == list(data.indexes["station"])  # codes, not numbers


def test_a_store_beside_a_file_is_refused(folder):
    pytest.importorskip("zarr")
    data = random_station_data(6, 24)
    write_dataset(data, folder / "stations.nc")
    to_cf(data + 1).to_zarr(folder / "stations.zarr", zarr_format=2, consolidated=True)
    with pytest.raises(InputError, match=r"both stations\.nc and stations\.zarr, of two runs"):
        _ = RunFolder(folder).stations


def test_a_store_that_is_not_complete_is_refused(folder):
    pytest.importorskip("zarr")
    to_cf(random_station_data(6, 24)).to_zarr(folder / "grid.zarr", zarr_format=2, consolidated=True)
    (folder / "grid.zarr.parts").mkdir()
    with pytest.raises(InputError, match=r"grid\.zarr: it is not complete"):
        _ = RunFolder(folder).grid


@pytest.mark.parametrize("in_file", ["another", None])
@pytest.mark.parametrize("name", ["stations", "grid", "filled"])
def test_products_of_another_run_are_refused(folder, name, in_file):
    task = {"task": "fill"} if name == "filled" else {}
    data = random_station_data(6, 24)
    write_json({RUN: "this", **task}, folder / "metrics.json")
    write_dataset(data.assign_attrs({RUN: "this"}), folder / f"{name}.nc")
    getattr(RunFolder(folder), name).close()
    write_dataset(data if in_file is None else data.assign_attrs({RUN: in_file}), folder / f"{name}.nc")
    with pytest.raises(InputError, match=rf"{name}\.nc: it is not of the same run as metrics\.json"):
        getattr(RunFolder(folder), name)


def write_alert_files(folder, run, table="limit,station\npm25_24h,0001\n"):
    (folder / "alerts.csv").write_text(table)
    write_json({RUN: run, CSV_HASH: sha256(table.encode()).hexdigest()}, folder / "alerts.geojson")


def test_alerts_are_read_as_they_were_found(folder):
    write_json({RUN: "this"}, folder / "metrics.json")
    codes = ["=1+1", "NA", "-5", "'+x", "0001", None]
    table = pd.DataFrame({"limit": "pm25_24h", "station": codes, "longitude": 1.5, "latitude": -2.5})
    days = table.assign(days=3)
    write_alerts(RunFolder(folder), table, days)
    assert "=1+1," in (folder / "alerts.csv").read_text()
    assert "\npm25_24h,=" not in (folder / "alerts.csv").read_text()
    pd.testing.assert_frame_equal(RunFolder(folder).alerts, table)
    pd.testing.assert_frame_equal(RunFolder(folder).exceedance_days, days)
    (folder / "exceedance_days.csv").write_text("limit,station\n")
    with pytest.raises(InputError, match=r"exceedance_days\.csv: it is not of the same run"):
        _ = RunFolder(folder).exceedance_days


def test_alerts_of_another_run_are_refused(folder):
    write_json({RUN: "this"}, folder / "metrics.json")
    assert RunFolder(folder).alerts is None
    write_alert_files(folder, "this")
    assert RunFolder(folder).alerts.station.to_list() == ["0001"]
    write_alert_files(folder, "another")
    with pytest.raises(InputError, match=r"alerts\.csv: it is not of the same run"):
        _ = RunFolder(folder).alerts
    write_alert_files(folder, "this")
    (folder / "alerts.csv").write_text("limit,station\n")  # a process was killed before it wrote the GeoJSON file
    with pytest.raises(InputError, match="aqnet alerts"):
        _ = RunFolder(folder).alerts
    (folder / "alerts.geojson").unlink()
    with pytest.raises(InputError, match="aqnet alerts"):
        _ = RunFolder(folder).alerts


def test_a_killed_process_may_have_left_results_to_be_moved(folder):
    write_json({RUN: "this"}, folder / "metrics.json")
    write_dataset(random_station_data(6, 24).assign_attrs({RUN: "this"}), folder / "stations.nc")
    (folder / "report.html").write_text("of the old run")
    staged = begin_results(folder, "key")
    write_json({RUN: "new"}, staged / "metrics.json")
    write_dataset(random_station_data(6, 24).assign_attrs({RUN: "new"}), staged / "stations.nc")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aqnet_pyg.io.staging.finish_publishing", lambda *arguments: None)
        publish_results(folder, PRODUCTS)
    with RunFolder(folder).stations as stations:
        assert stations.attrs[RUN] == "new"
    assert {path.name for path in folder.iterdir()} == {"metrics.json", "stations.nc"}


def test_a_folder_that_another_process_writes_to(folder):
    code = "import sys; from aqnet_pyg.commands.run_folder import writing_to\nwith writing_to(sys.argv[1]): pass"
    (folder / ".map.png.0a1b2c3d.png").write_text("left by a killed process")
    (folder / ".mine").write_text("not ours")
    with writing_to(folder):
        done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=False)
    assert "another process is writing to this folder" in done.stderr
    assert {path.name for path in folder.iterdir()} == {"metrics.json", ".mine"}


def test_the_model_of_the_results(folder):
    data = random_station_data()
    model = sample_model("kriging", data, Window(12, margin=2))
    save_model(model, folder / "aqnet.ckpt")
    assert RunFolder(folder).model().fingerprint() == model.fingerprint()
    write_json({"model_sha256": model.fingerprint()}, folder / "metrics.json")
    assert RunFolder(folder).model().fingerprint() == model.fingerprint()
    write_json({"model_sha256": "of another"}, folder / "metrics.json")
    with pytest.raises(InputError, match=r"aqnet\.ckpt: it is not of the same run"):
        RunFolder(folder).model()


@pytest.mark.parametrize("text", ["{", "[1]", ""])
def test_damaged_features_of_alerts_are_named(folder, text):
    write_json({RUN: "this"}, folder / "metrics.json")
    write_alert_files(folder, "this")
    (folder / "alerts.geojson").write_text(text)
    with pytest.raises(InputError, match=r"alerts\.geojson: damaged, .*`aqnet alerts"):
        _ = RunFolder(folder).alerts
