"""Reanalysis of simulated stations with rasters as covariates."""

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from aqnet_pyg.commands.covariates import open_covariates
from aqnet_pyg.commands.reanalyze import run_reanalysis
from aqnet_pyg.commands.settings import ReanalysisSettings
from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_netcdf, write_netcdf
from aqnet_pyg.simulation import simulate

SMALL = {"history": 12, "margin": 2, "spacing": 2.0, "hidden": 0.2}


def smooth(longitude, latitude):
    return np.sin(longitude * 3) + np.cos(latitude * 4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Measurements of forty stations to which a map adds a known amount, this map, and one of noise."""
    data, _ = simulate(days=6, stations=40)
    folder = tmp_path_factory.mktemp("covariates")
    longitude = np.arange(np.floor(data.longitude.min()) - 2, data.longitude.max() + 2, 0.05)
    latitude = np.arange(np.floor(data.latitude.min()) - 2, data.latitude.max() + 2, 0.05)
    noise = np.random.default_rng(0).normal(size=(latitude.size, longitude.size))
    for name, values in (("density", smooth(longitude[None], latitude[:, None])), ("noise", noise)):
        axes = {"latitude": latitude, "longitude": longitude}
        raster = xr.DataArray(values, axes, ("latitude", "longitude"), name)
        raster.to_dataset().to_netcdf(folder / f"{name}.nc", engine="h5netcdf")
    raised = data.pm25 + 30 * (2 + smooth(data.longitude, data.latitude))
    write_netcdf(data.assign(pm25=raised.astype(np.float32).assign_attrs(data.pm25.attrs)), folder / "stations.nc")
    return folder


def settings(folder, **changes):
    rasters = f"{folder}/density.nc,{folder}/noise.nc"
    chosen = SMALL | {"model": "kriging", "covariates": rasters, "out": str(folder / "run")} | changes
    return ReanalysisSettings("netcdf", str(folder / "stations.nc"), **chosen)


def test_rasters_are_a_drift_of_kriging_and_a_checkpoint_needs_them_again(folder):
    metrics = run_reanalysis(settings(folder))
    rows = metrics["tasks"]["reconstruct"]["stations"]
    assert rows["kriging-drift"]["rmse"] < 0.8 * rows["kriging"]["rmse"]
    assert list(metrics["covariates"]) == ["density_map", "noise_map"]
    log = (folder / "run" / "run.log").read_text()
    assert "x density_map" in log
    assert "x noise_map" not in log
    with xr.open_dataset(folder / "run" / "grid.nc") as first:
        expected = first.pm25.load()
    served = settings(folder, checkpoint=str(folder / "run" / "aqnet.ckpt"), period="test", out=str(folder / "served"))
    run_reanalysis(served)
    with xr.open_dataset(folder / "served" / "grid.nc") as again:
        np.testing.assert_allclose(again.pm25, expected, atol=1e-3)
    with pytest.raises(
        InputError, match="covariates: the model was fitted with 'density_map', which the station data lack"
    ):
        run_reanalysis(replace(served, covariates=None))


@pytest.mark.parametrize("model", ["krigings", "network", "ensemble"])
def test_every_model_reads_them(folder, model):
    out = folder / model
    run_reanalysis(settings(folder, model=model, steps=2, covariate_radii="0,20", out=str(out)))
    about = json.loads((out / "metrics.json").read_text())
    assert list(about["covariates"]) == ["density_map", "density_map_20km", "noise_map", "noise_map_20km"]
    with xr.open_dataset(out / "grid.nc") as grid:
        assert bool(grid.pm25.notnull().all())


def test_invalid_radii(folder):
    data, _ = read_netcdf(folder / "stations.nc")
    with pytest.raises(InputError, match="covariate_radii: 'x' was given"):
        open_covariates(settings(folder, covariate_radii="x"), data)
