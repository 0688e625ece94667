"""Data without variation or without measurements: values that follow from them, NaN, or a refusal, and never an invented zero."""

from functools import cache

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from model_samples import KINDS, sample_model
from station_samples import random_station_data

from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid
from aqnet_pyg.inference import calibrate, reanalyze
from aqnet_pyg.inference.monitoring import monitored, monitoring_note
from aqnet_pyg.windows import Window

RECONSTRUCT, FORECAST = Window(16, margin=4), Window(24, horizon=12)
DATA = random_station_data(10, 48, missing=0.1)
HIDDEN = DATA.station.values[:3]
GRID = Grid.around(DATA, 3.0)
CELLS = GRID.longitude.size * GRID.latitude.size
CASES = [*((kind, RECONSTRUCT) for kind in KINDS), ("network", FORECAST), ("ensemble", FORECAST)]

every_model = pytest.mark.parametrize(
    ("kind", "window"),
    CASES,
    ids=[f"{kind}-{'forecast' if window.horizon else 'reconstruct'}" for kind, window in CASES],
)


@cache
def model(kind, window):
    return sample_model(kind, DATA, window)


def predicted(kind, window, data, hidden=HIDDEN):
    """Predictions at stations and cells, ``[hour, place]``."""
    results = reanalyze(model(kind, window), data, hidden=hidden, grid=GRID)
    rows = ("forecast_reference_time", "lead") if window.horizon else ("time",)
    return [
        result.pm25.stack(hour=rows).transpose("hour", ...).values.reshape(result.pm25.size // width, width)
        for result, width in zip(results, (10, CELLS), strict=True)
    ]


def with_values(**variables):
    data = DATA.copy(deep=True)
    for name, values in variables.items():
        data[name][:] = values
    return data


@every_model
@settings(max_examples=3)
@given(level=st.floats(0, 3000, width=32))
@example(level=0.0)
@example(level=3000.0)
def test_a_constant_field_is_finite_and_krigings_return_it(kind, window, level):
    results = predicted(kind, window, DATA.assign(pm25=DATA.pm25 * 0 + np.float32(level)))
    for values in results:
        assert np.isfinite(values).all()
        assert (values >= 0).all()
        if kind in ("kriging", "krigings"):
            np.testing.assert_allclose(values, level, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=3)
@given(first=st.integers(0, 47), hours=st.integers(1, 30))
def test_hours_in_which_all_stations_are_silent_are_missing(kind, first, hours):
    silent = np.zeros(48, bool)
    silent[first : first + hours] = True
    data = DATA.where(~silent[:, None])
    before, after = predicted(kind, RECONSTRUCT, DATA), predicted(kind, RECONSTRUCT, data)
    for values, others in zip(after, before, strict=True):
        assert np.isnan(values[silent]).all()
        assert np.isfinite(values[~silent]).all()
        if kind == "kriging":
            np.testing.assert_allclose(values[~silent], others[~silent], rtol=1e-4)


@every_model
def test_without_any_measurement_of_the_pollutant_everything_is_missing(kind, window):
    for values in predicted(kind, window, with_values(pm25=np.nan)):
        assert np.isnan(values).all()


@every_model
def test_without_another_pollutant_predictions_are_finite_and_as_without_its_variable(kind, window):
    missing, absent = (predicted(kind, window, data) for data in (with_values(pm10=np.nan), DATA.drop_vars("pm10")))
    for values, others in zip(missing, absent, strict=True):
        assert (values > 0).all()
        np.testing.assert_array_equal(values, others)


@every_model
def test_a_single_visible_station_is_refused(kind, window):
    with pytest.raises(InputError, match=r"^hidden: 1 stations? (is|are) visible, but the model needs"):
        predicted(kind, window, DATA, hidden=DATA.station.values[1:])


@pytest.mark.parametrize("kind", ["kriging", "krigings"])
def test_a_single_station_that_measures_decides_alone(kind):
    only = DATA.pm25.where(DATA.station == DATA.station[5])
    at_stations, at_cells = predicted(kind, RECONSTRUCT, DATA.assign(pm25=only))
    measured = only.sel(station=DATA.station[5]).values
    known = np.isfinite(measured)
    assert np.isnan(at_cells[~known]).all()
    np.testing.assert_allclose(
        at_cells[known], np.repeat(measured[known, None], CELLS, axis=1), rtol=1e-4 if kind == "kriging" else 0.2
    )
    itself = list(np.sort(DATA.station.values)).index(DATA.station.values[5])
    assert np.isnan(at_stations[:, itself]).all()  # it is predicted from the others, of which none measures


def test_a_season_that_the_calibration_has_not_seen_is_noted():
    data = random_station_data(30, 24 * 8)
    calibrated = calibrate(sample_model("kriging", data, RECONSTRUCT), data, [data.station.values[:6]])
    same, _ = reanalyze(calibrated, data)
    assert monitoring_note(monitored(same, "pm25")) is None
    rng = np.random.default_rng(0)
    winter = data.assign(pm25=(data.pm25 + rng.normal(0, 60, data.pm25.shape)).clip(0).astype(np.float32))
    other, _ = reanalyze(calibrated, winter)
    note = monitoring_note(monitored(other, "pm25"))
    assert note is not None
    assert note.endswith("the model was calibrated for other conditions; train it again on recent data.")
