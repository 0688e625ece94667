import pytest
from readers.long_tables import HEADER, HEADER_WITH_PARTS, series, write

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_table


def test_first_of_repeated_rows_is_used(tmp_path):
    row = "A,2020-01-01 00:00,10,50,"
    write(tmp_path, f"{HEADER}{row}1\n{row}2\n", "1.csv")
    write(tmp_path, f"{HEADER}{row}3\nA,2020-01-01 01:00,10,50,4\n", "2.csv")
    dataset, report = read_table(tmp_path)
    assert dataset.pm25.values[:, 0].tolist() == [1, 4]
    assert report.duplicates == 2
    fault = "1 value left out that differed from the first for the same station and hour"
    assert report.damaged == [(name, fault) for name in ("1.csv", "2.csv")]
    with pytest.raises(InputError, match=r"^1\.csv: 1 value left out that differed from the first"):
        read_table(tmp_path, strict=True)


def test_times_are_rounded_to_the_hour(tmp_path):
    text = HEADER + "".join(
        f"A,2020-01-01 {clock},10,50,{number}\n" for number, clock in enumerate(("00:02", "01:29", "01:31", "02:40:10"))
    )
    dataset, report = read_table(write(tmp_path, text), strict=True)
    assert dataset.pm25.values[:, 0].tolist() == [0, 1, 2, 3]
    assert report.notes[2:] == ["4 times rounded to the nearest hour."]


def test_hours_skipped_or_repeated_by_clock_changes_are_left_out(tmp_path):
    text = HEADER + "".join(
        f"A,{time},10,50,1\n"
        for time in ("2020-03-29 01:00", "2020-03-29 02:00", "2020-10-25 02:00", "2020-10-25 03:00")
    )
    path = write(tmp_path, text)
    dataset, report = read_table(path, time_zone="Europe/Berlin")
    assert list(series(dataset, "pm25", "A")) == ["2020-03-29 00:00", "2020-10-25 02:00"]
    assert report.damaged == [
        ("data.csv", "2 rows in hours that are skipped or repeated by clock changes in Europe/Berlin")
    ]


@pytest.mark.parametrize(
    ("head", "row", "fault"),
    [
        (HEADER, "A,yesterday,10,50,2", "1 row without a valid time, such as 'yesterday'"),
        (HEADER, "A,,10,50,2", "1 row without a valid time"),
        (HEADER, ",2020-01-01 03:00,10,50,2", "1 row without a station"),
        (HEADER, "A,2020-01-01 03:00,10,50,high", "1 value not numeric, such as 'high'"),
        (HEADER, "A,2020-01-01 03:00,10", "1 row with a wrong number of fields left out, such as 'A,2020-01-01 03:00,10'"),
        (HEADER_WITH_PARTS, "A,2020,1,1,25,10,50,2", "1 row with an hour outside 0-24"),
        (HEADER_WITH_PARTS, "A,2020,1,1,-1,10,50,2", "1 row with an hour outside 0-24"),
        (HEADER_WITH_PARTS, "A,2020,1,1,x,10,50,2", "1 row with an hour outside 0-24"),
        (HEADER_WITH_PARTS, "A,2020,2,30,3,10,50,2", "1 row without a valid date"),
        (HEADER_WITH_PARTS, "A,2020,13,1,3,10,50,2", "1 row without a valid date"),
        (HEADER_WITH_PARTS, "A,2020,,1,3,10,50,2", "1 row without a valid date"),
    ],
)  # fmt: skip
def test_only_the_faulty_row_is_left_out(tmp_path, head, row, fault):
    good = "A,2020-01-01 0{},10,50,{}" if head == HEADER else "A,2020,1,1,{},10,50,{}"
    hours = ("1:00", "2:00") if head == HEADER else (1, 2)
    rows = [good.format(hours[0], 1), row, good.format(hours[1], 3)]
    path = write(tmp_path, head + "\n".join(rows) + "\n")
    dataset, report = read_table(path)
    assert "; ".join(what for _, what in report.damaged) == fault
    assert series(dataset, "pm25", "A") == {"2020-01-01 01:00": 1, "2020-01-01 02:00": 3}
    with pytest.raises(InputError, match=r"^data\.csv: 1 (row|value)"):
        read_table(path, strict=True)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("0.csv", b"", "empty file"),
        ("0.csv", b"<html></html>", "HTML page instead of a table"),
        ("0.parquet", b"", "empty file"),
        ("0.parquet", b"PAR1 no more", "not a Parquet file"),
        ("0.csv", b"a,b\n1,2\n", "no column for station"),
        ("0.csv", HEADER.encode(), "no rows"),
        ("0.csv", HEADER.encode() + b"A,noon,10,50,1\n", "1 row without a valid time"),
    ],
)
def test_only_the_damaged_file_is_skipped(tmp_path, name, data, reason):
    write(tmp_path, HEADER + "A,2020-01-01 00:00,10,50,1\n", "1.csv")
    (tmp_path / name).write_bytes(data)
    dataset, report = read_table(tmp_path)
    assert dataset.pm25.values.tolist() == [[1]]
    ((file, why),) = report.skipped
    assert file == name
    assert why.startswith(reason)
    with pytest.raises(InputError, match=rf"{name}: {reason}"):
        read_table(tmp_path, strict=True)
    with pytest.raises(InputError, match=rf"{name}: {reason}"):
        read_table(tmp_path / name)


