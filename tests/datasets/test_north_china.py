import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest
import requests
from readers.fake_archives import pack, simulated_day, write_list, write_wide

from aqnet_pyg.datasets import NorthChina
from aqnet_pyg.errors import InputError
from aqnet_pyg.io.network_metadata import network_folder
from aqnet_pyg.splits import read_hidden
from aqnet_pyg.windows import Window

HIDDEN = read_hidden(network_folder("north_china") / "hidden_random.txt")
CODES = sorted({*HIDDEN[:2], "1001A", "1003A", "1006A", "1008A"})
COLUMNS = ["9999A", *CODES[::-1]]  # a station of another region, and no order
DAYS = [date(2017, 5, day) for day in (1, 2, 3, 4)]
NAMES = [f"china_sites_{day:%Y%m%d}.csv" for day in DAYS]


@pytest.fixture
def server(tmp_path):
    """The files of a server: four days of six stations of the network and one of another region."""
    folder = tmp_path / "server"
    folder.mkdir()
    for number, day in enumerate(DAYS):
        write_wide(folder, day, COLUMNS, simulated_day(number, 7))
    return folder


@pytest.fixture
def lists(tmp_path):
    folder = tmp_path / "lists"
    folder.mkdir()
    rows = [f"{code},name,city,{115 + number / 2},{38 + number / 3},N" for number, code in enumerate(CODES)]
    write_list(folder, "2016.11.07", [*rows, "9999A,name,city,110.5,20.1,N"])
    return folder


class Server:
    """A pooch downloader that copies from a folder and records which files were requested."""

    def __init__(self, folder):
        self.folder = folder
        self.requested = []

    def __call__(self, url, output_file, pooch):
        assert url.startswith("https://quotsoft.net/air/data/china_sites_")
        name = url.rsplit("/", 1)[1]
        self.requested.append(name)
        if not (self.folder / name).exists():
            raise requests.HTTPError("404", response=SimpleNamespace(status_code=404))
        shutil.copyfile(self.folder / name, output_file)


class Hasty(NorthChina):
    """Without a pause."""

    pause = 0


@pytest.fixture
def opened(tmp_path, lists):
    """Opens the four days in one folder."""

    def opened(**options):
        days = {"start": "2017-05-01", "end": "2017-05-04", "window": Window(4), "station_lists": lists}
        return Hasty(tmp_path / "root", **{**days, **options})

    return opened


def raw(tmp_path):
    return sorted(path.name for path in (tmp_path / "root" / "raw").iterdir())


def test_download(tmp_path, server, opened):
    downloader = Server(server)
    dataset = opened(downloader=downloader)
    assert sorted(downloader.requested) == NAMES
    assert raw(tmp_path) == [*NAMES, "download_20170501_20170504.json"]
    assert dataset.codes == CODES
    assert dataset.values.shape == (96, 6, 6)
    for number in range(4):
        expected = simulated_day(number, 7)["pm25"][:, :0:-1]
        np.testing.assert_array_equal(dataset.values[24 * number : 24 * number + 24, :, 0], expected)
    opened(downloader=downloader)
    assert len(downloader.requested) == 4
    assert (dataset.pos[:, 0] >= 115).all()


def test_files_that_are_there_are_not_fetched_again(tmp_path, server, opened):
    (tmp_path / "root" / "raw").mkdir(parents=True)
    shutil.copy(server / NAMES[1], tmp_path / "root" / "raw")
    (tmp_path / "root" / "raw" / NAMES[2]).write_text("date,hour,type,1001A\n20170504,0,PM2.5,1\n")  # another day
    downloader = Server(server)
    dataset = opened(downloader=downloader)
    assert sorted(downloader.requested) == [NAMES[0], NAMES[2], NAMES[3]]
    assert len(dataset.time) == 96


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "not on the server"),
        ("<!DOCTYPE html><html>come back later</html>", "not a daily file: an HTML page"),
        ("", "not a daily file: it begins with b''"),
        ("date,hour,type,1001A\n20170503,0,PM2.5,12\n", "of another day: b'20170503'"),
    ],
    ids=["404", "page", "empty", "other day"],
)
def test_day_that_is_not_to_be_had_is_reported(tmp_path, server, opened, caplog, content, fault):
    (server / NAMES[1]).unlink()
    if content is not None:
        (server / NAMES[1]).write_text(content)
    downloader = Server(server)
    dataset = opened(downloader=downloader)
    note = json.loads((tmp_path / "root" / "raw" / "download_20170501_20170504.json").read_text())
    assert note["not available"] == {NAMES[1]: fault}
    assert "1 of 4 days are not available" in caplog.text
    assert raw(tmp_path) == [NAMES[0], *NAMES[2:], "download_20170501_20170504.json"]
    assert dataset.report["absent_days"] == ["2017-05-02"]
    assert dataset.values[24:48].isnan().all()
    opened(downloader=downloader)
    assert len(downloader.requested) == 4


def test_interrupted_download_goes_on(tmp_path, server, opened):
    class Interrupted(Server):
        def __call__(self, url, output_file, pooch):
            if NAMES[2] in url:
                with open(output_file, "w") as file:
                    file.write("date,hou")
                raise KeyboardInterrupt
            super().__call__(url, output_file, pooch)

    first = Interrupted(server)
    with pytest.raises(KeyboardInterrupt):
        opened(downloader=first)
    assert set(raw(tmp_path)) == set(first.requested)
    second = Server(server)
    dataset = opened(downloader=second)
    assert sorted(first.requested + second.requested) == NAMES
    assert len(dataset.time) == 96


