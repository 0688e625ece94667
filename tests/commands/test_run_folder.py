"""Results in the folder of a run, read as they were written."""

import numpy as np
import pytest
import xarray as xr
from model_samples import sample_model
from station_samples import random_station_data

from aqnet_pyg.commands.run_folder import RunFolder
from aqnet_pyg.errors import InputError
from aqnet_pyg.io.cf import to_cf
from aqnet_pyg.io.files import write_dataset, write_json
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


def test_a_store_is_newer_than_a_file(folder):
    """A run with dask writes stores into the folder of an earlier run without."""
    pytest.importorskip("zarr")
    data = random_station_data(6, 24)
    write_dataset(data, folder / "stations.nc")
    to_cf(data + 1).to_zarr(folder / "stations.zarr", zarr_format=2, consolidated=True)
    np.testing.assert_array_equal(RunFolder(folder).stations.pm25, data.pm25 + 1)


def test_the_model_of_the_results(folder):
    data = random_station_data()
    model = sample_model("kriging", data, Window(12, margin=2))
    save_model(model, folder / "aqnet.ckpt")
    assert RunFolder(folder).model().fingerprint() == model.fingerprint()
