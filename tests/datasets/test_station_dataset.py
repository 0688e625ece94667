import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from station_samples import random_station_data
from torch_geometric.loader import DataLoader

from aqnet_pyg.datasets import StationDataset
from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import ConnectNeighbors
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.stations import make_station_data
from aqnet_pyg.windows import Window

WINDOWS = [Window(24, margin=6), Window(12), Window(24, horizon=6), Window(1, horizon=1)]


def equal(one, other):
    """Whether two items agree bit for bit."""
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one.keys())  # noqa: SIM118


@pytest.mark.parametrize("window", WINDOWS)
def test_shapes_and_types(station_data, window):
    item = StationDataset(station_data, window)[0]
    expected = {
        "x": ((12, window.history, 3), torch.float32),
        "x_mask": ((12, window.history, 3), torch.bool),
        "y": ((12, window.steps), torch.float32),
        "y_mask": ((12, window.steps), torch.bool),
        "visible": ((12,), torch.bool),
        "pos": ((12, 2), torch.float64),
        "time": ((1, window.length), torch.int64),
        "utc_offset": ((1, window.length), torch.float32),
    }
    assert {key: (tuple(value.shape), value.dtype) for key, value in item} == expected
    assert item.num_nodes == 12


@pytest.mark.parametrize("window", WINDOWS)
def test_values_are_those_of_the_station_data(station_data, window):
    dataset = StationDataset(station_data, window, stride=5, hidden=["S003", "S007"])
    station_data = station_data.sortby("station")
    assert dataset.codes == station_data.station.values.tolist()
    for number in (0, len(dataset) - 1):
        item, start = dataset[number], 5 * number
        seen = station_data.isel(time=slice(start, start + window.history))
        shown = item.visible.numpy()
        for column, (name, mean, std) in enumerate(
            zip(dataset.scaler.variables, dataset.scaler.mean, dataset.scaler.std, strict=True)
        ):
            values = seen[name].values.T[shown]
            measured = np.isfinite(values)
            np.testing.assert_array_equal(item.x_mask[shown, :, column], measured)
            np.testing.assert_allclose(
                item.x[shown, :, column], np.where(measured, (values - mean) / std, 0), atol=1e-5
            )
        first = start + window.first_step
        target = station_data.pm25.values[first : first + window.steps].T
        np.testing.assert_array_equal(item.y_mask, np.isfinite(target))
        np.testing.assert_array_equal(item.y, np.nan_to_num(target))
        np.testing.assert_array_equal(item.pos, np.stack([station_data.longitude, station_data.latitude], 1))


def test_hidden_stations_show_nothing(station_data):
    dataset = StationDataset(station_data, Window(24, margin=6), hidden=["S003", "S007"])
    hidden = torch.tensor([code in ("S003", "S007") for code in dataset.codes])
    for item in dataset:
        assert torch.equal(item.visible, ~hidden)
        assert not item.x[hidden].any()
        assert not item.x_mask[hidden].any()
        assert item.y_mask[hidden].any()


def test_station_that_measured_no_target_is_hidden_in_that_window(station_data):
    station = int(np.flatnonzero(station_data.station == "S003")[0])
    station_data.pm25[:30, station] = np.nan
    dataset = StationDataset(station_data, Window(24))
    silent = dataset.codes.index("S003")
    assert not dataset[0].visible[silent]
    assert not dataset[0].x_mask[silent].any()
    assert dataset[40].visible[silent]
    assert not dataset.hidden.any()


@given(st.integers(1, 30), st.integers(0, 10), st.integers(1, 9))
def test_windows_are_of_consecutive_hours_and_all_there_are(history, horizon, stride):
    data, window = random_station_data(stations=3, hours=60), Window(history, horizon)
    dataset = StationDataset(data, window, stride=stride)
    assert len(dataset) == (60 - window.length) // stride + 1
    hours = data.time.values.astype("datetime64[h]").astype(int)
    for number, item in enumerate(dataset):
        np.testing.assert_array_equal(item.time[0], hours[number * stride : number * stride + window.length])


@given(st.permutations(range(12)), st.sampled_from(WINDOWS))
def test_order_of_stations_does_not_matter(order, window):
    data = random_station_data()
    ours = StationDataset(data, window, hidden=["S001"])
    theirs = StationDataset(data.isel(station=list(order)), window, hidden=["S001"])
    assert ours.codes == theirs.codes
    assert all(equal(ours[number], theirs[number]) for number in (0, 7))


