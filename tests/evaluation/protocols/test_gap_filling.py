"""The masks of the published sample, and masks copied from the gaps of an archive."""

import numpy as np
import pandas as pd
import pytest
from evaluation.protocols.protocol_files import DATES, request, write_grin
from station_samples import random_station_data

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.evaluation.protocols import PROTOCOLS
from aqnet_pyg.gap_masks import copied_gaps

PROTOCOL = PROTOCOLS["gap-filling"]


def write_sample(folder):
    """Ground and missing values; a tenth of the ground values is missing in the second file."""
    ground = write_grin(folder)
    hidden = np.random.default_rng(1).random(ground.shape) < 0.1
    ground.mask(hidden).to_csv(folder / "pm25_missing.txt", index_label="datetime")
    return ground.notna().to_numpy() & hidden


def test_published_masks_are_measurements_that_the_second_file_lacks(tmp_path):
    hidden = write_sample(tmp_path)
    (case,) = PROTOCOL.cases(request(tmp_path))
    assert case.data.sizes["time"] == len(hidden) + 1  # an hour lacks in the files
    np.testing.assert_array_equal(np.delete(case.masked, 100, axis=0), hidden)
    labels = pd.DatetimeIndex(case.data.indexes["time"]) + pd.Timedelta("9h")
    assert set(labels[case.scored.any(axis=1)].month) == {6}
    assert not case.fitting_data().pm25.notnull().values[labels.month == 6].any()
    # Also measurements that are masked, outside the test, may be fitted.
    assert case.fitting_data().pm25.notnull().values[case.masked & ~case.test[:, None]].all()


def test_the_sample_may_be_in_a_folder_in_the_data_folder_but_not_beside_it(tmp_path):
    (tmp_path / "aqi36").mkdir()
    write_sample(tmp_path / "aqi36")
    assert PROTOCOL.cases(request(tmp_path))[0].data.sizes["station"] == 36
    (tmp_path / "other").mkdir()
    data = random_station_data(6, 24 * 4)
    (case,) = PROTOCOL.cases(Request(tmp_path / "other", lambda: data, dates=DATES))
    assert case.data.sizes["station"] == 6


def test_options_that_change_the_sample_are_refused(tmp_path):
    write_sample(tmp_path)
    with pytest.raises(InputError, match=r"target: .* omit this option"):
        PROTOCOL.cases(request(tmp_path, target="o3"))


def test_files_of_different_hours_are_refused(tmp_path):
    write_sample(tmp_path)
    path = tmp_path / "pm25_missing.txt"
    path.write_text("\n".join(path.read_text().splitlines()[:-3]) + "\n")
    with pytest.raises(InputError, match="different hours"):
        PROTOCOL.cases(request(tmp_path))


def test_gaps_of_other_days_are_copied_onto_measured_test_hours(tmp_path):
    data = random_station_data(12, 24 * 4)
    (case,) = PROTOCOL.cases(Request(tmp_path, lambda: data, dates=DATES))
    assert case.masked.any()
    assert not case.masked[~case.test].any()
    assert np.isfinite(case.truth()).all()
    assert list(case.data.data_vars) == ["pm25", "pm10", "o3"]
    for name, masked in case.others_masked.items():
        missing = np.stack([data[one].isnull().values for one in ("pm25", name)], axis=-1)
        expected = copied_gaps(missing, np.random.default_rng(0))[..., 1] & case.test[:, None]
        np.testing.assert_array_equal(masked, expected, err_msg=name)
        assert masked.any()
    (again,) = PROTOCOL.cases(Request(tmp_path, lambda: data, dates=DATES))
    np.testing.assert_array_equal(case.masked, again.masked)


@pytest.mark.parametrize("option", [{"hidden": "list.txt"}, {"known": ("o3",)}])
def test_options_without_meaning_are_refused(option, tmp_path):
    data = random_station_data(6, 24 * 4)
    with pytest.raises(InputError, match="omit this option"):
        PROTOCOL.cases(Request(tmp_path, lambda: data, dates=DATES, **option))
