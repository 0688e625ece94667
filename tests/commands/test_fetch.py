"""``aqnet fetch``: a folder, and the command that reads it."""

import shlex

import pytest
from archives.archive_server import ArchiveServer, cnemc_day

from aqnet_pyg.commands.main import main


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    one = ArchiveServer()
    one.files["/air/data/china_sites_20250101.csv"] = cnemc_day("2025-01-01")
    yield one
    one.close()


def test_the_printed_command_reads_the_files(server, tmp_path, capsys):
    options = [
        "--start",
        "2025-01-01",
        "--end",
        "2025-01-01",
        "--bbox",
        "116,39,116.45,40",
        "--out",
        str(tmp_path / "a"),
    ]
    assert main(["fetch", "cnemc", *options, "--base", server.base]) == 0
    out = capsys.readouterr().out
    assert f"cnemc: 1 file in {tmp_path / 'a'}" in out
    command = shlex.split(out.splitlines()[-1])
    assert command[:3] == ["aqnet", "info", "cnemc"]
    (tmp_path / "站点列表-2022.02.13起.csv").write_text(
        "监测点编码,监测点名称,城市,经度,纬度\n1001A,甲,北京,116.4,39.9\n1002A,乙,北京,116.5,39.8\n", encoding="utf-8"
    )
    assert main([word.replace("FOLDER", str(tmp_path)) for word in command[1:]]) == 0
    assert "stations    1, 116.40 to 116.40 degrees east" in capsys.readouterr().out


def test_a_configuration_file(server, tmp_path, capsys):
    file = tmp_path / "fetch.yaml"
    file.write_text(f"archive: cnemc\nstart: 2025-01-01\nend: 2025-01-01\nout: {tmp_path / 'a'}\nbase: {server.base}\n")
    assert main(["fetch", "--config", str(file)]) == 0
    assert "1 file" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--end", "2025-01-01"], "aqnet: start: no day was given"),
        (["--start", "2025-01-01"], "aqnet: end: no day was given"),
        (
            ["--start", "2025-01-01", "--end", "2025-01-01", "--bbox", "-125,32"],
            "aqnet: bbox: '-125,32' is not four numbers",
        ),
        (["--start", "2025-01-02", "--end", "2025-01-01"], "aqnet: end: 2025-01-01 is before start"),
        (
            ["--start", "2025-01-01", "--end", "2025-01-01", "--country", "CN"],
            "aqnet: country: cnemc has no such option",
        ),
    ],
)
def test_errors_are_one_line(tmp_path, capsys, options, message):
    assert main(["fetch", "cnemc", *options, "--out", str(tmp_path)]) == 1
    err = capsys.readouterr().err
    assert err.startswith(message)
    assert err.count("\n") == 1
