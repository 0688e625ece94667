"""The case of the INCREASE paper, from small files in the published formats."""

import numpy as np
import pandas as pd
import pytest
from evaluation.protocols.protocol_files import request, write_increase, write_positions

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.protocols import PROTOCOLS
from aqnet_pyg.evaluation.protocols.increase_beijing import SHARES


@pytest.mark.parametrize("given", ["increase_beijing", "."])
def test_stations_and_hours_of_the_published_files(tmp_path, given):
    values = write_increase(tmp_path / "increase_beijing")
    (case,) = PROTOCOLS["increase-beijing"].cases(request(tmp_path / given))
    assert case.hidden == ("001003", "001008", "001031")
    assert case.data.indexes["time"][0] == pd.Timestamp("2014-04-30 16:00")
    assert np.isnan(case.data.pm25[5, 3])
    assert int(case.data.pm25.isnull().sum()) == 1
    np.testing.assert_array_equal(case.data.pm25[0], values[0].astype(np.float32))
    assert (case.train.sum(), case.validation.sum(), case.test.sum()) == (134, 34, 72)
    for earlier, later in ((case.train, case.validation), (case.validation, case.test)):
        assert np.flatnonzero(earlier).max() + 1 == np.flatnonzero(later).min()


def test_the_case_has_the_published_numbers_of_hours(tmp_path):
    write_increase(tmp_path / "increase_beijing", hours=sum(SHARES))
    (case,) = PROTOCOLS["increase-beijing"].cases(request(tmp_path))
    assert (case.train.sum(), case.validation.sum(), case.test.sum()) == (4906, 1226, 2628)


def test_coordinates_of_other_stations_are_refused(tmp_path):
    write_increase(tmp_path / "increase_beijing")
    write_positions(tmp_path / "aqi36", seed=5)
    with pytest.raises(InputError, match=r"distance\.npy: its distances differ"):
        PROTOCOLS["increase-beijing"].cases(request(tmp_path))


def test_missing_and_broken_files_are_named(tmp_path):
    with pytest.raises(InputError, match=r"Beijing\.h5 is neither"):
        PROTOCOLS["increase-beijing"].cases(request(tmp_path))
    write_increase(tmp_path / "increase_beijing")
    (tmp_path / "aqi36" / "pm25_latlng.txt").unlink()
    with pytest.raises(InputError, match=r"pm25_latlng\.txt is neither"):
        PROTOCOLS["increase-beijing"].cases(request(tmp_path))
    (tmp_path / "increase_beijing" / "Beijing.h5").write_text("not HDF5")
    write_positions(tmp_path / "aqi36")
    with pytest.raises(InputError, match=r"Beijing\.h5: it has no pandas table"):
        PROTOCOLS["increase-beijing"].cases(request(tmp_path))