@pytest.mark.parametrize(
    ("longitude", "latitude", "message"),
    [(39, 116, "appear to be swapped"), (10, 95, "appear to be swapped"), (500, 50, "out of range")],
)
def test_invalid_coordinates_are_rejected(tmp_path, longitude, latitude, message):
    path = write(tmp_path, f"{HEADER}A,2020-01-01 00:00,{longitude},{latitude},1\n")
    with pytest.raises(InputError, match=message):
        read_table(path)


def test_station_without_coordinates_is_left_out(tmp_path):
    rows = ["A,2020-01-01 00:00,,,1", "A,2020-01-01 01:00,10,50,2", "B,2020-01-01 00:00,,,3"]
    rows += ["C,2020-01-01 00:00,1,2,4", "C,2020-01-01 01:00,1,2.1,5"]
    path = write(tmp_path, HEADER + "\n".join(rows))
    dataset, report = read_table(path)
    assert dataset.station.values.tolist() == ["A", "C"]
    assert dataset.latitude.values.tolist() == [50, 2]
    assert dataset.pm25.values.tolist() == [[1, 4], [2, 5]]
    assert report.without_coordinates == ["B"]
    assert report.notes[2:] == ["1 station with more than one position; the first one is used."]


def test_implausible_range_of_times_is_rejected(tmp_path):
    path = write(tmp_path, HEADER + "A,1900-01-01 00:00,10,50,1\nA,2020-01-01 00:00,10,50,1\n")
    with pytest.raises(InputError, match="times range from 1900-01-01 to 2020-01-01"):
        read_table(path)


def test_stations_one_meter_apart_are_different(tmp_path):
    head = "time,longitude,latitude,pm25\n"
    path = write(
        tmp_path,
        head + "2020-01-01 00:00,-10.00001,-50,1\n2020-01-01 00:00,-10.00002,-50,2\n2020-01-01 00:00,-10.00002,,3\n",
    )
    dataset, report = read_table(path)
    assert dataset.station.values.tolist() == ["-10.00001_-50.00000", "-10.00002_-50.00000"]
    assert dataset.pm25.values.tolist() == [[1, 2]]
    assert report.damaged == [("data.csv", "1 row without a station")]


def test_a_column_that_numbers_the_rows_is_no_code(tmp_path):
    rows = [f"{number},2023-01-01 {number % 24:02}:00,{10 + number % 3},50,{number}" for number in range(60)]
    path = write(tmp_path, "id,time,longitude,latitude,pm25\n" + "\n".join(rows))
    with pytest.raises(InputError, match=r"each of the 60 rows has another value in 'id', which numbers rows"):
        read_table(path)
    dataset, _ = read_table(path, ignore="id")
    assert dataset.sizes["station"] == 3
