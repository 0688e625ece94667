from datetime import date

import numpy as np
import pandas as pd
import pytest
import readers.fake_archives as fake

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_cnemc
from aqnet_pyg.readers.assembly.suspect_values import FLAG_EXCEEDS_PM10, FLAG_REPEATED
from aqnet_pyg.stations import POLLUTANTS, check_station_data


@pytest.fixture
def archive(tmp_path):
    days = fake.write_month(tmp_path)
    fake.three_stations(tmp_path)
    return tmp_path, days


def test_station_data(archive):
    folder, days = archive
    dataset, report = read_cnemc(folder, folder)
    check_station_data(dataset)
    assert dataset.station.values.tolist() == ["1001A", "1002A", "1003A"]
    assert dataset.longitude.values.tolist() == [116.3621, 116.2202, 116.4174]
    assert dataset.latitude.values.tolist() == [39.8784, 40.2915, 39.9289]
    assert dataset.name.values.tolist() == ["万寿西宫", "定陵", "东四"]
    assert dataset.attrs["time_zone"] == "Asia/Shanghai"
    assert len(dataset.time) == 72
    for name in POLLUTANTS:
        np.testing.assert_array_equal(dataset[name].values, np.concatenate([day[name] for day in days]), strict=True)
        assert not dataset[f"{name}_flag"].values.any()
    assert dataset["co"].attrs["units"] == "mg m-3"
    assert report.files_read == 3
    assert report.notes == ["coordinates of stations: 3 from 站点列表-2022.02.13起.csv."]
    assert str(folder) not in str(dataset.attrs)


def test_the_zip_reads_the_same(archive):
    folder, _ = archive
    packed = fake.pack(folder / "站点_20250101-20250103.zip", folder.glob("china*.csv"))
    expected, _ = read_cnemc(folder / "china_sites_20250101.csv", folder)
    found, _ = read_cnemc(packed, folder)
    assert found.isel(time=slice(24)).identical(expected)


@pytest.mark.parametrize("month", [1, 7])
def test_beijing_is_eight_hours_ahead_in_winter_and_summer(tmp_path, month):
    fake.three_stations(tmp_path)
    fake.write_wide(tmp_path, date(2025, month, 10), ["1001A"], fake.simulated_day(0, 1))
    dataset, _ = read_cnemc(tmp_path, tmp_path)
    local = pd.Timestamp(2025, month, 10, 5)  # hour 5 has 10.5
    assert dataset.pm25.sel(time=local - pd.Timedelta("8h"), station="1001A") == np.float32(10.5)
    assert dataset.time.values[0] == np.datetime64(pd.Timestamp(2025, month, 9, 16))


def test_impossible_values_are_masked_and_suspect_ones_flagged(archive):
    folder, _ = archive
    day = fake.simulated_day(2, 3)
    day["pm25"][3, 0] = 553_405
    day["so2"][4, 1] = -1
    day["pm25"][5, 2] = 999  # possible during fireworks, but above PM10
    day["no2"][:12, 0] = 7
    fake.write_wide(folder, date(2025, 1, 3), ["1001A", "1002A", "1003A"], day)
    dataset, report = read_cnemc(folder, folder)
    assert report.masked == {"pm25": 1, "so2": 1}
    third = dataset.isel(time=slice(48, 72))
    assert np.isnan(third.pm25.values[3, 0])
    assert np.isnan(third.so2.values[4, 1])
    assert third.pm25.values[5, 2] == 999
    assert third.pm25_flag.values[5, 2] == FLAG_EXCEEDS_PM10
    assert (third.no2_flag.values[:12, 0] == FLAG_REPEATED).all()
    assert third.no2_flag.values.sum() == 12 * FLAG_REPEATED


def test_stations_without_coordinates_or_measurements_are_left_out_and_recorded(tmp_path):
    fake.write_list(
        tmp_path, "2022.02.13", ["1001A,a,x,116,39,N", "1002A,b,x,-,-,N", "1003A,c,x,117,40,N", "1009A,d,x,118,40,N"]
    )
    columns = ["1001A", "1002A", "1003A", "2000A"]
    day = fake.simulated_day(0, 4)
    for values in day.values():
        values[:, 2] = np.nan
        values[7] = np.nan
    fake.write_wide(tmp_path, date(2025, 1, 1), columns, day)
    dataset, report = read_cnemc(tmp_path, tmp_path)
    assert dataset.station.values.tolist() == ["1001A"]
    assert report.without_coordinates == ["1002A", "2000A"]
    assert report.stations_without_measurements == 1
    assert report.absent_hours == 1
    assert report.absent_days == []


def test_missing_coordinates_are_from_other_lists(archive):
    folder, _ = archive
    fake.write_list(folder, "2024.01.01", ["1001A,a,x,110,35,N"])
    dataset, report = read_cnemc(folder, folder)
    assert dataset.longitude.values.tolist() == [110, 116.2202, 116.4174]
    assert report.notes == [
        "coordinates of stations: 2 from 站点列表-2022.02.13起.csv, 1 from 站点列表-2024.01.01起.csv."
    ]


def test_moves_within_the_period_are_recorded(archive):
    folder, _ = archive
    fake.write_list(folder, "2025.01.02", ["1001A,a,x,110,35,N"])
    dataset, report = read_cnemc(folder, folder)
    assert dataset.longitude.values[0] == 116.3621
    assert report.notes[-1] == "1 station moved by more than 5 km within the period; the first position is used."


def test_region(archive):
    folder, _ = archive
    dataset, report = read_cnemc(folder, folder, region=(116.3, 39.0, 116.4174, 40.0))
    assert dataset.station.values.tolist() == ["1001A", "1003A"]
    assert report.without_coordinates == []
    assert read_cnemc(folder, folder, region=(116, 40, 117, 41))[0].station.values.tolist() == ["1002A"]
    with pytest.raises(InputError, match=r"region: none of the 3 listed stations is inside \(39, "):
        read_cnemc(folder, folder, region=(39, 116, 40, 117))


def test_no_overlap_with_the_station_list(archive):
    folder, _ = archive
    fake.write_list(folder, "2022.02.13", ["9001A,a,x,116,39,N"])
    with pytest.raises(
        InputError, match=r"none of the 3 station columns \(1001A, 1002A, 1003A, \.\.\.\) .*站点列表-2022"
    ):
        read_cnemc(folder, folder)


def test_no_measurements(tmp_path):
    fake.three_stations(tmp_path)
    fake.write_wide(tmp_path, date(2025, 1, 1), ["1001A"], {"pm25": np.full((24, 1), np.nan)})
    with pytest.raises(InputError, match="no measurements were found"):
        read_cnemc(tmp_path, tmp_path)


def test_a_file_without_a_day(archive):
    folder, _ = archive
    (folder / "download.csv").write_bytes((folder / "china_sites_20250101.csv").read_bytes())
    with pytest.raises(InputError, match=r"download\.csv: no day"):
        read_cnemc(folder / "download.csv", folder)


def test_wrong_folder(tmp_path):
    fake.three_stations(tmp_path)
    with pytest.raises(
        InputError, match=r"no file is named china_sites_YYYYMMDD\.csv \(found 1 other file, such as 站点"
    ):
        read_cnemc(tmp_path, tmp_path)


def test_strict(archive):
    folder, _ = archive
    read_cnemc(folder, folder, strict=True)
    (folder / "china_sites_20250102.csv").write_bytes(b"")
    with pytest.raises(InputError, match=r"china_sites_20250102\.csv: empty file"):
        read_cnemc(folder, folder, strict=True)
