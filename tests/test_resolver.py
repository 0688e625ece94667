"""Parts of other packages, by their names."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from station_samples import random_station_data

from aqnet_pyg.commands.main import main
from aqnet_pyg.errors import InputError
from aqnet_pyg.nn import AQNet, ClassicalKNN
from aqnet_pyg.resolver import build, find, lazy_names
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.training.checkpoint import load_model, save_model
from aqnet_pyg.windows import Window

PLUGIN = Path(__file__).parent.parent / "tutorials" / "example_plugin"


def a_part(channels, k, depth=2):
    """For the tests."""
    return channels, k, depth


def test_a_part_is_given_what_it_takes():
    offered = {"channels": 8, "k": 4, "window": Window(12)}
    assert build(f"{__name__}.a_part", "model.head", offered) == (8, 4, 2)
    part = {"class_path": f"{__name__}.a_part", "init_args": {"depth": 3, "k": 1}}
    assert build(part, "model.head", offered) == (8, 1, 3)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("nothing.such", "model.head: 'nothing.such' cannot be imported"),
        (f"{__name__}.nothing_such", "cannot be imported"),
        (f"{__name__}.PLUGIN", "give the path of a class"),
        ({"path": "a"}, "class_path and init_args"),
        ({"class_path": f"{__name__}.a_part", "init_args": {"width": 1}}, "cannot be created"),
        (f"{__name__}.a_part", "missing a required argument: 'k'"),
    ],
)
def test_what_cannot_be_made_is_refused(part, message):
    with pytest.raises(InputError, match=message):
        build(part, "model.head", {"channels": 8})


def test_paths_are_imported():
    assert find("aqnet_pyg.nn.AQNet", "x") is AQNet


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The example package, installed as a user would, into a folder of its own."""
    target = tmp_path_factory.mktemp("site")
    source = tmp_path_factory.mktemp("source")
    for path in PLUGIN.rglob("*"):  # so that building leaves nothing in the checkout
        if path.suffix in (".py", ".toml", ".md"):
            copy = source / path.relative_to(PLUGIN)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--target", str(target), str(source)], check=True, capture_output=True)
    sys.path.insert(0, str(target))
    yield target
    sys.path.remove(str(target))
    for name in [name for name in sys.modules if name.split(".")[0] == "aqnet_example"]:
        del sys.modules[name]


def tabs(path):
    data = random_station_data(stations=20, hours=24 * 10)
    table = data.pm25.to_dataframe().reset_index()[["station", "time", "longitude", "latitude", "pm25"]]
    table.to_csv(path, sep="\t", index=False)
    return data


def test_encoder_interpolator_head_loss_and_reader_of_a_package_work_from_yaml(installed, tmp_path, capsys):
    tabs(tmp_path / "mine.tsv")
    parts = {
        "encoder": {"class_path": "aqnet_example.Convolutions", "init_args": {"width": 5}},
        "interpolator": "aqnet_example.GaussianKNN",
        "head": "aqnet_example.NoHead",
        "loss": {"class_path": "torch.nn.HuberLoss", "init_args": {"delta": 1.0}},
    }
    (tmp_path / "parts.yaml").write_text(json.dumps({"network": parts}))  # JSON is YAML
    common = ["aqnet_example.read_tabs", "--path", str(tmp_path / "mine.tsv"), "--config", str(tmp_path / "parts.yaml")]
    small = ["--history", "12", "--margin", "2", "--k", "4", "--steps", "2", "--out", str(tmp_path / "run")]
    assert main(["train", *common, *small]) == 0, capsys.readouterr().err
    given = {name: part for name, part in parts.items() if name != "loss"}
    model = load_model(tmp_path / "run" / "aqnet.ckpt", **given).network
    assert type(model.encoder).__name__ == "Convolutions"
    assert model.encoder.convolve.kernel_size == (5,)
    assert type(model.interpolator).__name__ == "GaussianKNN"
    assert isinstance(model.interpolator, ClassicalKNN)
    checkpoint = ["--checkpoint", str(tmp_path / "run" / "aqnet.ckpt"), "--spacing", "2", "--out", str(tmp_path / "b")]
    assert main(["reanalyze", *common, *checkpoint]) == 0, capsys.readouterr().err
    assert (tmp_path / "b" / "grid.nc").exists()
    assert main(["reanalyze", *common[:3], *checkpoint]) == 1
    assert "interpolator" in capsys.readouterr().err


def test_a_part_by_name_from_the_command_line(installed, tmp_path, capsys):
    tabs(tmp_path / "mine.tsv")
    arguments = ["aqnet_example.read_tabs", "--path", str(tmp_path / "mine.tsv"), "--out", str(tmp_path / "run")]
    small = ["--history", "12", "--margin", "2", "--k", "4", "--steps", "2"]
    assert main(["train", *arguments, *small, "--network.interpolator", "aqnet_example.GaussianKNN"]) == 0
    assert main(["train", *arguments, *small, "--network.interpolator", "aqnet_example.Nothing"]) == 1
    assert "interpolator: 'aqnet_example.Nothing' cannot be imported" in capsys.readouterr().err


def test_a_baseline_of_a_package_is_a_row(installed, tmp_path):
    from evaluation.evaluation_data import small_case

    from aqnet_pyg.evaluation.protocol import MethodOptions
    from aqnet_pyg.evaluation.rows import reconstruction

    case = small_case()
    method = reconstruction("aqnet_example.Median", MethodOptions(tmp_path)).fit(
        case.training_data(), case.validation_data(), "pm25", 0
    )
    value = method.predict(case.measured(), case.targets, case.hours).value
    assert np.isfinite(value).all()
    assert (value[:, 0] == value[:, 1]).all()


def test_parts_by_name_are_saved_and_given_again(tmp_path):
    data = random_station_data()
    part = {"class_path": "aqnet_pyg.nn.ClassicalKNN", "init_args": {"weights": None}}
    model = AQNet(Window(12, margin=2), Scaler.fit(data, ["pm25"]), k=4, channels=8, head="aqnet_pyg.nn.NoDeparture")
    save_model(model, tmp_path / "a.ckpt")
    assert type(load_model(tmp_path / "a.ckpt", head="aqnet_pyg.nn.NoDeparture").network.head).__name__ == "NoDeparture"
    with pytest.raises(InputError, match="head"):
        load_model(tmp_path / "a.ckpt", interpolator=part)


def test_names_are_imported_when_they_are_first_used():
    attribute = lazy_names("aqnet_pyg", {"Window": "windows", "Nothing": "nothing"})
    assert attribute("Window") is Window
    with pytest.raises(ModuleNotFoundError):
        attribute("Nothing")
    with pytest.raises(AttributeError, match="'aqnet_pyg' has no attribute 'other'"):
        attribute("other")
