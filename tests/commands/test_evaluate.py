"""The whole command on small simulated data, and the tables made of its file."""

import importlib.util
import json
import logging
from pathlib import Path

import pytest

from aqnet_pyg.commands import evaluate as evaluation_runs
from aqnet_pyg.commands.evaluate import run_evaluation
from aqnet_pyg.commands.main import main
from aqnet_pyg.commands.settings import EvaluationSettings
from aqnet_pyg.evaluation.audit import InputError
from aqnet_pyg.readers import write_netcdf
from aqnet_pyg.simulation import simulate

pytestmark = pytest.mark.usefixtures("small_batches")

DATES = ["--train", "2016-11-01/2016-11-03", "--validation", "2016-11-04", "--test", "2016-11-05/2016-11-06"]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    data, _ = simulate(days=6, stations=16, truth=False)
    folder = tmp_path_factory.mktemp("made_up")
    write_netcdf(data, folder / "archive.nc")
    return folder


@pytest.fixture(scope="module")
def written(archive, tmp_path_factory):
    """Two classical rows and a network, at random folds."""
    out = tmp_path_factory.mktemp("out") / "folds.json"
    arguments = ["--data", str(archive), "--out", str(out), "--models", "idw,kriging,ensemble", "--seeds", "2"]
    hidden = out.with_name("hidden.txt")
    hidden.write_text("\n".join(sorted(simulate(days=1, stations=16, truth=False)[0].station.values)[:4]))
    assert (
        main(["evaluate", "station-folds", *arguments, "--steps", "2", "--hidden", str(hidden), "--audit", *DATES]) == 0
    )
    return out


def test_the_file_has_what_it_promises(written, archive):
    content = json.loads(written.read_text())
    assert {"protocol", "data", "seeds", "rows", "cases", "distance", "differences", "intervals", "published"} < set(
        content
    )
    assert (content["protocol"], content["data"], content["seeds"]) == ("station-folds", archive.name, 2)
    assert list(content["rows"]) == ["idw", "kriging", "ensemble"]
    for row in content["rows"].values():
        assert set(row) == {"mae", "rmse", "r2"}
        assert all(set(value) == {"mean", "sd"} for value in row.values())
    assert content["rows"]["kriging"]["mae"]["sd"] == 0 < content["rows"]["ensemble"]["mae"]["sd"]
    assert list(content["cases"]) == ["list"]
    assert len(content["cases"]["list"]["hidden"]) == 4
    assert sum(one["n"] for one in content["distance"]["all"].values()) == content["n"]["all"] > 100
    assert set(content["differences"]["all"]) == {"idw", "ensemble"}
    assert {"kriging", "kriging-gaussian", "ensemble"} <= set(content["intervals"]["all"])
    assert 0 <= content["intervals"]["all"]["ensemble"]["coverage"]["mean"] <= 1
    assert set(content["audit"]) == {"idw", "kriging", "ensemble"}
    assert content["settings"]["test"] == "2016-11-05/2016-11-06"
    assert {"torch", "verde", "scoringrules"} < set(content["versions"])
    assert str(written.parent) not in written.read_text()
    assert content["command"].startswith("aqnet evaluate station-folds --data ")
    assert "--audit true" in content["command"]


def test_a_second_run_takes_the_parts_up(written, archive, monkeypatch, caplog):
    before = json.loads(written.read_text())
    hidden = written.with_name("hidden.txt")
    dates = dict(zip(("train", "validation", "test"), DATES[1::2], strict=True))
    settings = EvaluationSettings(
        "station-folds", str(archive), str(written.with_name("again.json")), 2, "idw,kriging,ensemble"
    )
    settings = EvaluationSettings(**vars(settings) | dates | {"steps": 2, "hidden": str(hidden)})
    written.with_name("folds.json.parts").rename(written.with_name("again.json.parts"))
    with caplog.at_level(logging.INFO, "aqnet_pyg"):
        text = run_evaluation(settings)
    written.with_name("again.json.parts").rename(written.with_name("folds.json.parts"))
    assert not any(" took " in line for line in caplog.messages)
    after = json.loads(written.with_name("again.json").read_text())
    assert after["rows"] == before["rows"]
    assert "audit" not in after
    assert after["cost"] == before["cost"]
    assert after["cost"]["ensemble"]["processor_seconds"] > 0
    assert [line.split()[0] for line in text.splitlines()[1:-1]] == [
        *("mae", "rmse", "r2"),
        *("seconds", "processor_seconds", "memory_mib"),
    ]


