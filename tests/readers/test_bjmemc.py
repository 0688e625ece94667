from datetime import date

import numpy as np
import pandas as pd
import pytest
import readers.fake_archives as fake

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_bjmemc

NAMES = ("东四", "天坛", "官园")
TABLE = "station_id,name,city,longitude,latitude\nBJ_1,东四,北京,116.417,39.929\nBJ_2,天坛,北京,116.407,39.886\n"


@pytest.fixture
def archive(tmp_path):
    """Two days with both files, and a table that lacks the third station."""
    (tmp_path / "stations.csv").write_text(TABLE, encoding="utf-8")
    all_ = fake.write_month(tmp_path, NAMES, 2, "beijing_all", ("pm25", "pm10"))
    extra = fake.write_month(tmp_path, NAMES, 2, "beijing_extra", ("so2", "no2", "o3", "co"))
    return tmp_path, [one | two for one, two in zip(all_, extra, strict=True)]


def test_station_data(archive):
    folder, days = archive
    dataset, report = read_bjmemc(folder)
    assert dataset.station.values.tolist() == ["BJ_1", "BJ_2"]
    assert dataset.name.values.tolist() == ["东四", "天坛"]
    assert dataset.longitude.values.tolist() == [116.417, 116.407]
    assert dataset.time.to_index().equals(pd.date_range("2024-12-31 16:00", periods=48, freq="h"))
    for name in fake.TYPES:
        expected = np.concatenate([day[name] for day in days])[:, :2]
        np.testing.assert_array_equal(dataset[name].values, expected, strict=True)
    assert report.files_read == 4
    assert report.without_coordinates == ["官园"]
    assert not report.skipped


def test_zips_in_the_folder_of_the_table(archive):
    folder, _ = archive
    expected, _ = read_bjmemc(folder)
    for kind in ("all", "extra"):
        files = sorted(folder.glob(f"beijing_{kind}*.csv"))
        fake.pack(folder / f"{kind}.zip", files)
        for file in files:
            file.unlink()
    for path in (folder, [folder / "all.zip", folder / "extra.zip"]):
        found, report = read_bjmemc(path)
        assert found.identical(expected)
        assert report.files_read == 4


def test_only_one_kind_of_file(archive):
    folder, _ = archive
    for file in folder.glob("beijing_extra*"):
        file.unlink()
    dataset, _ = read_bjmemc(folder)
    assert list(dataset.data_vars) == ["pm25", "pm10", "pm25_flag", "pm10_flag"]


def test_only_the_damaged_day_is_missing(archive):
    folder, days = archive
    (folder / "beijing_all_20250101.csv").write_bytes(b"")
    dataset, report = read_bjmemc(folder)
    assert report.skipped == [("beijing_all_20250101.csv", "empty file")]
    assert report.absent_days == []  # the other file of that day is there
    assert report.absent_hours == 0
    assert np.isnan(dataset.pm25.values[:24]).all()
    np.testing.assert_array_equal(dataset.pm25.values[24:], days[1]["pm25"][:, :2])
    np.testing.assert_array_equal(dataset.o3.values[:24], days[0]["o3"][:, :2])
    with pytest.raises(InputError, match=r"beijing_all_20250101\.csv"):
        read_bjmemc(folder, strict=True)


def test_table_in_another_folder(archive, tmp_path_factory):
    folder, _ = archive
    path = tmp_path_factory.mktemp("other") / "table.csv"
    path.write_text("code,name,lon,lat\nX,官园,116.3,39.9\nY,天坛,,\n", encoding="utf-8")
    dataset, report = read_bjmemc(folder, path)
    assert dataset.station.values.tolist() == ["X"]
    assert report.without_coordinates == ["东四", "天坛"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (None, r"stations\.csv: the station table cannot be read"),
        ("station_id,longitude,latitude\nBJ_1,116,39\n", r"stations\.csv: no column 'name'"),
        ("station_id,name,longitude,latitude\nBJ_1,Dongsi,116,39\n", r"none of the station columns \(东四, 天坛, 官园"),
        ("station_id,name,longitude,latitude\nBJ_1,东四,39,116\n", "longitude and latitude appear to be swapped"),
    ],
)
def test_table_that_does_not_match(archive, table, message):
    folder, _ = archive
    (folder / "stations.csv").unlink()
    if table is not None:
        (folder / "stations.csv").write_text(table, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_bjmemc(folder)


def test_one_file_by_name(archive):
    folder, _ = archive
    dataset, _ = read_bjmemc(folder / "beijing_all_20250102.csv")
    assert dataset.time.values[0] == np.datetime64("2025-01-01T16:00")
    assert len(dataset.time) == 24


def test_days_of_the_two_kinds_may_differ(archive):
    folder, days = archive
    fake.write_wide(folder, date(2025, 1, 4), NAMES, {"co": days[0]["co"]}, "beijing_extra")
    dataset, report = read_bjmemc(folder)
    assert len(dataset.time) == 96
    assert report.absent_days == ["2025-01-03"]
    assert report.absent_hours == 24