def test_server_out_of_reach(tmp_path, server, opened):
    class Shaky(Server):
        def __call__(self, url, output_file, pooch):
            if NAMES[0] in url:
                raise requests.ConnectionError("timed out")
            super().__call__(url, output_file, pooch)

    with pytest.raises(
        InputError, match=r"1 of 4 daily files could not be downloaded \(first china_sites_20170501.csv: timed out\)"
    ):
        opened(downloader=Shaky(server))
    assert raw(tmp_path) == NAMES[1:]
    downloader = Server(server)
    opened(downloader=downloader)
    assert downloader.requested == NAMES[:1]


def test_error_of_the_server_is_no_missing_day(tmp_path, server, opened):
    def broken(url, output_file, pooch):
        raise requests.HTTPError("503 unavailable", response=SimpleNamespace(status_code=503))

    with pytest.raises(InputError, match=r"4 of 4 .* 503 unavailable"):
        opened(downloader=broken)
    assert raw(tmp_path) == []


def test_download_stops_while_the_server_is_out_of_reach(opened, monkeypatch):
    requested = []
    stopped = threading.Event()

    class Pool(ThreadPoolExecutor):
        def shutdown(self, wait=True, *, cancel_futures=False):
            super().shutdown(False, cancel_futures=cancel_futures)
            stopped.set()
            super().shutdown(wait)

    def offline(url, output_file, pooch):
        requested.append(url)
        # Ten files fail at once; later ones take until the download has stopped, so that no chance decides their number.
        if len(requested) > 10 and not stopped.wait(10):
            stopped.set()
        raise requests.ConnectionError("no route to host")

    monkeypatch.setattr("aqnet_pyg.datasets.north_china.ThreadPoolExecutor", Pool)
    with pytest.raises(InputError, match="10 of 1826 daily files could not be downloaded"):
        opened(start="2013-01-01", end="2017-12-31", downloader=offline)
    assert len(requested) <= 10 + NorthChina.threads


def test_server_that_has_none_of_the_days(tmp_path, opened):
    with pytest.raises(InputError, match=r"none of 4 daily files is available .*choose another start and end"):
        opened(downloader=Server(tmp_path / "nothing"))


def test_waits_after_every_request(server, opened, monkeypatch):
    waits = []
    monkeypatch.setattr("aqnet_pyg.datasets.north_china.time.sleep", waits.append)
    monkeypatch.setattr(Hasty, "pause", 0.25)
    (server / NAMES[1]).unlink()
    opened(downloader=Server(server))
    assert waits == [0.25] * 4
    assert NorthChina.pause > 0


@pytest.mark.parametrize("packed", [False, True])
def test_files_at_hand(tmp_path, server, opened, packed):
    archive = pack(tmp_path / "archive.zip", sorted(server.iterdir())) if packed else server
    dataset = opened(archive=archive, start="2017-05-02", end="2017-05-03", hide="random", split="test")
    assert dataset.codes == CODES
    assert [code for code, hidden in zip(dataset.codes, dataset.hidden, strict=True) if hidden] == list(HIDDEN[:2])
    with dataset.station_data as stored:
        assert stored.sizes["time"] == 48
        assert str(stored.time.values[0]) == "2017-05-01T16:00:00.000000000"
        np.testing.assert_array_equal(stored.pm25.values[:24], simulated_day(1, 7)["pm25"][:, :0:-1])
    assert dataset.report["notes"][-1].startswith("578 of the 584 stations of the network have no value in the period")


def test_processed_files_need_nothing_else(server, opened):
    opened(archive=server)
    assert len(opened(station_lists=None).codes) == 6


def test_stations_without_values_in_the_period_are_left_out(server, opened):
    for number, day in enumerate(DAYS[:3]):
        values = simulated_day(number, 7)
        for array in values.values():
            array[:, 1] = np.nan
        write_wide(server, day, COLUMNS, values)
    assert opened(archive=server, end="2017-05-03").codes == CODES[:-1]


def test_other_period_does_not_get_the_stored_data(server, opened):
    opened(archive=server)
    with pytest.raises(
        InputError, match=r"created with start='2017-05-01', end='2017-05-04', not with .*force_reload=True"
    ):
        opened(archive=server, end="2017-05-03")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"station_lists": None}, "station_lists: none were given"),
        ({"start": "2018-01-01", "end": "2018-12-31"}, "no hour from 2018-01-01 to 2018-12-31"),
        ({"start": "2017-05-05"}, "end: 2017-05-04 is before start, 2017-05-05"),
        ({"start": "May"}, "start: 'May' is not a day"),
        ({"archive": "nowhere"}, "nowhere: there is no such file or folder"),
    ],
)
def test_bad_arguments(server, opened, options, message):
    with pytest.raises(InputError, match=message):
        opened(**{"archive": server, **options})


def test_files_of_other_stations(tmp_path, opened, lists):
    folder = tmp_path / "others"
    folder.mkdir()
    write_wide(folder, DAYS[0], ["9999B"], simulated_day(0, 1))
    write_list(lists, "2017.01.01", ["9999B,name,city,115,38,N"])
    with pytest.raises(InputError, match="none of the 584 stations of the network has a value"):
        opened(archive=folder)


def test_missing_station_lists_are_refused_before_a_long_download(server, opened):
    downloader = Server(server)
    with pytest.raises(InputError, match="station_lists"):
        opened(station_lists=None, downloader=downloader)
    assert not downloader.requested


def test_repr(server, opened):
    assert repr(opened(archive=server, hide="random")) == (
        "Hasty(93, split=None, start='2017-05-01', end='2017-05-04', stations=6, hidden=2, "
        "window=Window(history=4, horizon=0, margin=0))"
    )
