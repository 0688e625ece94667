"""Shared by all tests: quiet numerics, a Hypothesis profile, and small station data."""

import os
import signal

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: see aqnet_pyg/commands/main.py

import pytest
import torch
from hypothesis import HealthCheck, settings
from station_samples import random_station_data

settings.register_profile("default", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow])
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "default")
settings.load_profile(PROFILE)
PROPERTIES = {"default": 100, "thorough": 5000}
for name, examples in PROPERTIES.items():
    settings.register_profile(f"{name}-properties", settings.get_profile(name), max_examples=examples)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a background job of a shell; tests of signals need it
    signal.signal(signal.SIGINT, signal.default_int_handler)
torch.set_num_threads(1 if "PYTEST_XDIST_WORKER" in os.environ else 2)  # a worker has one core


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """Tests under tests/properties get more examples: a test takes the profile in force while its module is imported."""
    properties = isinstance(collector, pytest.Module) and collector.path.parent.name == "properties"
    settings.load_profile(f"{PROFILE}-properties" if properties else PROFILE)
    return (yield)


@pytest.fixture
def station_data():
    return random_station_data()


@pytest.fixture(scope="module")
def small_batches():
    """Few windows in a batch, so that a step of a training is short."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aqnet_pyg.training.data.STATIONS_PER_BATCH", 60)
        yield
