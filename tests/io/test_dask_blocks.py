import cloudpickle
import dask
import numpy as np
import xarray as xr

from aqnet_pyg.io.dask_blocks import split_lazy, with_computed


def half_lazy():
    data = xr.Dataset(
        {"pm25": ("time", np.arange(2_000.0), {"units": "ug m-3"}), "crs": ((), 0)},
        {"time": np.arange(2_000), "lead": ("time", np.ones(2_000))},
        {"title": "t"},
    )
    data["pm25"], data["lead"] = data.pm25.chunk(time=10), data.lead.chunk(time=10)
    return data


def test_computed_parts_give_the_same_data_set():
    data = half_lazy().isel(time=slice(20))
    in_memory, parts = split_lazy(data)
    assert set(parts) == {"pm25", "lead"}
    assert not any(variable.chunks for variable in in_memory.variables.values())
    (computed,) = dask.compute(parts)
    xr.testing.assert_identical(with_computed(in_memory, computed), data.compute())


def test_the_part_in_memory_has_no_graph():
    in_memory, _ = split_lazy(half_lazy().isel(time=slice(20)))
    assert len(cloudpickle.dumps(in_memory)) < 10_000
