"""Shared by all tests: quiet numerics, a Hypothesis profile, and small station data."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: see aqnet_pyg/cli.py

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import HealthCheck, settings

from aqnet_pyg.stations import make_station_data

settings.register_profile("default", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow])
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "default")
settings.load_profile(PROFILE)
PROPERTIES = {"default": 200, "thorough": 5000}
for name, examples in PROPERTIES.items():
    settings.register_profile(f"{name}-properties", settings.get_profile(name), max_examples=examples)
torch.set_num_threads(2)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """Tests under tests/properties get more examples: a test takes the profile in force while its module is imported."""
    properties = isinstance(collector, pytest.Module) and collector.path.parent.name == "properties"
    settings.load_profile(f"{PROFILE}-properties" if properties else PROFILE)
    return (yield)


def random_station_data(stations=12, hours=72, seed=0, missing=0.1, zone="Asia/Shanghai"):
    """Station data with a smooth field in space and time, noise, and gaps."""
    rng = np.random.default_rng(seed)
    longitude, latitude = rng.uniform(110, 120, stations), rng.uniform(33, 41, stations)
    time = pd.date_range("2016-12-01", periods=hours, freq="h")
    phase = longitude / 3 + latitude / 5 + 2 * np.pi * np.arange(hours)[:, None] / 24
    pm25 = 60 + 40 * np.sin(phase) + rng.normal(0, 3, (hours, stations))
    variables = {"pm25": pm25.clip(1), "pm10": 1.5 * pm25.clip(1), "o3": 80 - 0.5 * pm25}
    for values in variables.values():
        values[rng.random(values.shape) < missing] = np.nan
    table = pd.DataFrame(
        {"longitude": longitude, "latitude": latitude}, index=[f"S{number:03d}" for number in rng.permutation(stations)]
    )
    return make_station_data(variables, time, table, time_zone=zone, source="made up for tests")


@pytest.fixture
def station_data():
    return random_station_data()
