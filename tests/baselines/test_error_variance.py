import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.baselines.error_variance import error_variance_of


def test_unknown_error_variances_are_zero():
    data = xr.Dataset(coords={"station": pd.Index(["A", "B"])})
    assert error_variance_of(data).tolist() == [0, 0]
    assert error_variance_of(data.assign_coords(error_variance=("station", [np.nan, 0.5]))).tolist() == [0, 0.5]
