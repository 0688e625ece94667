"""The command line itself: parsing options is fast, and every command of the table exists."""

import subprocess
import sys

import pytest

import aqnet_pyg.commands
from aqnet_pyg.commands import main as command_line

HEAVY = {"torch", "torch_geometric", "lightning", "matplotlib", "sklearn", "verde"}

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


@pytest.mark.parametrize("name", command_line.COMMANDS)
def test_each_command_has_settings_and_a_function(name):
    settings, function = command_line.COMMANDS[name]
    assert settings in aqnet_pyg.commands.__all__
    assert callable(command_line._load(function))
