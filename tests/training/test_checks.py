"""Settings of a training that are refused."""

import pytest
from station_samples import random_station_data

from aqnet_pyg.errors import InputError
from aqnet_pyg.splits import Split
from aqnet_pyg.training.checks import KINDS, check_fit
from aqnet_pyg.training.fitting import FITS
from aqnet_pyg.training.settings import FitSettings
from aqnet_pyg.windows import Window


def test_kinds_are_those_that_can_be_fitted():
    assert {(kind, task) for task, kinds in KINDS.items() for kind in kinds} == set(FITS)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (FitSettings(target="o4"), "target: 'o4' is not in the data"),
        (FitSettings(model="kriging", window=Window(6, 6)), "'kriging' cannot forecast; use 'network' or 'ensemble'"),
        (FitSettings(window=Window(21)), "a window takes 21 hours, but the validation part of the data has 20"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, message):
    data = random_station_data(stations=12, hours=24 * 8)
    split = Split.of(data, 0.2)
    check_fit(data, split, FitSettings(window=Window(20)))
    with pytest.raises(InputError, match=message):
        check_fit(data, split, settings)
