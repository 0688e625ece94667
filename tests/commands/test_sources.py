"""Sources of the commands."""

import gzip

import pytest

from aqnet_pyg.commands import SourceSettings, open_source
from aqnet_pyg.commands.main import main
from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read
from aqnet_pyg.readers.files import archive


@pytest.mark.parametrize("options", [{"time_zone": "UTC"}, {"encoding": "utf-8"}, {"stations": "list.csv"}])
def test_the_simulation_has_no_reader_whose_options_would_be_ignored(options):
    with pytest.raises(InputError, match=rf"^{next(iter(options))}: the simulation has no such option"):
        open_source(SourceSettings("simulated", **options), days=1)


def test_info_shows_the_first_measurements_and_options_that_read_them(tmp_path, capsys):
    table = tmp_path / "input.csv"
    table.write_text(
        "Ort;Datum;Stunde;Lon;Lat;Feinstaub;Ozon [ppb]\n"
        "007;13.02.2023;1;14,1;47,2;8,5;31\n"
        "007;13.02.2023;24;14,1;47,2;9,5;\n",
        encoding="cp1252",
    )
    options = tmp_path / "options.yaml"
    columns = "{station: Ort, date: Datum, hour: Stunde, pm25: Feinstaub, o3: 'Ozon [ppb]'}"
    command = ["info", "table", "--path", str(table), "--columns", columns, "--time_zone", "+01:00"]
    assert main([*command, "--out", str(options)]) == 0
    shown = capsys.readouterr().out
    assert "007                      2023-02-13 00:00  pm25 8.5 ug m-3" in shown
    assert "007                      2023-02-13 23:00  pm25 9.5 ug m-3" in shown
    assert "007                      2023-02-13 00:00  o3 60.818 ug m-3" in shown
    assert main(["info", "--config", str(options)]) == 0
    again = capsys.readouterr().out
    assert again == shown.removesuffix(f"\nThey are in {options}.\n")


@pytest.mark.parametrize("missing", ["--missing=-1,999", "--missing=999"])
def test_info_shows_tables_with_one_column_per_station(tmp_path, capsys, missing):
    table, stations, options = tmp_path / "2023.csv", tmp_path / "stations.csv", tmp_path / "options.yaml"
    table.write_text("Datum;Stunde;007;B\n13.02.2023;1;8,5;999\n13.02.2023;2;9,5;7\n")
    stations.write_text("code,longitude,latitude\n007,14.1,47.2\nB,15,47\n")
    command = ["info", "table", "--path", str(table), "--stations", str(stations), "--parameter", "no2", missing]
    assert main([*command, "--columns", "{date: Datum, hour: Stunde}", "--out", str(options)]) == 0
    shown = capsys.readouterr().out
    assert "007                      2023-02-13 01:00  no2 8.5 ug m-3" in shown
    assert "B                        2023-02-13 02:00  no2 7 ug m-3" in shown
    assert 'parameter: "no2"' in shown
    assert main(["info", "--config", str(options)]) == 0
    assert capsys.readouterr().out == shown.removesuffix(f"\nThey are in {options}.\n")


def test_info_counts_classes_of_instruments(tmp_path, capsys):
    path = tmp_path / "mixed.csv"
    path.write_text(
        "station,time,longitude,latitude,pm25,instrument\n"
        "A,2021-11-27 01:00,9.1,45.1,3,monitor\nB,2021-11-27 01:00,9.2,45.2,5,sensor\n"
    )
    assert main(["info", "table", "--path", str(path)]) == 0
    assert "instruments 1 monitor, 1 sensor\n" in capsys.readouterr().out


def test_sensors_are_simulated_and_their_readings_are_shown_beside_monitors(tmp_path, capsys):
    path = tmp_path / "mixed.csv"
    assert main(["simulate", "table", str(path), "--days", "2", "--stations", "9", "--sensors", "6"]) == 0
    assert "2 simulated days of 9 stations and 6 sensors are in" in capsys.readouterr().out
    assert main(["info", "table", "--path", str(path)]) == 0
    shown = capsys.readouterr().out
    assert " monitor, 6 sensor\n" in shown
    assert "instruments beside kriging of the monitors\npm25        sensor = " in shown
    assert main(["simulate", "cnemc", str(tmp_path / "cnemc"), "--days", "1", "--sensors", "6"]) == 1
    assert "sensors: the format cnemc has no classes of instruments; use table or netcdf" in capsys.readouterr().err


def test_the_limit_of_compressed_files_is_lifted_by_the_option_that_the_report_names(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(archive, "LARGE", 1 << 10)
    table = tmp_path / "input.csv.gz"
    rows = "2023-02-13T01:00Z,a,1,2,3\n" + "\n" * (1 << 20)
    table.write_bytes(gzip.compress(f"time,station,longitude,latitude,pm25\n{rows}".encode()))
    assert main(["info", "table", "--path", str(table)]) == 1
    assert "any_size=True or --any_size true" in capsys.readouterr().err
    options = tmp_path / "options.yaml"
    assert main(["info", "table", "--path", str(table), "--any_size", "true", "--out", str(options)]) == 0
    assert "any_size: true" in capsys.readouterr().out
    assert main(["info", "--config", str(options)]) == 0
    assert read("table", table, any_size=True)[0].pm25.item() == 3
    with pytest.raises(InputError, match="any_size"):
        read("table", table)
