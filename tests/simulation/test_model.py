import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.suspect_values import FLAG_REPEATED
from aqnet_pyg.simulation import simulate
from aqnet_pyg.stations import POLLUTANTS, check_station_data


@pytest.fixture(scope="module")
def winter():
    return simulate(days=10, start="2016-12-10", stations=60, seed=5)


def by_hour(dataset, name):
    """Mean of each hour of the day in Beijing."""
    hour = (dataset.time.dt.hour.values + 8) % 24
    return np.array([np.nanmean(dataset[name].values[hour == one]) for one in range(24)])


def test_returns_station_data_and_a_field(winter):
    dataset, truth = winter
    check_station_data(dataset)
    assert dict(dataset.sizes) == {"time": 240, "station": 60}
    assert set(dataset.data_vars) == {*POLLUTANTS, *(f"{name}_flag" for name in POLLUTANTS)}
    assert str(dataset.time.values[0])[:16] == "2016-12-09T16:00"  # midnight in Beijing
    assert dataset.attrs["time_zone"] == "Asia/Shanghai"
    assert "simulated" in dataset.attrs["source"]
    assert truth.dims == ("time", "latitude", "longitude")
    assert truth.shape == (240, 45, 81)
    assert truth.dtype == np.float32
    assert truth.attrs["units"] == "ug m-3"
    assert truth.attrs["standard_name"] == POLLUTANTS["pm25"].standard_name
    assert "simulated" in truth.attrs["long_name"]
    assert truth.indexes["time"].equals(dataset.indexes["time"])


def test_truth_is_finite_and_not_negative(winter):
    _, truth = winter
    assert np.isfinite(truth.values).all()
    assert truth.values.min() >= 0


def test_margins_resemble_a_winter_in_northern_china(winter):
    dataset, _ = winter
    values = dataset["pm25"].values[np.isfinite(dataset["pm25"].values)]
    assert 40 < values.mean() < 110
    assert 0.5 < values.std() / values.mean() < 1.3
    assert np.mean(((values - values.mean()) / values.std()) ** 3) > 0.8
    assert 200 < values.max() < 1500
    assert 1.2 < float(dataset["pm10"].mean() / dataset["pm25"].mean()) < 2.2
    assert 20 < float(dataset["no2"].mean()) < 60
    assert 25 < float(dataset["o3"].mean()) < 70
    assert 5 < float(dataset["so2"].mean()) < 50
    assert 0.5 < float(dataset["co"].mean()) < 2.5


def test_readings_resemble_those_of_instruments(winter):
    dataset, _ = winter
    for name in ("pm25", "pm10", "so2", "no2", "o3"):
        values = dataset[name].values[np.isfinite(dataset[name].values)]
        assert (values == np.round(values)).all()
        assert values.min() >= 1
    co = dataset["co"].values[np.isfinite(dataset["co"].values)]
    assert np.allclose(10 * co, np.round(10 * co), atol=1e-4)
    assert float(dataset["so2"].min()) == 2
    exceeds = (dataset["pm25"] > dataset["pm10"]).mean()
    assert 0 < exceeds < 0.15
    missing = float(dataset["pm25"].isnull().mean())
    assert 0.015 < missing < 0.2


def test_values_persist_for_hours(winter):
    values = winter[0]["pm25"].to_pandas()
    lagged = [values.corrwith(values.shift(lag)).mean() for lag in (1, 6, 24)]
    assert lagged[0] > 0.85
    assert lagged[0] > lagged[1] > lagged[2]


def test_day_and_night_differ(winter):
    dataset, _ = winter
    particles, ozone = by_hour(dataset, "pm25"), by_hour(dataset, "o3")
    assert 1.15 < particles[[22, 23, 0, 1]].mean() / particles[[13, 14, 15, 16]].mean() < 2.5
    assert 12 <= ozone.argmax() <= 17
    assert ozone.max() > 1.4 * ozone.min()
    ok = np.isfinite(dataset["o3"].values) & np.isfinite(dataset["no2"].values)
    assert np.corrcoef(dataset["o3"].values[ok], dataset["no2"].values[ok])[0, 1] < -0.3


