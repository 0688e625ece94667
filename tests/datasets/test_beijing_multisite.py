import shutil
import zipfile

import numpy as np
import pandas as pd
import pytest
import requests

from aqnet_pyg.datasets import BeijingMultiSite
from aqnet_pyg.errors import InputError
from aqnet_pyg.io.network_metadata import network_folder
from aqnet_pyg.splits import read_hidden
from aqnet_pyg.windows import Window

STATIONS = ["Aotizhongxin", "Changping", "Huairou", "Tiantan"]
WINDOW = Window(4)


def write_archive(path, nested=True):
    """Four made-up days at four stations, in zip files as UCI gives them."""
    time = pd.date_range("2013-03-01", periods=96, freq="h")
    with zipfile.ZipFile(path.with_name("inner.zip"), "w") as inner:
        for number, station in enumerate(STATIONS):
            table = pd.DataFrame({part: getattr(time, part) for part in ("year", "month", "day", "hour")})
            table.insert(0, "No", range(1, 97))
            for name, value in {"PM2.5": 50, "PM10": 90, "SO2": 8, "NO2": 30, "CO": 900, "O3": 60}.items():
                table[name] = value + number + np.arange(96) % 24
            table["TEMP"], table["PRES"], table["DEWP"], table["RAIN"] = 5.5, 1020.0, -3.0, 0.0
            table["wd"], table["WSPM"], table["station"] = "NW", 2.5, station
            name = f"PRSA_Data_20130301-20170228/PRSA_Data_{station}_20130301-20170228.csv"
            inner.writestr(name, table.to_csv(index=False))
    if nested:
        with zipfile.ZipFile(path, "w") as outer:
            outer.write(path.with_name("inner.zip"), "PRSA2017_Data_20130301-20170228.zip")
            outer.writestr("data.csv", "another data set of the same page\n")
        path.with_name("inner.zip").unlink()
    else:
        path.with_name("inner.zip").rename(path)
    return path


@pytest.fixture(params=[True, False], ids=["zip in zip", "zip"])
def archive(tmp_path, request):
    return write_archive(tmp_path / "published.zip", request.param)


def test_from_an_archive_at_hand(tmp_path, archive):
    dataset = BeijingMultiSite(tmp_path / "root", archive=archive, window=WINDOW)
    assert dataset.codes == STATIONS
    assert dataset.scaler.variables == ("pm25", "pm10", "so2", "no2", "o3", "co")
    assert dataset.values.shape == (96, 4, 6)
    assert dataset.values[0, 0].tolist() == pytest.approx([50, 90, 8, 30, 60, 0.9])
    assert dataset.time[0] == pd.Timestamp("2013-02-28 16:00").timestamp() / 3600
    again = BeijingMultiSite(tmp_path / "root", window=WINDOW)
    assert (again.values == dataset.values).all()


def test_weather_can_be_read_too(tmp_path, archive):
    dataset = BeijingMultiSite(tmp_path / "root", archive=archive, window=WINDOW, variables=["pm25", "temperature"])
    assert (dataset.values[:, :, 1] == 5.5).all()


def test_download(tmp_path, archive):
    asked = []

    def copy(url, output_file, pooch):
        asked.append(url)
        shutil.copyfile(archive, output_file)

    for _ in range(2):
        dataset = BeijingMultiSite(tmp_path / "root", downloader=copy, window=WINDOW)
    assert asked == [BeijingMultiSite.url]
    assert dataset.codes == STATIONS
    assert [path.name for path in (tmp_path / "root" / "raw").iterdir()] == ["beijing_multisite.zip"]


def test_download_of_something_else(tmp_path):
    def page(url, output_file, pooch):
        with open(output_file, "w") as file:
            file.write("<html>moved</html>")

    with pytest.raises(InputError, match="returned no zip file"):
        BeijingMultiSite(tmp_path, downloader=page)
    assert not list((tmp_path / "raw").iterdir())


def test_unreachable_server(tmp_path):
    def offline(url, output_file, pooch):
        raise requests.ConnectionError("no route to host")

    with pytest.raises(InputError, match=r"the download failed .no route to host.; .*archive="):
        BeijingMultiSite(tmp_path, downloader=offline)
    assert not list((tmp_path / "raw").iterdir())


@pytest.mark.parametrize("kind", ["random", "blocked"])
def test_shipped_lists(tmp_path, archive, kind):
    dataset = BeijingMultiSite(tmp_path / "root", "test", archive=archive, hide=kind, window=WINDOW)
    listed = read_hidden(network_folder("beijing_multisite") / f"hidden_{kind}.txt")
    hidden = [code for code, hidden in zip(dataset.codes, dataset.hidden, strict=True) if hidden]
    assert hidden == sorted(set(listed) & set(STATIONS)) != []
