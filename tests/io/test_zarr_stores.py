import cloudpickle
import dask
import dask.array as da
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from aqnet_pyg.io.cf import from_cf
from aqnet_pyg.io.zarr_stores import write_stores

HOURS = 20


def two_products(computed, fail_after=None):
    """Two data sets with shared values, five hours per block; computing fails after ``fail_after`` blocks."""

    def block(number):
        if len(computed) == fail_after:
            raise KeyboardInterrupt
        computed.append(number)
        return np.arange(5 * number, 5 * number + 5, dtype=np.float32)

    parts = [da.from_delayed(dask.delayed(block)(number), (5,), np.float32) for number in range(4)]
    shared = da.concatenate(parts)
    time = pd.date_range("2017-01-01", periods=HOURS, freq="h")
    stations = xr.Dataset(
        {"pm25": (("time", "station"), da.stack([shared, shared], axis=1)), "visible": ("station", np.int8([0, 1]))},
        {"time": time, "station": np.array(["1001A", "1002A"], object), "longitude": ("station", [110.0, 111.0])},
        {"title": "a"},
    )
    grid = xr.Dataset({"pm25": ("time", 2 * shared), "crs": ((), np.int32(0))}, {"time": time})
    return {"stations": stations, "grid": grid}


def stores(tmp_path, products):
    return {tmp_path / f"{name}.zarr": product for name, product in products.items()}


def opened(path):
    return from_cf(xr.open_zarr(path).load().drop_encoding())


def test_shared_values_are_computed_once_and_read_back_equal(tmp_path):
    computed = []
    products = two_products(computed)
    with dask.config.set(scheduler="synchronous"):
        write_stores(stores(tmp_path, products), fingerprint="a")
        assert sorted(computed) == [0, 1, 2, 3]
        for name, product in products.items():
            xr.testing.assert_identical(opened(tmp_path / f"{name}.zarr"), product.compute())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["grid.zarr", "stations.zarr"]


def test_an_interrupted_run_is_resumed(tmp_path):
    computed, messages = [], []
    with dask.config.set(scheduler="synchronous"):
        with pytest.raises(KeyboardInterrupt):
            write_stores(stores(tmp_path, two_products(computed, fail_after=3)), fingerprint="a")
        # Dask chooses the order of its tasks: a block may be computed and not yet written.
        written = {int(path.name) // 5 for path in (tmp_path / "stations.zarr.parts").glob("0*")}
        assert written
        assert written <= set(computed)
        again = []
        write_stores(stores(tmp_path, two_products(again)), fingerprint="a", log=messages.append)
        assert sorted(again) == sorted({0, 1, 2, 3} - written)
        assert messages == [f"{len(written)} of 4 blocks were already written"]
        np.testing.assert_array_equal(opened(tmp_path / "grid.zarr").pm25, 2 * np.arange(HOURS))


def test_another_fingerprint_starts_over(tmp_path):
    computed = []
    with dask.config.set(scheduler="synchronous"):
        with pytest.raises(KeyboardInterrupt):
            write_stores(stores(tmp_path, two_products(computed, fail_after=3)), fingerprint="a")
        computed.clear()
        write_stores(stores(tmp_path, two_products(computed)), fingerprint="b")
    assert sorted(computed) == [0, 1, 2, 3]


def test_the_task_of_a_block_contains_no_other_data(tmp_path):
    def size_of_a_task(blocks):
        whole = xr.Dataset({"pm25": ("time", np.random.default_rng(0).random(1000 * blocks))}).chunk(time=1000)
        sizes = []

        def scheduler(graph, keys, **options):
            tasks = graph.__dask_graph__()
            sizes.append(max(len(cloudpickle.dumps(task)) for task in tasks.values()))
            return dask.get(tasks, keys)

        with dask.config.set(scheduler=scheduler):
            write_stores({tmp_path / f"{blocks}.zarr": whole}, fingerprint="a")
        return sizes[0]

    assert size_of_a_task(20) < 2 * size_of_a_task(2)
