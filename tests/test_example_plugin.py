"""The templates of the example package pass the tests of their kinds, as the package itself would run them."""

import importlib.util
import sys
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parent.parent / "tutorials" / "example_plugin"
MODULES = {}


def classes():
    """The test classes of the package. It is not left importable: another test installs it."""
    sys.path.insert(0, str(PLUGIN))
    try:
        spec = importlib.util.spec_from_file_location("test_aqnet_example", PLUGIN / "tests" / "test_aqnet_example.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(PLUGIN))
        for name in [name for name in sys.modules if name.split(".")[0] == "aqnet_example"]:
            MODULES[name] = sys.modules.pop(name)
    return {name: value for name, value in vars(module).items() if name.startswith("Test")}


CLASSES = classes()
globals().update(CLASSES)


@pytest.fixture(autouse=True)
def imported(monkeypatch):
    """PyG looks for the modules of what it is given."""
    for name, module in MODULES.items():
        monkeypatch.setitem(sys.modules, name, module)


def test_each_template_has_tests():
    templates = {path.stem for path in (PLUGIN / "aqnet_example").glob("*.py")} - {"__init__"}
    assert len(CLASSES) == len(templates)
