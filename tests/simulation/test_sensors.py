import numpy as np
import pytest

from aqnet_pyg.errors import InputError
from aqnet_pyg.simulation import simulate
from aqnet_pyg.simulation.sensors import simulate_sensor_network


@pytest.fixture(scope="module")
def mixed():
    return simulate(6, stations=30, sensors=120, spacing=0.5, truth=False)[0]


def test_monitors_are_the_same_without_sensors(mixed):
    alone, _ = simulate(2, stations=30, spacing=0.5, truth=False)
    for name in ("pm25", "o3"):
        np.testing.assert_array_equal(mixed[name].values[:48, :30], alone[name].values)
    assert "instrument" not in alone.coords


def test_sensors_are_labeled_and_measure_particles_and_humidity(mixed):
    assert mixed.instrument.values.tolist() == ["monitor"] * 30 + ["sensor"] * 120
    sensors = mixed.isel(station=slice(30, None))
    assert np.isnan(sensors.no2.values).all()
    assert np.isnan(mixed.relative_humidity.values[:, :30]).all()
    measured = np.isfinite(sensors.pm25.values)
    np.testing.assert_array_equal(np.isfinite(sensors.relative_humidity.values), measured)
    assert 0.02 < 1 - measured.mean() < 0.3
    assert (sensors.relative_humidity.values[measured] <= 100).all()
    assert mixed.attrs["source"].startswith("simulated")


def test_readings_grow_with_humidity(mixed):
    sensors = mixed.isel(station=slice(30, None))
    monitors = mixed.pm25.values[:, :30]
    ratio = sensors.pm25.values / np.nanmean(monitors, axis=1, keepdims=True)
    humid = sensors.relative_humidity.values
    assert np.nanmedian(ratio[humid > 70]) > 1.15 * np.nanmedian(ratio[humid < 40])


def test_the_same_arguments_give_the_same_sensors(mixed):
    again, _ = simulate(2, stations=30, sensors=120, spacing=0.5, truth=False)
    np.testing.assert_array_equal(again.pm25.values, mixed.pm25.values[:48])


def test_places():
    network = simulate_sensor_network(300, 0)
    assert network.index[0] == "C00001"
    assert network.index.is_unique
    assert simulate_sensor_network(300, 0).equals(network)
    with pytest.raises(InputError, match="sensors: 1 was given"):
        simulate(1, stations=10, sensors=1)