def test_measurements_follow_the_field(winter):
    dataset, truth = winter
    expected = truth.interp(longitude=dataset.longitude, latitude=dataset.latitude).values
    measured = dataset["pm25"].values
    ok = np.isfinite(measured)
    assert np.corrcoef(expected[ok], measured[ok])[0, 1] > 0.9
    assert abs((measured - expected)[ok].mean()) < 0.1 * expected[ok].mean()
    assert np.abs(measured - expected)[ok].mean() > 3  # but do not equal it


def test_near_stations_agree_more_than_far_ones():
    dataset, _ = simulate(days=10, stations=200, seed=1, truth=False)
    correlation = dataset["pm25"].to_pandas().corr(min_periods=48).to_numpy()
    east = np.cos(np.radians(37.5)) * np.subtract.outer(dataset.longitude.values, dataset.longitude.values)
    north = np.subtract.outer(dataset.latitude.values, dataset.latitude.values)
    km = 111.2 * np.hypot(east, north)
    near, middle, far = (
        np.nanmean(correlation[(km > low) & (km <= high)]) for low, high in ((0, 20), (150, 300), (800, 1500))
    )
    assert near > 0.8
    assert near > middle + 0.1 > far + 0.2


def test_winters_have_more_particles_and_summers_more_ozone():
    january, _ = simulate(days=15, start="2017-01-05", stations=60, seed=2, truth=False, spacing=0.5)
    july, _ = simulate(days=15, start="2017-07-05", stations=60, seed=2, truth=False, spacing=0.5)
    assert float(january["pm25"].mean()) > 1.3 * float(july["pm25"].mean())
    assert float(july["o3"].mean()) > 1.3 * float(january["o3"].mean())


def test_same_seed_same_values_other_seed_other_values():
    first, field = simulate(days=2, stations=20, seed=7, spacing=1.0)
    again, field_again = simulate(days=2, stations=20, seed=7, spacing=1.0)
    other, _ = simulate(days=2, stations=20, seed=8, spacing=1.0)
    assert first.identical(again)
    assert field.identical(field_again)
    assert not np.array_equal(first["pm25"].values, other["pm25"].values, equal_nan=True)


def test_number_of_threads_changes_nothing():
    with threadpool_limits(1):
        one, field_one = simulate(days=5, stations=20)
    with threadpool_limits(2):
        two, field_two = simulate(days=5, stations=20)
    assert one.identical(two)
    assert field_one.identical(field_two)


@settings(max_examples=8)
@given(days=st.integers(1, 8), more=st.integers(1, 8), seed=st.integers(0, 1000))
def test_a_longer_run_starts_with_a_shorter_one(days, more, seed):
    short, short_truth = simulate(days=days, stations=8, seed=seed, spacing=1.0)
    long, long_truth = simulate(days=days + more, stations=8, seed=seed, spacing=1.0)
    for name in POLLUTANTS:
        assert np.array_equal(short[name].values, long[name].values[: 24 * days], equal_nan=True)
    assert np.array_equal(short_truth.values, long_truth.values[: 24 * days])


def test_truth_can_be_left_out_and_changes_nothing():
    with_truth, _ = simulate(days=1, stations=10, spacing=1.0)
    without, truth = simulate(days=1, stations=10, spacing=1.0, truth=False)
    assert truth is None
    assert with_truth.identical(without)


@pytest.fixture(scope="module")
def guessed():
    return simulate(days=10, start="2016-12-10", stations=200, seed=5, first_guess=True)


def test_first_guess_changes_neither_stations_nor_truth():
    dataset, truth = simulate(days=6, stations=20, seed=3, spacing=0.5)
    with_guess, same_truth, _ = simulate(days=6, stations=20, seed=3, spacing=0.5, first_guess=True)
    assert truth.identical(same_truth)
    assert set(with_guess.data_vars) - set(dataset.data_vars) == {"pm25_first_guess"}
    assert with_guess.drop_vars("pm25_first_guess").identical(dataset)
    _, none, _ = simulate(days=1, stations=20, seed=3, spacing=0.5, truth=False, first_guess=True)
    assert none is None


