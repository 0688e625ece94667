"""The tests for readers and data sets, inherited by the package's own, and by faulty ones, whom they find out."""

import pytest
from hypothesis import Phase, settings

from aqnet_pyg.datasets import SimulatedNorthChina, Window
from aqnet_pyg.readers import ReadReport, read_netcdf, read_table, write_netcdf
from aqnet_pyg.simulation import write_table
from aqnet_pyg.testing import DatasetTests, ReaderTests


class TestTable(ReaderTests):
    name = "mine.csv"

    def write(self, stations, path):
        write_table(stations, path)

    def read(self, path):
        return read_table(path)


class TestNetCDF(ReaderTests):
    name = "mine.nc"

    def write(self, stations, path):
        write_netcdf(stations, path)

    def read(self, path):
        return read_netcdf(path)


HIDDEN = ["S0003", "S0011"]


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
    "test_what_was_written_is_read": lambda data, report: (data.shift(time=1), report),
    "test_it_gives_station_data_and_a_report": lambda data, report: (data, ReadReport("mine")),
    "test_reading_twice_is_reading_once": None,
    "test_what_is_not_there_is_refused": None,
}


@pytest.mark.parametrize("name", READERS)
def test_a_faulty_reader_is_found_out(name):
    def read(self, path):
        if READERS[name] is not None:
            return READERS[name](*read_table(path))
        if not path.exists():
            return None, None  # no word of it
        with path.open("a") as file:
            file.write("\n")
        return read_table(path)

    faulty = _faulty(
        ReaderTests, name="mine.csv", write=lambda self, stations, path: write_table(stations, path), read=read
    )
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        getattr(faulty, name)()


@pytest.mark.parametrize(
    "spoil",
    [lambda data: data.fillna(0.0), lambda data: data.isel(station=slice(1, None)), swapped],
    ids=["filled", "lost", "swapped"],
)
def test_wrong_values_are_found_out(spoil):
    faulty = _faulty(
        ReaderTests,
        name="mine.csv",
        write=lambda self, stations, path: write_table(stations, path),
        read=lambda self, path: (spoil(read_table(path)[0]), None),
    )
    with pytest.raises(AssertionError):
        faulty.test_what_was_written_is_read()


class Telling(SimulatedNorthChina):
    """Shows what hidden stations measured."""

    def get(self, number):
        data = super().get(number)
        data.visible[:] = True
        return data


DATASETS = {
    "test_items_are_plain_data": lambda root, split: _Missing(root, split),
    "test_hidden_stations_have_nothing_to_read": lambda root, split: Telling(
        root, split, days=3, stations=20, truth=False, window=Window(6), hide=HIDDEN
    ),
    "test_parts_share_no_hour": lambda root, split: simulated(root, None),
    "test_all_parts_are_scaled_alike": lambda root, split: simulated(
        root, split, variables=[split_variable(split), "pm25"]
    ),
    "test_opened_again_it_is_the_same": lambda root, split: simulated(
        root, split, window=Window(6 + next(_COUNT) // 3)
    ),
    "test_windows_go_into_a_loader": lambda root, split: [],
    "test_station_data_come_back": lambda root, split: _NoStations(root, split),
}
_COUNT = iter(range(1000))


def split_variable(split):
    return {"train": "no2", "validation": "o3", "test": "so2"}[split]


class _Missing(SimulatedNorthChina):
    """Has NaN where nothing was measured."""

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
def test_a_faulty_data_set_is_found_out(name):
    faulty = _faulty(DatasetTests, make=lambda self, root, split: DATASETS[name](root, split))
    with pytest.raises((AssertionError, ValueError, StopIteration)):
        getattr(faulty, name)()


@pytest.mark.parametrize(("base", "tried"), [(ReaderTests, READERS), (DatasetTests, DATASETS)])
def test_every_test_is_tried_above(base, tried):
    assert set(tried) == {name for name in dir(base) if name.startswith("test_")}


def _faulty(base, **members):
    """A subclass, made where no failing example is shrunk or kept."""
    before = settings.get_current_profile_name()
    settings.register_profile("found out", settings(database=None, phases=[Phase.generate]))
    settings.load_profile("found out")
    try:
        return type("Faulty", (base,), members)()
    finally:
        settings.load_profile(before)
