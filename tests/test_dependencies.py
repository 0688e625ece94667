"""Every package that is imported is a hard dependency, or optional and installed by an extra."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import aqnet_pyg
from aqnet_pyg.errors import EXTRAS

PACKAGE = Path(aqnet_pyg.__file__).parent
PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]

DISTRIBUTIONS = {
    "sklearn": "scikit-learn",
    "torch_cluster": "torch-cluster",
    "torch_geometric": "torch-geometric",
    "yaml": "pyyaml",
}
"""Names of packages on PyPI where they differ from the name that is imported."""

NOT_ON_PYPI = {"pyg_lib"}
"""Used where somebody installed it."""

OPTIONAL_MODULES = {
    "baselines/patchtst.py": "evaluation",
    "evaluation/interval_scores.py": "evaluation",
    "evaluation/jobs.py": "evaluation",
    "evaluation/protocols/increase_beijing.py": "evaluation",
    "graph/barriers.py": "graph",
    "graph/geojson.py": "graph",
    "graph/networkx_graphs.py": "graph",
    "graph/regions.py": "graph",
    "integrations/graphgym.py": "graphgym",
    "integrations/snapshot_gridder.py": "verde",
    "io/zarr_stores.py": "dask",
    "report/": "report",
    "testing/": "test",
}
"""Modules and wings that cannot be imported without an extra. Elsewhere optional packages are imported in functions."""


def required(requirements):
    """The names of distributions, with those of the extras of our own that they name."""
    names = set()
    for requirement in requirements:
        name, extras = re.match(r"([\w.-]+)(?:\[([\w,]+)\])?", requirement).groups()
        if name == "aqnet-pyg":
            for extra in extras.split(","):
                names |= required(PROJECT["optional-dependencies"][extra])
        else:
            names.add(name.lower())
    return names


HARD = required(PROJECT["dependencies"])


def imports(path):
    """Third-party packages that a module imports, and whether it does when it is itself imported."""

    def visit(node, at_import):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                names = [alias.name for alias in child.names]
            elif isinstance(child, ast.ImportFrom) and child.level == 0:
                names = [child.module]
            else:
                names = []
            for name in names:
                top = name.partition(".")[0]
                if top not in sys.stdlib_module_names and top != "aqnet_pyg":
                    yield top, at_import
            only_types = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
            if not only_types:
                function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                yield from visit(child, at_import and not function)

    return set(visit(ast.parse(path.read_text(encoding="utf-8")), True))


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_are_dependencies(path):
    module = path.relative_to(PACKAGE).as_posix()
    extras = [extra for where, extra in OPTIONAL_MODULES.items() if module == where or module.startswith(where)]
    allowed = required(f"aqnet-pyg[{extra}]" for extra in extras)
    for package, at_import in imports(path):
        distribution = DISTRIBUTIONS.get(package, package).lower()
        if package in NOT_ON_PYPI or distribution in HARD:
            continue
        assert package in EXTRAS, f"{package}: neither a dependency in pyproject.toml nor in aqnet_pyg.errors.EXTRAS"
        if at_import:
            assert distribution in allowed, f"{package} is optional; import it in the function that needs it"


def test_no_dependency_is_unused():
    used = {package for path in PACKAGE.rglob("*.py") for package, _ in imports(path)}
    assert HARD - {"h5netcdf"} <= {
        DISTRIBUTIONS.get(package, package) for package in used
    }  # xarray writes NetCDF with it
    assert set(EXTRAS) <= used


@pytest.mark.parametrize(("package", "extra"), EXTRAS.items())
def test_extras_install_what_they_are_named_for(package, extra):
    assert DISTRIBUTIONS.get(package, package) in required([f"aqnet-pyg[{extra}]"])


def test_reading_training_and_predicting_need_no_optional_package():
    wings = (
        "readers",
        "simulation",
        "levels",
        "baselines",
        "graph",
        "datasets",
        "nn",
        "inference",
        "ensembles",
        "training",
    )
    missing = sorted(
        set(EXTRAS) - {"h5py", "jinja2", "joblib", "networkx", "requests"}
    )  # dependencies need these themselves
    code = f"import sys; sys.modules.update(dict.fromkeys({missing})); import "
    subprocess.run([sys.executable, "-c", code + ", ".join(f"aqnet_pyg.{wing}" for wing in wings)], check=True)
