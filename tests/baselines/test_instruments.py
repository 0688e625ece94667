"""Calibration of classes of instruments at monitors."""

import logging

import numpy as np
import pandas as pd
import pytest

from aqnet_pyg.baselines.instruments import InstrumentCalibration
from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import HUMIDITY, make_station_data

HOURS, MONITORS, SENSORS = 60, 25, 40


def samples(gain=1.6, growth=0.4, offset=3.0, noise=4.0, seed=0):
    """A smooth field, monitors and sensors of it; the last sensor is out of order."""
    rng = np.random.default_rng(seed)
    count = MONITORS + SENSORS
    longitude, latitude = rng.uniform(116, 118, count), rng.uniform(39, 41, count)
    phase = rng.uniform(0, 2 * np.pi, (HOURS, 1))
    truth = 60 + 30 * np.sin(1.5 * longitude + phase) * np.cos(2 * latitude) + 20 * np.sin(phase)
    humidity = rng.uniform(20, 90, truth.shape)
    share = humidity / 100
    reading = offset + (gain + growth * share / (1 - share)) * truth + rng.normal(0, noise, truth.shape)
    reading[:, -1] = 3 * reading[:, -1] + rng.normal(0, 100, HOURS)
    monitor = np.arange(count) < MONITORS
    values = np.where(monitor, truth + rng.normal(0, 1, truth.shape), np.maximum(reading, 0))
    stations = pd.DataFrame(
        {"longitude": longitude, "latitude": latitude, "instrument": np.where(monitor, "monitor", "sensor")},
        index=[f"S{number:02d}" for number in range(count)],
    )
    data = make_station_data(
        {"pm25": values, HUMIDITY: np.where(monitor, np.nan, humidity)},
        pd.date_range("2020-01-01", periods=HOURS, freq="h"),
        stations,
        time_zone="UTC",
        source="made up",
    )
    return data, truth


@pytest.fixture(scope="module")
def calibrated():
    data, truth = samples()
    return data, truth, InstrumentCalibration.fit(data, "pm25")


def test_gain_offset_and_growth_are_found(calibrated):
    _, _, calibration = calibrated
    found = calibration.classes["sensor"]
    assert found.gain == pytest.approx(1.6, abs=0.1)
    assert found.growth == pytest.approx(0.4, abs=0.05)
    assert found.offset == pytest.approx(3.0, abs=3.0)


def test_readings_are_corrected_and_monitors_left_as_they_are(calibrated):
    data, truth, calibration = calibrated
    corrected = calibration.corrected(data)
    np.testing.assert_array_equal(corrected.pm25.values[:, :MONITORS], data.pm25.values[:, :MONITORS])
    error = (corrected.pm25.values - truth)[:, MONITORS:-1]
    assert abs(error.mean()) < 1.5
    assert np.sqrt(np.mean(error**2)) < 5
    assert corrected.pm25.attrs == data.pm25.attrs
    assert corrected.pm25.dtype == np.float32
    chunked = calibration.corrected(data.chunk(time=7)).pm25
    assert chunked.chunks is not None
    np.testing.assert_array_equal(chunked.compute(), corrected.pm25)


def test_a_sensor_out_of_order_is_suspect_and_has_less_weight(calibrated):
    data, _, calibration = calibrated
    assert list(calibration.suspects) == [data.station.values[-1]]
    corrected = calibration.corrected(data)
    assert corrected.instrument_suspect.values.tolist() == [0] * (MONITORS + SENSORS - 1) + [1]
    variances = corrected.error_variance.values
    assert (variances[:MONITORS] == 0).all()
    assert (variances[MONITORS:-1] == calibration.classes["sensor"].error_variance).all()
    assert variances[-1] > 16 * variances[-2]


def test_without_humidity_the_mean_growth_is_assumed(calibrated):
    data, truth, calibration = calibrated
    error = calibration.corrected(data.drop_vars(HUMIDITY)).pm25.values - truth
    assert abs(np.median(error[:, MONITORS:-1])) < 8
    dry = InstrumentCalibration.fit(data.drop_vars(HUMIDITY), "pm25").classes["sensor"]
    assert dry.growth == 0
    assert dry.gain > 1.8


def test_state(calibrated):
    _, _, calibration = calibrated
    assert InstrumentCalibration.from_state(calibration.state()) == calibration


def test_better_sensors_have_a_smaller_error_variance():
    good, bad = (InstrumentCalibration.fit(samples(noise=noise)[0], "pm25").classes["sensor"] for noise in (1, 60))
    assert good.error_variance < bad.error_variance


def test_nothing_to_calibrate(caplog):
    data, _ = samples()
    assert InstrumentCalibration.fit(data.drop_vars("instrument"), "pm25") is None
    assert InstrumentCalibration.fit(data.isel(station=slice(MONITORS, None)), "pm25") is None
    assert "0 monitors measured pm25, too few to calibrate sensor; all instruments are used alike" in caplog.text


def test_readings_of_a_class_that_does_not_follow_the_monitors_are_not_used(caplog):
    data, _ = samples()
    toy = (data.instrument.values == "sensor") & (np.arange(data.sizes["station"]) % 2 == 0)
    noise = np.random.default_rng(1).uniform(0, 100, data.pm25.shape).astype(np.float32)
    data = data.assign(pm25=data.pm25.copy(data=np.where(toy, noise, data.pm25.values)))
    data = data.assign_coords(instrument=("station", np.where(toy, "toy", data.instrument.values).astype(object)))
    with caplog.at_level(logging.WARNING):
        calibration = InstrumentCalibration.fit(data, "pm25")
    assert "the class toy does not follow the monitors; its readings are not used" in caplog.text
    assert set(calibration.classes) == {"sensor"}
    assert np.isnan(calibration.corrected(data).pm25.values[:, toy]).all()


def test_comparing_finds_the_same_classes_without_error_variances(calibrated):
    data, _, calibration = calibrated
    found = InstrumentCalibration.compare(data, "pm25")
    assert found.suspects == calibration.suspects
    assert found.classes["sensor"] == calibration.classes["sensor"]._replace(error_variance=1.0)


def test_data_without_classes_are_refused(calibrated):
    data, _, calibration = calibrated
    with pytest.raises(
        InputError, match="instrument: the model corrects readings of sensor, and the data have no classes"
    ):
        calibration.corrected(data.drop_vars("instrument"))


def test_notes_name_classes_and_suspects(calibrated):
    data, _, calibration = calibrated
    mixed = data.assign_coords(
        instrument=("station", np.where(np.arange(MONITORS + SENSORS) == 30, "toy", data.instrument))
    )
    sensor, toy, suspect = calibration.notes(mixed)
    assert sensor.startswith("Instruments: sensor = ")
    assert "1 station of the class toy, for which there is no calibration, are not used" in toy
    assert str(data.station.values[-1]) in suspect
    assert len(calibration.notes(data)) == 2