def test_the_audit_stops_the_command_with_one_sentence(archive, tmp_path, monkeypatch, capsys):
    def finds(*arguments):
        raise InputError("audit: idw on list depends on the test hours.")

    monkeypatch.setattr(evaluation_runs, "audit", finds)
    out = tmp_path / "x.json"
    arguments = ["--data", str(archive), "--out", str(out), "--models", "idw", *DATES]
    assert main(["evaluate", "station-folds", *arguments, "--audit"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "aqnet: audit: idw on list depends on the test hours."
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "protocol: 'nothing' does not exist"),
        (["station-folds", "--models", "magic"], "models: 'magic'"),
        (["station-folds", "--seeds", "0"], "seeds: 0"),
        (["station-folds", "--jobs", "0"], "jobs: 0"),
        (["station-folds", "--data", "EMPTY"], "EMPTY has no file china_sites"),
        (["station-folds", "--data", "none"], "data: none does not exist"),
        (["station-folds"], "train: there are no default dates"),
        (["station-folds", *DATES[:4], "--test", "2016-11-03/2016-11-08"], "hours in common"),
        (["station-folds", *DATES[:4], "--test", "soon"], "test: 'soon'"),
        (["station-folds", *DATES, "--hidden", "none.txt"], "none.txt"),
        (["station-folds", *DATES, "--target", "rain"], "target: 'rain'"),
        (["station-folds", *DATES, "--source", "magic"], "source: there is no reader 'magic'"),
        (["long-term", *DATES], "no window of 336"),
        (["increase-beijing"], "Beijing.h5"),
    ],
)
def test_bad_input_is_one_line(arguments, message, archive, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("EMPTY").mkdir()
    data = [] if "--data" in arguments else ["--data", str(archive)]
    models = [] if "--models" in arguments else ["--models", "climatology" if arguments[0] == "long-term" else "idw"]
    assert main(["evaluate", *arguments, *data, *models]) == 1
    printed = capsys.readouterr().err.strip().splitlines()
    assert message in printed[-1]
    assert printed[-1].startswith("aqnet: ")


def test_a_missing_library_is_named(archive, tmp_path, monkeypatch, capsys):
    def missing(settings):
        raise ModuleNotFoundError("No module named 'transformers'", name="transformers")

    monkeypatch.setattr(evaluation_runs, "run_evaluation", missing)
    assert main(["evaluate", "station-folds", "--data", str(archive)]) == 1
    assert (
        capsys.readouterr().err
        == "aqnet: evaluate: transformers is not installed; use: pip install 'aqnet-pyg[evaluation]'.\n"
    )


def results():
    path = Path(__file__).parents[2] / "benchmarks" / "results.py"
    spec = importlib.util.spec_from_file_location("results", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_tables_are_made_of_the_file(written, tmp_path):
    out = tmp_path / "RESULTS.md"
    results().main([str(written), str(written), "--out", str(out)])
    text = out.read_text(encoding="utf-8")
    content = json.loads(written.read_text())
    assert content["command"] in text
    ensemble = content["rows"]["ensemble"]["mae"]
    assert f"| ensemble | {ensemble['mean']:.2f} ± {ensemble['sd']:.2f} |" in text
    assert f"{content['rows']['kriging']['rmse']['mean']:.2f} |" in text
    for title in ("by distance", "Difference to kriging", "90 % intervals", "Published", "Audit passed: 6 checks"):
        assert title in text
    assert text.count("## station-folds, ") == 1
    for line in text.splitlines():
        if line.startswith("|---"):
            width = line.count("|")
        elif line.startswith("| ") and not line.startswith(("| row", "| distance", "| published")):
            assert line.count("|") == width


def test_sections_of_other_commands_stay(written, tmp_path):
    out, other = tmp_path / "RESULTS.md", tmp_path / "other.json"
    content = json.loads(written.read_text())
    other.write_text(json.dumps(content | {"command": "aqnet evaluate another"}))
    results().main([str(written), str(other), "--out", str(out)])
    before = out.read_text(encoding="utf-8")
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(content | {"seeds": 77}))
    results().main([str(changed), "--out", str(out)])
    assert out.read_text(encoding="utf-8") == before.replace(f"Seeds: {content['seeds']}.", "Seeds: 77.", 1)


def test_masked_hours_are_tables_by_length_of_the_gap(archive, tmp_path):
    out = tmp_path / "gaps.json"
    arguments = ["--data", str(archive), "--out", str(out), "--models", "linear-in-time,kriging,space-time"]
    assert main(["evaluate", "gap-filling", *arguments, *DATES]) == 0
    content = json.loads(out.read_text())
    assert content["n"]["all"] == content["n"]["neighbors_measured"] + content["n"].get("no_neighbor_measured", 0) > 10
    assert {"hidden": [], "visible": 16}.items() <= content["cases"]["gaps"].items()
    results().main([str(out), "--out", str(tmp_path / "gaps.md")])
    text = (tmp_path / "gaps.md").read_text(encoding="utf-8")
    for title in (
        "Cases: 1; masked hours: ",
        "gap: 1h:",
        "neighbors measured:",
        "by length of the gap:",
        "| PriSTI | 9.03 |",
    ):
        assert title in text


def test_horizons_are_columns_of_one_table(written, tmp_path):
    content = json.loads(written.read_text())
    value = {"mean": 1.234, "sd": 0.0}
    metrics = {
        f"{m}_{d}_{p}": value
        for d in ("2d", "7d")
        for m in ("mae", "rmse", "r2")
        for p in ("station_visible", "hidden")
    }
    content |= {"rows": {"linear": metrics}, "distance": {}, "intervals": {}}
    (tmp_path / "a.json").write_text(json.dumps(content))
    results().main([str(tmp_path / "a.json"), "--out", str(tmp_path / "a.md")])
    text = (tmp_path / "a.md").read_text(encoding="utf-8")
    assert "| row | 2d MAE | 2d RMSE | 2d R² | 7d MAE | 7d RMSE | 7d R² |" in text
    assert "station, visible:" in text
    assert "| linear | 1.23 | 1.23 | 1.234 | 1.23 | 1.23 | 1.234 |" in text


def test_a_path_is_that_of_the_data(archive):
    with pytest.raises(InputError, match="path: here was given beside data: there"):
        run_evaluation(EvaluationSettings("station-folds", "there", path="here"))
    with pytest.raises(InputError, match="data: nowhere does not exist"):
        run_evaluation(EvaluationSettings("station-folds", path="nowhere"))
