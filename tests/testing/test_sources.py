"""Tests for readers and data sets: those of the package pass them, faulty ones fail them."""

import pytest
from testing.faulty_classes import faulty

from aqnet_pyg import simulation
from aqnet_pyg.datasets import SimulatedNorthChina, simulated_north_china
from aqnet_pyg.readers import ReadReport, read_netcdf, read_table, write_netcdf
from aqnet_pyg.simulation import write_table
from aqnet_pyg.testing import DatasetTests, ReaderTests
from aqnet_pyg.windows import Window


class TestTable(ReaderTests):
    name = "mine.csv"

    def write(self, stations, path):
        write_table(stations, path)

    def read(self, path):
        return read_table(path)


class TestNetCDF(ReaderTests):
    examples = 5
    name = "mine.nc"

    def write(self, stations, path):
        write_netcdf(stations, path)

    def read(self, path):
        return read_netcdf(path)


HIDDEN = ["S0003", "S0011"]


@pytest.fixture(autouse=True, scope="module")
def simulated_once():
    """The data sets below read the same simulation, which is computed once."""
    computed = {}

    def simulate(**options):
        key = repr(options)
        if key not in computed:
            computed[key] = simulation.simulate(**options)
        return computed[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulated_north_china, "simulate", simulate)
        yield


def simulated(root, split, **options):
    return SimulatedNorthChina(
        root, split, **{"days": 3, "stations": 20, "truth": False, "window": Window(6), "hide": HIDDEN} | options
    )


class TestSimulated(DatasetTests):
    def make(self, root, split):
        return simulated(root, split)


def swapped(data):
    return data.assign_coords(longitude=data.latitude, latitude=data.longitude)


READERS = {
    "test_written_data_are_read_back": lambda data, report: (data.shift(time=1), report),
    "test_result_is_station_data_and_a_read_report": lambda data, report: (data, ReadReport("mine")),
    "test_reading_is_reproducible": None,
    "test_missing_path_raises_an_error": None,
}


@pytest.mark.parametrize("name", READERS)
def test_a_faulty_reader_fails(name):
    def read(self, path):
        if READERS[name] is not None:
            return READERS[name](*read_table(path))
        if not path.exists():
            return None, None  # no error
        with path.open("a") as file:
            file.write("\n")
        return read_table(path)

    tests = faulty(
        ReaderTests, name="mine.csv", write=lambda self, stations, path: write_table(stations, path), read=read
    )
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        getattr(tests, name)()


@pytest.mark.parametrize(
    "spoil",
    [lambda data: data.fillna(0.0), lambda data: data.isel(station=slice(1, None)), swapped],
    ids=["filled", "lost", "swapped"],
)
def test_wrong_values_fail(spoil):
    tests = faulty(
        ReaderTests,
        name="mine.csv",
        write=lambda self, stations, path: write_table(stations, path),
        read=lambda self, path: (spoil(read_table(path)[0]), None),
    )
    with pytest.raises(AssertionError):
        tests.test_written_data_are_read_back()


class AllVisible(SimulatedNorthChina):
    """Makes hidden stations visible."""

    def get(self, number):
        data = super().get(number)
        data.visible[:] = True
        return data


DATASETS = {
    "test_items_are_plain_data": lambda root, split: _Missing(root, split),
    "test_hidden_stations_have_no_inputs": lambda root, split: AllVisible(
        root, split, days=3, stations=20, truth=False, window=Window(6), hide=HIDDEN
    ),
    "test_parts_are_disjoint_in_time": lambda root, split: simulated(root, None),
    "test_parts_share_one_scaler": lambda root, split: simulated(
        root, split, variables=[split_variable(split), "pm25"]
    ),
    "test_reopening_is_reproducible": lambda root, split: simulated(root, split, window=Window(6 + next(_COUNT) // 3)),
    "test_windows_can_be_batched": lambda root, split: [],
    "test_station_data_are_restored": lambda root, split: _NoStations(root, split),
}
_COUNT = iter(range(1000))


def split_variable(split):
    return {"train": "no2", "validation": "o3", "test": "so2"}[split]


class _Missing(SimulatedNorthChina):
    """Has NaN for missing values."""

    def __init__(self, root, split):
        super().__init__(root, split, days=3, stations=20, truth=False, window=Window(6), hide=HIDDEN)

    def get(self, number):
        data = super().get(number)
        data.x[~data.x_mask] = float("nan")
        return data


class _NoStations(_Missing):
    def to_xarray(self):
        return super().to_xarray().drop_vars("longitude")


@pytest.mark.parametrize("name", DATASETS)
def test_a_faulty_data_set_fails(name):
    tests = faulty(DatasetTests, make=lambda self, root, split: DATASETS[name](root, split))
    with pytest.raises((AssertionError, ValueError, StopIteration)):
        getattr(tests, name)()


@pytest.mark.parametrize(("base", "tried"), [(ReaderTests, READERS), (DatasetTests, DATASETS)])
def test_every_test_has_a_faulty_source(base, tried):
    assert set(tried) == {name for name in dir(base) if name.startswith("test_")}
