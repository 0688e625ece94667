"""The section of RESULTS.md that `make benchmark` writes."""

import importlib.util
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def speed(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    spec = importlib.util.spec_from_file_location("speed", FOLDER / "speed.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.modules.pop("results", None)


def run(module, monkeypatch, *options):
    monkeypatch.setattr(sys, "argv", ["speed.py", *map(str, options)])
    module.main()


OTHER = "## folds\n\n```\naqnet evaluate station-folds\n```\n\n| row | MAE |\n|---|---:|\n| idw | 1.00 |\n"


def test_a_part_replaces_only_itself(speed, monkeypatch, tmp_path):
    out = tmp_path / "RESULTS.md"
    out.write_text(f"# Results\n\n{OTHER}", encoding="utf-8")
    for figure, parts in (("2.0", []), ("3.0", ["tuning", "grid"])):
        monkeypatch.setattr(speed, "tables", lambda command, _, figure=figure: f"| {' '.join(command)} | {figure} |\n")
        run(speed, monkeypatch, *parts, "--out", out)
    text = out.read_text(encoding="utf-8")
    assert OTHER in text
    assert text.count("## Speed") == 1
    assert [line[4:] for line in text.splitlines() if line.startswith("### ")] == list(speed.SCRIPTS)
    assert text.count("| 3.0 |") == 2
    assert "### tuning\n\n| ratios.py tuning | 3.0 |\n" in text
    assert text.count("| 2.0 |") == len(speed.SCRIPTS) - 2
    assert " cores, " in text


def test_finished_parts_are_kept_when_a_later_one_fails(speed, monkeypatch, tmp_path):
    def tables(command, _):
        if "grid" in command:
            raise KeyboardInterrupt
        return "| done |\n"

    monkeypatch.setattr(speed, "tables", tables)
    with pytest.raises(KeyboardInterrupt):
        run(speed, monkeypatch, "tuning", "grid", "--out", tmp_path / "RESULTS.md")
    text = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    assert "### tuning\n\n| done |" in text
    assert "### grid" not in text


def test_tables_of_another_machine_are_dropped(speed, monkeypatch, tmp_path):
    out = tmp_path / "RESULTS.md"
    monkeypatch.setattr(speed, "tables", lambda command, _: "| some |\n")
    run(speed, monkeypatch, "tuning", "--out", out)
    monkeypatch.setattr(speed, "processor", lambda: "Another")
    run(speed, monkeypatch, "grid", "--out", out)
    text = out.read_text(encoding="utf-8")
    assert "### tuning" not in text
    assert "Machine: Another" in text


def test_quick_figures_are_printed_and_not_kept(speed, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(speed, "tables", lambda command, _: f"{' '.join(command)}\n")
    run(speed, monkeypatch, "--quick", "--out", tmp_path / "RESULTS.md")
    assert "scaling.py --quick" in capsys.readouterr().out
    assert not (tmp_path / "RESULTS.md").exists()


def test_unknown_parts_are_refused(speed, monkeypatch, capsys):
    with pytest.raises(SystemExit):
        run(speed, monkeypatch, "tunning")
    assert "tunning: there is no such part" in capsys.readouterr().err


def test_plain_output_is_a_block_of_text(speed):
    assert speed.formatted("| a |\n|---|\n| 1 |") == "| a |\n|---|\n| 1 |"
    assert speed.formatted("a   b") == "```\na   b\n```"


def test_scripts_exist(speed):
    assert all((FOLDER / command[0]).is_file() for commands in speed.SCRIPTS.values() for command in commands)


def test_the_machine_is_named_without_its_host(speed, monkeypatch):
    monkeypatch.setattr(speed.platform, "node", lambda: pytest.fail("the name of the host was read"))
    assert speed.machine().startswith("Machine: ")
