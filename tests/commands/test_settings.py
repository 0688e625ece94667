"""Options of the commands: their documentation, and what they are passed on as."""

import inspect
import re
from argparse import Namespace
from dataclasses import fields

import pytest

from aqnet_pyg.commands import settings
from aqnet_pyg.commands.main import COMMANDS
from aqnet_pyg.commands.settings import ReanalysisSettings, SourceSettings, TrainingSettings, names
from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import READERS
from aqnet_pyg.training.settings import FitSettings, NetworkSettings
from aqnet_pyg.windows import Window

CLASSES = [*(getattr(settings, name) for name, _ in COMMANDS.values()), SourceSettings]
EVERY_OPTION = {
    "stations": "list.csv",
    "parameter": "o3",
    "columns": {"pm25": "Feinstaub"},
    "units": {"o3": "ppb"},
    "temperature": 20.0,
    "missing": "-1,999",
    "ignore": "note",
    "time_zone": "+01:00",
    "hour_label": "beginning",
    "day_first": False,
    "resolution": "10min",
    "skip_rows": 0,
    "encoding": "cp1252",
    "bbox": "0,0,1,1",
    "start": "2024-01-01",
    "end": "2024-02-01",
    "any_size": True,
}


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_option_is_documented_once(cls):
    """``aqnet COMMAND --help`` shows these descriptions."""
    own = inspect.get_annotations(cls)
    assert re.findall(r"^        (\w+): ", cls.__doc__.split("Args:\n")[1], flags=re.MULTILINE) == list(own)


def test_every_reader_is_named_in_the_help():
    described = SourceSettings.__doc__.split("source: ")[1].split("path: ")[0]
    assert re.findall(r"``(\w+)``", described) == ["simulated", *READERS]


def test_readers_are_given_the_options_that_are_set():
    assert SourceSettings("table", "a.csv").reader_options == {}
    assert SourceSettings("table", "a.csv", **EVERY_OPTION).reader_options == EVERY_OPTION
    assert set(EVERY_OPTION) == {item.name for item in fields(SourceSettings)} - {"source", "path", "options", "strict"}
    assert SourceSettings("table", "a.csv", strict=True).reader_options == {"strict": True}
    mine = SourceSettings("mypkg.read", "a", time_zone="UTC", options={"flags": 3, "time_zone": "Asia/Seoul"})
    assert mine.reader_options == {"flags": 3, "time_zone": "Asia/Seoul"}


def test_options_of_a_training_are_not_options_of_the_reader():
    assert ReanalysisSettings("table", "a.csv", out="b", k=3, seed=1, bbox="0,0,1,1").reader_options == {
        "bbox": "0,0,1,1"
    }


@pytest.mark.parametrize(
    ("options", "window"),
    [
        ({}, Window(24, margin=6)),
        ({"history": 12, "margin": 0, "horizon": 6}, Window(12)),
        ({"task": "forecast"}, Window(336, horizon=24)),
        ({"task": "forecast", "history": 48, "horizon": 12, "margin": 3}, Window(48, horizon=12)),
    ],
)
def test_the_window_of_a_task(options, window):
    assert TrainingSettings("simulated", **options).window == window


def test_a_forecast_of_no_hours():
    with pytest.raises(InputError, match=r"^horizon: 0 hours are given, but the task is to forecast; use at least 1"):
        _ = TrainingSettings("simulated", task="forecast", horizon=0).window


def test_settings_of_the_fit():
    network = NetworkSettings(channels=8, head="mypkg.Head")
    chosen = TrainingSettings(
        "simulated",
        target="o3",
        history=12,
        margin=2,
        variables="pm25, o3",
        known="wind",
        k=5,
        model="ensemble",
        network=network,
        steps=7,
        seed=3,
        resume=True,
        device="cpu",
    )
    assert chosen.fit_settings == FitSettings(
        model="ensemble",
        window=Window(12, margin=2),
        target="o3",
        variables=("pm25", "o3"),
        known=("wind",),
        k=5,
        network=network,
        steps=7,
        seed=3,
        resume=True,
        device="cpu",
    )
    assert TrainingSettings("simulated").fit_settings == FitSettings()


def test_the_namespace_of_the_command_line_becomes_network_settings():
    chosen = TrainingSettings("simulated", network=Namespace(channels=8, patch=2))
    assert chosen.network == NetworkSettings(channels=8, patch=2)


@pytest.mark.parametrize(
    ("text", "split"), [(None, ()), ("", ()), ("pm25", ("pm25",)), (" pm25, o3 ,", ("pm25", "o3"))]
)
def test_names_are_split_at_commas(text, split):
    assert names(text) == split
