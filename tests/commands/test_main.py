"""The command line itself: parsing options is fast, and every command of the table exists."""

import os
import subprocess
import sys
from importlib.metadata import version

import h5py
import pytest
from station_samples import random_station_data

import aqnet_pyg.commands
from aqnet_pyg.commands import main as command_line
from aqnet_pyg.readers import write_netcdf

HEAVY = {"torch", "torch_geometric", "lightning", "matplotlib", "sklearn", "verde", "gstools"}

PARSE = """
import sys
from aqnet_pyg.commands.main import main
try:
    main({arguments!r})
except SystemExit as end:
    assert end.code == {status}
print("modules:", *sys.modules)
"""


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--help"], 0),
        (["reanalyze", "--help"], 0),
        (["evaluate", "--help"], 0),
        (["train", "simulated", "--steps", "x"], 2),
    ],
)
def test_help_and_options_import_nothing_heavy(arguments, status):
    code = PARSE.format(arguments=arguments, status=status)
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    modules = printed.rsplit("modules:", 1)[1].split()
    assert "jsonargparse" in modules
    assert not HEAVY & set(modules)


REFUSE = """
import sys
from aqnet_pyg.commands.main import main
for command in {commands!r}:
    assert main(command.split()) == 1, command
    print(command, *{heavy!r} & set(sys.modules), sep=", ")
"""

REFUSED = [
    ("reanalyze nosuch --path .", "there is no reader 'nosuch'"),
    ("reanalyze bjmemc --path nothing", "nothing"),
    ("reanalyze netcdf --path text.csv", "text.csv"),
    ("reanalyze simulated --task forecast --horizon 0", "horizon: 0"),
    ("reanalyze netcdf --path archive.nc --target o4", "target: 'o4'"),
    ("reanalyze netcdf --path archive.nc --history 500", "history: a window takes 500"),
    ("reanalyze netcdf --path archive.nc --spacing=-1", "spacing"),
    ("reanalyze netcdf --path archive.nc --hidden 2", "fraction"),
    ("reanalyze netcdf --path archive.nc --checkpoint nothing.ckpt", "no such checkpoint"),
    ("reanalyze netcdf --path archive.nc --checkpoint text.csv", "not a checkpoint"),
    ("reanalyze text.csv", "name its format first, such as table --path text.csv"),
    ("reanalyze tabel --path text.csv", "did you mean 'table'?"),
    ("evaluate gapfilling", "did you mean 'gap-filling'?"),
    ("train netcdf --path nothing", "nothing"),
    ("train netcdf --path archive.nc --target o4", "target: 'o4'"),
    ("fill netcdf --path nothing", "nothing"),
    ("fill netcdf --path archive.nc --pollutants o4", "pollutants: 'o4'"),
    ("fill netcdf --path archive.nc --checkpoint nothing.ckpt", "no such checkpoint"),
    ("info netcdf --path nothing", "nothing"),
    ("graph netcdf --path nothing", "nothing"),
    ("graph netcdf --path archive.nc --hidden 2", "fraction"),
    ("alerts nothing", "nothing"),
    ("report nothing", "nothing"),
    ("fetch nosuch --start 2023-01-01 --end 2023-01-02", "nosuch"),
    ("simulate nosuch x", "format: 'nosuch'"),
    ("evaluate nosuch", "protocol: 'nosuch'"),
    ("evaluate station-folds --seeds 0", "seeds: 0"),
    ("evaluate station-folds --models nosuch", "models: 'nosuch'"),
    ("evaluate long-term --models nosuch", "models: 'nosuch'"),
    ("evaluate gap-filling --models nosuch", "models: 'nosuch'"),
    ("evaluate station-folds --data nothing", "data: nothing"),
    ("evaluate first-guess --data nothing", "data: nothing"),
]
"""Input that is refused, and part of the message."""


def test_input_is_refused_before_anything_heavy_is_imported(tmp_path):
    (tmp_path / "text.csv").write_text("no numbers\n")
    write_netcdf(random_station_data(stations=12, hours=24 * 8), tmp_path / "archive.nc")
    code = REFUSE.format(commands=[command for command, _ in REFUSED], heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines() == [command for command, _ in REFUSED]
    errors = [line for line in done.stderr.splitlines() if line.startswith("aqnet: ")]
    for (command, message), error in zip(REFUSED, errors, strict=True):
        assert message in error, command


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [(["reanalyse", "simulated"], "'reanalyze'"), (["reanalyze", "simulated", "--spaceing", "1"], "'--spacing'")],
)
def test_similar_commands_and_options_are_suggested(arguments, meant, capsys):
    with pytest.raises(SystemExit):
        command_line.main(arguments)
    assert f"(did you mean {meant}?)" in capsys.readouterr().err


def test_the_version(capsys):
    with pytest.raises(SystemExit) as stopped:
        command_line.main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"aqnet_pyg {version('aqnet-pyg')}\n"


@pytest.mark.parametrize("name", command_line.COMMANDS)
def test_each_command_has_settings_and_a_function(name):
    settings, function = command_line.COMMANDS[name]
    assert settings in aqnet_pyg.commands.__all__
    assert callable(command_line._load(function))


def test_a_damaged_file_is_one_line(tmp_path):
    """Of an attribute of a type that h5py does not know, h5netcdf leaves an object whose deletion fails."""
    path = tmp_path / "damaged.nc"
    with h5py.File(path, "w") as file:
        h5py.h5a.create(file.id, b"_nc3_strict", h5py.h5t.UNIX_D32LE, h5py.h5s.create(h5py.h5s.SCALAR))
    command = [sys.executable, "-m", "aqnet_pyg.commands.main", "info", "netcdf", "--path", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"aqnet: {path}: damaged")


@pytest.mark.parametrize("given", [None, "2"])
def test_threads_of_linear_algebra_do_not_spin(given):
    """One thread, unless the user says otherwise, set before numpy is imported."""
    code = "import os, sys; from aqnet_pyg.commands.main import main; assert 'numpy' not in sys.modules\n"
    code += "try:\n    main(['--version'])\nexcept SystemExit:\n    print(os.environ['OPENBLAS_NUM_THREADS'])"
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    environment |= {} if given is None else {"OPENBLAS_NUM_THREADS": given}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines()[-1] == (given or "1")
