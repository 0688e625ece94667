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


def test_the_section_is_replaced_and_the_others_stay(speed, monkeypatch, tmp_path):
    out = tmp_path / "RESULTS.md"
    other = "## folds\n\n```\naqnet evaluate station-folds\n```\n\n| row | MAE |\n|---|---:|\n| idw | 1.00 |\n"
    out.write_text(f"# Results\n\n{other}", encoding="utf-8")
    for figure in ("2.0", "3.0"):
        monkeypatch.setattr(speed, "tables", lambda command, figure=figure: f"| {command[0]} | {figure} |\n")
        run(speed, monkeypatch, "--out", out)
    text = out.read_text(encoding="utf-8")
    assert other in text
    assert text.count("## Speed") == 1
    assert "| scaling.py | 3.0 |" in text
    assert "2.0 |" not in text
    assert " cores, " in text


def test_quick_figures_are_printed_and_not_kept(speed, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(speed, "tables", lambda command: f"{' '.join(command)}\n")
    run(speed, monkeypatch, "--quick", "--out", tmp_path / "RESULTS.md")
    assert "scaling.py --quick" in capsys.readouterr().out
    assert not (tmp_path / "RESULTS.md").exists()


def test_plain_output_is_a_block_of_text(speed):
    assert speed.formatted("| a |\n|---|\n| 1 |") == "| a |\n|---|\n| 1 |"
    assert speed.formatted("a   b") == "```\na   b\n```"


def test_scripts_exist(speed):
    assert all((FOLDER / script).is_file() for script in speed.SCRIPTS)


def test_the_machine_is_named_without_its_host(speed, monkeypatch):
    monkeypatch.setattr(speed.platform, "node", lambda: pytest.fail("the name of the host was read"))
    assert speed.machine().startswith("Machine: ")
