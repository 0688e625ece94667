"""Settings of a training."""

import json

import pytest

from aqnet_pyg.training import FitSettings, NetworkSettings
from aqnet_pyg.windows import Window


def test_neighbors_are_sixteen_or_all_others():
    assert [FitSettings().neighbors(stations) for stations in (5, 16, 17, 18, 500)] == [4, 15, 16, 16, 16]
    assert FitSettings(k=30).neighbors(5) == 30


def test_parts_are_those_of_the_network_that_are_given():
    assert NetworkSettings(channels=8).parts == {}
    settings = NetworkSettings(loss="mypkg.Loss", head="mypkg.Head", graph={"class_path": "mypkg.Graph"})
    assert settings.parts == {"graph": {"class_path": "mypkg.Graph"}, "head": "mypkg.Head"}


@pytest.mark.parametrize("window", [Window(12, margin=2), Window(24, horizon=12)])
def test_settings_are_plain_in_a_checkpoint(window):
    part = {"class_path": "mypkg.Mine", "init_args": {"size": 3}}
    settings = FitSettings(window=window, variables=("pm25", "o3"), network=NetworkSettings(encoder=part), k=4)
    plain = settings.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["window"] == {"history": window.history, "horizon": window.horizon, "margin": window.margin}
    assert plain["variables"] == ["pm25", "o3"]
    assert plain["network"]["encoder"] == part
    assert set(plain) == set(FitSettings.__dataclass_fields__)