def test_first_guess_is_on_a_grid_half_as_fine(guessed):
    _, truth, field = guessed
    assert field.name == "pm25_first_guess"
    assert field.dims == ("time", "latitude", "longitude")
    assert field.shape == (240, 23, 41)
    assert field.dtype == np.float32
    assert np.isfinite(field.values).all()
    assert field.values.min() >= 0
    assert field.indexes["time"].equals(truth.indexes["time"])
    assert field.attrs["units"] == "ug m-3"
    assert field.attrs["long_name"] == "PM2.5, simulated first guess"
    assert "simulated" in field.attrs["source"]


@pytest.mark.parametrize(("spacing", "coarser"), [(0.2, 0.5), (0.25, 0.5), (0.5, 1.0), (1.0, 1.0)])
def test_grid_of_the_first_guess(spacing, coarser):
    _, _, field = simulate(days=1, stations=5, spacing=spacing, truth=False, first_guess=True)
    assert np.diff(field.longitude.values) == pytest.approx(coarser)
    assert np.diff(field.latitude.values) == pytest.approx(coarser)


def test_first_guess_at_stations_is_that_of_the_field(guessed):
    dataset, _, field = guessed
    expected = field.interp(longitude=dataset.longitude, latitude=dataset.latitude).values
    assert dataset["pm25_first_guess"].dims == ("time", "station")
    assert dataset["pm25_first_guess"].dtype == np.float32
    assert dataset["pm25_first_guess"].attrs["units"] == "ug m-3"
    np.testing.assert_allclose(dataset["pm25_first_guess"].values, expected, rtol=1e-3)
    check_station_data(dataset)


def test_first_guess_is_as_wrong_as_a_transport_model():
    biases = []
    for seed in (0, 5, 11):
        dataset, _, _ = simulate(days=20, start="2016-12-10", seed=seed, spacing=0.5, truth=False, first_guess=True)
        measured, guess = dataset["pm25"].values, dataset["pm25_first_guess"].values
        ok = np.isfinite(measured)
        assert 0.5 < np.corrcoef(measured[ok], guess[ok])[0, 1] < 0.75
        biases.append(guess[ok].mean() / measured[ok].mean() - 1)
    assert -0.4 < np.mean(biases) < -0.2


def test_first_guess_of_another_seed_and_of_another_hour_fits_worse(guessed):
    dataset, _, _ = guessed
    other = simulate(days=10, start="2016-12-10", stations=200, seed=6, truth=False, first_guess=True)[2]
    at = {"longitude": dataset.longitude, "latitude": dataset.latitude}
    measured = dataset["pm25"].values
    ok = np.isfinite(measured[12:])

    def correlation(guess):
        return np.corrcoef(measured[12:][ok], guess[ok])[0, 1]

    right = correlation(dataset["pm25_first_guess"].values[12:])
    assert right > correlation(dataset["pm25_first_guess"].values[:-12]) + 0.15
    assert right > correlation(other.interp(**at).values[12:]) + 0.15


def test_a_longer_first_guess_starts_with_a_shorter_one():
    *_, short = simulate(days=3, stations=8, seed=2, spacing=1.0, truth=False, first_guess=True)
    *_, long = simulate(days=8, stations=8, seed=2, spacing=1.0, truth=False, first_guess=True)
    assert np.array_equal(short.values, long.values[:72])


def test_stuck_runs_are_flagged():
    dataset, _ = simulate(days=60, stations=60, seed=3, spacing=1.0, truth=False)
    flags = np.stack([dataset[f"{name}_flag"].values for name in POLLUTANTS])
    assert 0 < ((flags & FLAG_REPEATED) > 0).mean() < 0.05


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"days": 0}, "days"),
        ({"stations": 1}, "stations"),
        ({"seed": -1}, "seed"),
        ({"spacing": 0.3}, "spacing"),
        ({"start": "soon"}, "start"),
        ({"start": "2016-11-01T00:00Z"}, "start"),
    ],
)
def test_invalid_arguments(arguments, named):
    with pytest.raises(InputError, match=named):
        simulate(**{"days": 1, "stations": 5, "spacing": 1.0} | arguments)
