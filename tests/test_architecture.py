"""The layout of the package: few modules on the top level, and imports that only point downward."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import aqnet_pyg

PACKAGE = Path(aqnet_pyg.__file__).parent

LAYERS = (
    {"io"},
    {"levels"},
    {"archives", "readers"},
    {"simulation"},
    {"baselines"},
    {"graph"},
    {"datasets"},
    {"nn"},
    {"inference"},
    {"ensembles"},
    {"training"},
    {"evaluation"},
    {"report"},
    {"integrations"},
    {"commands"},
)
"""Wings from the bottom up. Below them are the modules of the top level."""

BESIDE = {"testing": "evaluation"}
"""Wings that no other imports, and the highest one that they may import."""

PARTS_OF_READERS = ("files", "assembly", "tables", "fields")
"""Parts of the readers from the bottom up. Above them are the readers of archives; all use :data:`COMMON_TO_READERS`."""

COMMON_TO_READERS = {"aqnet_pyg.readers.read_report", "aqnet_pyg.readers.conventions"}

LAYER = {wing: number for number, wings in enumerate(LAYERS, start=1) for wing in wings}
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}


def imports(name):
    """The modules of the package that a module imports, also inside functions and for type checkers."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative import"
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                found.add(submodule if submodule in MODULES else node.module)
    return {module for module in found if module in MODULES}


def wing(module):
    """The subpackage of a module; empty for the modules on the top level."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and MODULES[".".join(parts[:2])].name == "__init__.py" else ""


def test_few_modules_on_the_top_level():
    assert len(list(PACKAGE.glob("*.py"))) <= 12


def test_every_wing_has_a_layer():
    assert {wing(module) for module in MODULES} == {"", *LAYER, *BESIDE}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_point_downward(module):
    here = wing(module)
    for other in imports(module):
        there = wing(other)
        if there == here:
            continue
        assert there not in BESIDE, f"{module} imports {other}"
        if here in BESIDE:
            assert not there or LAYER[there] <= LAYER[BESIDE[here]], f"{module} imports {other}"
        else:
            assert not there or (here and LAYER[there] < LAYER[here]), f"{module} imports {other}"


@pytest.mark.parametrize("part", PARTS_OF_READERS)
def test_parts_of_the_readers(part):
    below = PARTS_OF_READERS[: PARTS_OF_READERS.index(part) + 1]
    modules = [name for name in MODULES if name.startswith(f"aqnet_pyg.readers.{part}.")]
    assert len(modules) > 5
    for module in modules:
        for other in imports(module):
            if other.startswith("aqnet_pyg.readers"):
                assert other in COMMON_TO_READERS or other.split(".")[2] in below, f"{module} imports {other}"


def test_no_circle_of_imports():
    # A wing's __init__ gathers the names of its modules, so it is no module of its own here.
    graph = {name: imports(name) for name, path in MODULES.items() if path.name != "__init__.py"}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
