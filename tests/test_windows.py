from typing import get_args

import pytest

from aqnet_pyg.errors import InputError
from aqnet_pyg.windows import FORECAST, RECONSTRUCT, TASKS, TaskName, Window


def test_tasks_are_those_of_the_settings():
    assert tuple(TASKS) == get_args(TaskName)


def test_forecast():
    window = Window(336, horizon=24)
    assert (window.task, window.length, window.steps, window.first_step) == (FORECAST, 360, 24, 336)


def test_reconstruction():
    window = Window(24, margin=6)
    assert (window.task, window.length, window.steps, window.first_step) == (RECONSTRUCT, 24, 12, 6)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((0,), "history"),
        ((24, -1), "negative"),
        ((24, 0, -1), "negative"),
        ((24, 6, 1), "margin"),
        ((24, 0, 12), "margins"),
    ],
)
def test_bad_windows(arguments, word):
    with pytest.raises(InputError, match=word):
        Window(*arguments)