@pytest.mark.parametrize(
    ("zone", "offsets"),
    [
        ("Asia/Shanghai", [8, 8, 8]),
        ("Asia/Kolkata", [5.5, 5.5, 5.5]),
        ("Europe/Helsinki", [2, 2, 3]),
        ("America/New_York", [-4, -4, -4]),
    ],
)
def test_offsets_of_local_time(zone, offsets):
    """Clocks in Helsinki went forward on 2017-03-26 at 1 h UTC."""
    time = pd.date_range("2017-03-25 23:00", periods=3, freq="h")
    table = pd.DataFrame({"longitude": [25.0], "latitude": [60.0]}, index=["A"])
    data = make_station_data({"pm25": np.array([[1.0], [2.0], [3.0]])}, time, table, time_zone=zone, source="made up")
    assert StationDataset(data, Window(3))[0].utc_offset[0].tolist() == offsets


def test_window_costs_a_slice():
    """Memory asked for by one item is that of some windows, not of the data; what can be shared is."""
    dataset = StationDataset(random_station_data(stations=10, hours=5000), Window(24, margin=6))
    with torch.autograd.profiler.profile(profile_memory=True) as profile:
        item = dataset[100]
    taken = sum(max(event.self_cpu_memory_usage, 0) for event in profile.function_events)
    assert 0 < taken < 10 * item.x.nbytes < dataset.values.nbytes / 10
    for shared, whole in ((item.pos, dataset.pos), (item.time, dataset.time), (item.utc_offset, dataset.utc_offset)):
        assert shared.untyped_storage().data_ptr() == whole.untyped_storage().data_ptr()


def test_variables_and_scaler(station_data):
    dataset = StationDataset(station_data, Window(24), variables=["o3", "pm25"])
    assert dataset.scaler.variables == ("o3", "pm25")
    assert dataset[0].x.shape == (12, 24, 2)
    scaler = Scaler(("pm25",), (0.0,), (1.0,))
    plain = StationDataset(station_data, Window(24), scaler=scaler)
    assert plain.scaler is scaler
    assert torch.equal(plain[0].x[..., 0], plain[0].y)


def test_scaler_does_not_see_hidden_stations(station_data):
    before = StationDataset(station_data, Window(24), hidden=["S003"]).scaler
    station_data.pm25[:, station_data.station == "S003"] = 2500
    assert StationDataset(station_data, Window(24), hidden=["S003"]).scaler == before
    assert StationDataset(station_data, Window(24)).scaler != before


def test_other_targets(station_data):
    item = StationDataset(station_data, Window(12), target="o3")[0]
    np.testing.assert_array_equal(item.y, np.nan_to_num(station_data.sortby("station").o3.values[:12].T))


def test_batches(station_data):
    dataset = StationDataset(station_data, Window(24, margin=6), hidden=["S003"], transform=ConnectNeighbors(4))
    batch = next(iter(DataLoader(dataset, batch_size=3)))
    assert batch.x.shape == (36, 24, 3)
    assert batch.time.shape == (3, 24)
    source, target = batch.edge_index
    assert torch.equal(batch.batch[source], batch.batch[target])
    assert batch.visible[source].all()
    assert torch.equal(torch.bincount(target), torch.full((36,), 4))


def test_subsets(station_data):
    dataset = StationDataset(station_data, Window(24))
    assert len(dataset[10:20]) == 10
    assert equal(dataset[10:20][3], dataset[13])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"window": Window(70, horizon=3)}, "history: a window has 73 hours .* have 72; shorten"),
        ({"hidden": ["S003", "X1"]}, "hidden: 1 of 2 codes .*first 'X1'.*; use station codes such as 'S000'"),
        ({"hidden": [f"S{number:03d}" for number in range(12)]}, "hidden: all 12 stations are hidden"),
        ({"variables": ["pm25", "no2"]}, "variables: 'no2' is not in the station data; it has pm25, pm10, o3"),
        ({"scaler": Scaler(("pm25", "no2"), (0.0, 0.0), (1.0, 1.0))}, "variables: 'no2' is not in the station data"),
        (
            {"scaler": Scaler(("pm25",), (0.0,), (1.0,)), "variables": ["o3"]},
            "variables: o3 were given, .* for pm25",
        ),
        ({"target": "no2"}, "target: 'no2' is not among the variables pm25, pm10, o3"),
        ({"variables": ["o3"]}, "target: 'pm25' is not among the variables o3"),
        ({"stride": 0}, "stride: 0 was given"),
    ],
)
def test_bad_arguments(station_data, arguments, message):
    with pytest.raises(InputError, match=message):
        StationDataset(station_data, **{"window": Window(24), **arguments})


def test_what_is_no_station_data(station_data):
    with pytest.raises(InputError, match="not hourly"):
        StationDataset(station_data.isel(time=[0, 2, 3]), Window(2))


def test_repr(station_data):
    dataset = StationDataset(station_data, Window(24, margin=6))
    assert repr(dataset) == "StationDataset(49, stations=12, window=Window(history=24, horizon=0, margin=6))"
