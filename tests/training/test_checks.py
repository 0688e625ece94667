"""Settings of a training that are refused."""

from dataclasses import replace

import numpy as np
import pytest
from station_samples import random_station_data

from aqnet_pyg.errors import InputError
from aqnet_pyg.splits import Split
from aqnet_pyg.training.checks import KINDS, check_fit, check_measured
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
        (
            FitSettings(window=Window(21)),
            "a window takes 21 hours, but the validation part of the data has 20; the longest that fits is --history 20, or",
        ),
        (FitSettings(window=Window(30, margin=11)), "the longest that fits is --history 20 with a shorter --margin"),
        (FitSettings(window=Window(30, 6)), "the longest that fits is --history 14 with --horizon 6"),
        (FitSettings(window=Window(30, 24)), "--history and --horizon may have 20 hours together"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, message):
    data = random_station_data(stations=12, hours=24 * 8)
    split = Split.of(data, 0.2)
    check_fit(data, split, FitSettings(window=Window(20)))
    with pytest.raises(InputError, match=message):
        check_fit(data, split, settings)


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_a_target_without_measurements_in_a_part_is_refused(part):
    data = random_station_data(stations=12, hours=24 * 8)
    split = Split.of(data, 0.2)
    check_measured(data, split, "pm25", part)
    hours = getattr(split.time, part)
    data["pm25"].loc[{"time": data.time[hours], "station": split.measuring}] = np.nan
    message = f"target: no station measured pm25 in the {part} part of the data .*choose another target"
    with pytest.raises(InputError, match=message):
        check_measured(data, split, "pm25", part)
    if part != "test":
        with pytest.raises(InputError, match=message):
            check_fit(data, split, FitSettings(window=Window(20)))


def test_every_model_uses_first_guesses_which_are_in_the_data(station_data):
    split = Split.of(station_data, 0.2)
    guided = FitSettings(first_guess=("pm25_first_guess",), window=Window(6, horizon=2))
    with pytest.raises(InputError, match="first_guess: 'pm25_first_guess' is not in the data; add it"):
        check_fit(station_data, split, guided)
    data = station_data.assign(pm25_first_guess=station_data.pm25 + 1)
    check_fit(data, split, guided)
    check_fit(data, split, replace(guided, window=Window(6, margin=1)))
    check_fit(data, split, replace(guided, window=Window(6, margin=1), model="krigings"))
