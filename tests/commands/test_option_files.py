import json

import pytest

from aqnet_pyg.commands.main import main
from aqnet_pyg.commands.option_files import load_options, option_error
from aqnet_pyg.readers import write_netcdf
from aqnet_pyg.simulation import simulate


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("off", "off"),
        ("y", "y"),
        ("01003", "01003"),
        ("12:30", "12:30"),
        ("2024-01-01", "2024-01-01"),
        ("1_000", "1_000"),
        ("true", True),
        ("null", None),
        ("12", 12),
        ("-0.5", -0.5),
        ("1e3", 1000.0),
        ("{no: NO, pm25: 2}", {"no": "NO", "pm25": 2}),
        ("[NO, 007]", ["NO", "007"]),
    ],
)
def test_names_codes_and_times_are_text(text, value):
    assert load_options(text) == value


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_files_of_options_in_other_encodings_are_refused_in_a_sentence(tmp_path, capsys, encoding):
    options = tmp_path / "options.yaml"
    options.write_bytes("source: table\npath: Straße.csv\n".encode(encoding))
    assert main(["info", "--config", str(options)]) == 1
    assert capsys.readouterr().err.startswith("aqnet: --config: the file of options is not UTF-8")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("columns: {pm25: 25}", "columns: {'pm25': 25} was given; use names with text, in quotes"),
        ("path: 2024", "path: 2024 was given; use text, in quotes"),
        ("skip_rows: many", "skip_rows: many was given; use a whole number"),
        ("strict: perhaps", "strict: perhaps was given; use true or false"),
        ("path: [x", "--config: not YAML in line 3"),
        ("path: " + "[" * 3000, "--config: not options (maximum recursion depth"),
        ("skip_rows: " + "1" * 5000, "--config: not options (Exceeds the limit"),
        ("nothing: 3", "nothing"),
    ],
)
def test_invalid_options_of_a_file_are_refused_in_a_sentence(tmp_path, capsys, options, message):
    file = tmp_path / "options.yaml"
    file.write_text(f"source: table\n{options}\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="2"):
        main(["info", "--config", str(file)])
    error = capsys.readouterr().err
    assert error.startswith("aqnet: ")
    assert message in error
    assert error.count("\n") == 1


def test_messages_in_other_words_become_one_line():
    message = 'Parser key "task":\n  Cannot take a Union of no types.'
    assert option_error(message) == "task: Cannot take a Union of no types."
    assert option_error("unrecognized arguments:\n --x") == "unrecognized arguments: --x"


@pytest.mark.parametrize("name", ["no", '"no"', "'no'"])
def test_nitric_oxide_is_a_name_in_a_file_of_options(tmp_path, capsys, name):
    table = tmp_path / "input.csv"
    table.write_text("station,time,longitude,latitude,pm25,NO\n01003,2024-01-01 01:00,116,39,10,1\n", encoding="utf-8")
    options = tmp_path / "options.yaml"
    options.write_text(f"source: table\npath: {table}\ncolumns: {{{name}: NO}}\n", encoding="utf-8")
    assert main(["info", "--config", str(options)]) == 0
    assert "  01003                    2024-01-01 01:00  no 1" in capsys.readouterr().out


def test_one_file_serves_several_commands(tmp_path, monkeypatch):
    write_netcdf(simulate(days=6, stations=16, truth=False)[0], tmp_path / "archive.nc")
    options = tmp_path / "mine.yaml"
    options.write_text(
        "source: netcdf\npath: archive.nc\nmodel: kriging\nspacing: 5\ntarget: pm25\nseeds: 1\n"
        "reanalyze: {out: trial, hidden: 0.2}\nreport: {run: trial}\ninfo: {out: found.yaml}\n"
        "evaluate: {protocol: station-folds, regime: random, models: 'idw,kriging', reference: kriging, out: folds.json,\n"
        "  train: 2016-11-01/2016-11-03, validation: 2016-11-04, test: 2016-11-05/2016-11-06}\n"
    )
    monkeypatch.chdir(tmp_path)
    for command in ("info", "reanalyze", "report", "evaluate"):
        assert main([command, "--config", "mine.yaml"]) == 0
    assert (tmp_path / "found.yaml").is_file()
    assert json.loads((tmp_path / "trial" / "metrics.json").read_text())["settings"]["hidden"] == 0.2
    assert list(json.loads((tmp_path / "folds.json").read_text())["rows"]) == ["idw", "kriging"]


@pytest.mark.parametrize(
    ("command", "text", "message"),
    [
        ("info", "source: table\nmodle: kriging\n", "does not accept option 'modle'"),
        ("info", "source: table\npth: kriging\n", "does not accept option 'pth' (did you mean 'path'?)"),
        ("info", "source: table\ninfo: {model: kriging}\n", "does not accept option 'model'"),
        (
            "evaluate",
            "protocol: station-folds\nsource: table\ntime_zone: Asia/Tokyo\n",
            "does not accept option 'time_zone'",
        ),
    ],
)
def test_options_of_no_command_and_options_of_readers_are_not_left_out(tmp_path, capsys, command, text, message):
    options = tmp_path / "mine.yaml"
    options.write_text(text)
    with pytest.raises(SystemExit):
        main([command, "--config", str(options)])
    assert message in capsys.readouterr().err
