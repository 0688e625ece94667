from dataclasses import replace

import numpy as np
import pytest
from evaluation.first_guess_files import region_cases, write_region

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.evaluation.result_cache import fingerprint


@pytest.fixture
def case(tmp_path):
    write_region(tmp_path)
    return region_cases(tmp_path, regime="blocked")[0]


def test_the_right_field_is_needed(case):
    with pytest.raises(InputError, match="give the first guess as 'right'"):
        replace(case, fields={"noise": case.fields["noise"]})


def test_a_snapshot_is_training_and_test_but_hours_of_a_series_are_not(case):
    assert case.is_snapshot
    np.testing.assert_array_equal(case.training_data().pm25, case.measured().pm25)
    assert not set(case.hidden) & set(case.measured().station.values)
    data = case.data.reindex(time=case.time.union(case.time + np.timedelta64(1, "h")))
    both = np.ones(2, bool)
    with pytest.raises(InputError, match="hours in common"):
        Case("two", data, "pm25", case.hidden, both, both, both)


def test_another_field_has_another_fingerprint(case):
    other = {**case.fields, "right": case.fields["right"] + 1e-3}
    assert fingerprint(case) == fingerprint(replace(case, fields=dict(case.fields)))
    assert fingerprint(case) != fingerprint(replace(case, fields=other))
