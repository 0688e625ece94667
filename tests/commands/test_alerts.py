"""`aqnet alerts`: a folder in, a table and GeoJSON out."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from inference.calibrated_models import calibrated

from aqnet_pyg.commands.alerts import alert_reliability, has_skill, run_alerts
from aqnet_pyg.commands.main import main
from aqnet_pyg.commands.settings import AlertSettings
from aqnet_pyg.errors import InputError
from aqnet_pyg.io.files import write_dataset, write_json
from aqnet_pyg.training.checkpoint import save_model
from aqnet_pyg.windows import Window


@pytest.fixture(scope="module")
def results():
    return calibrated(Window(12, margin=2), hours=24 * 20)


@pytest.fixture(scope="module")
def written(results, tmp_path_factory):
    model, stations, grid = results
    folder = tmp_path_factory.mktemp("run")
    few = slice(0, 24 * 4)
    write_dataset(stations.isel(time=few), folder / "stations.nc")
    write_dataset(grid.isel(time=few), folder / "grid.nc")
    write_json({}, folder / "metrics.json")
    save_model(model, folder / "aqnet.ckpt")
    return folder


@pytest.fixture
def run(written, tmp_path):
    return shutil.copytree(written, tmp_path / "run")


def test_the_command_writes_csv_and_geojson(run, capsys):
    assert main(["alerts", str(run), "--standard", "who", "--probability", "0.3"]) == 0
    printed = capsys.readouterr().out
    table = pd.read_csv(run / "alerts.csv")
    assert f"{len(table)} alerts" in printed
    assert "alerts.csv" in printed
    assert (table.probability >= 0.3).all()
    assert table.probability.is_monotonic_decreasing
    assert table.station.isna().any()
    assert table.station.notna().any()
    days = pd.read_csv(run / "exceedance_days.csv")
    assert days.days_above.max() > 0
    features = json.loads((run / "alerts.geojson").read_text(encoding="utf-8"))["features"]
    assert len(features) == len(table) > 0
    place = features[0]["geometry"]["coordinates"]
    np.testing.assert_allclose(place, table.loc[0, ["longitude", "latitude"]].astype(float), rtol=1e-5)


def test_probabilities_without_skill_are_refused(run):
    write_json({"alerts": {"brier": 0.263, "brier_of_the_mean": 0.156, "reliability": []}}, run / "metrics.json")
    with pytest.raises(InputError, match=r"no better than their observed frequency \(Brier score 0\.263, and 0\.156"):
        run_alerts(AlertSettings(str(run)))
    assert not (run / "alerts.csv").exists()


def test_skill_is_that_over_the_frequency_of_each_limit(results):
    model, stations, _ = results
    hidden = stations.sel(station=stations.station[stations.visible == 0])
    turned = hidden.assign(pm25_measured=250.0 - hidden.pm25_measured)
    assert not has_skill(alert_reliability(turned.assign(pm25=hidden.pm25), model))
    assert has_skill(None)
    assert has_skill({})


def test_without_an_exceedance_the_files_are_empty(run):
    text = run_alerts(AlertSettings(str(run), "epa", probability=1.0))
    assert text.startswith("No limit is exceeded with a probability of 1 or more.")
    assert pd.read_csv(run / "alerts.csv").empty
    assert json.loads((run / "alerts.geojson").read_text())["features"] == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"standard": "mars"}, "mars"),
        ({"level": "IT9"}, "IT9"),
        ({"probability": 5.0}, r"^probability: 5\.0 is not between 0 and 1"),
    ],
)
def test_bad_settings_are_named(written, change, named):
    with pytest.raises(InputError, match=named):
        run_alerts(AlertSettings(**{"run": str(written), "standard": "who"} | change))
    assert not (written / "alerts.csv").exists()


@pytest.mark.parametrize("name", ["metrics.json", "aqnet.ckpt", "stations.nc"])
def test_files_missing_from_a_run_are_named(run, name):
    (run / name).unlink()
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        run_alerts(AlertSettings(str(run)))


def test_probabilities_at_the_stations_of_the_calibration_are_calibrated(results):
    model, stations, _ = results
    report = alert_reliability(stations.sel(station=stations.station[stations.visible == 0]), model)
    assert report["brier"] <= report["brier_of_the_mean"] + 0.01
    assert has_skill(report)
    rows = report["reliability"]
    off = sum(row["count"] * (row["forecast"] - row["observed"]) for row in rows) / sum(row["count"] for row in rows)
    assert abs(off) < 0.05


def test_without_measurements_there_is_no_reliability(results):
    model, stations, _ = results
    few = stations.isel(time=slice(0, 48), station=slice(0, 3))
    assert alert_reliability(few.assign(pm25_measured=few.pm25_measured * np.nan), model) is None
