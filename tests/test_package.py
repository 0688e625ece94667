"""What the package promises as a whole: light imports, documented names, code in the README that runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import aqnet_pyg

ROOT = Path(__file__).parent.parent
LIGHT = [f"aqnet_pyg{name}" for name in ("", ".stations", ".readers", ".simulation", ".sources", ".baselines")]


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    "module",
    [
        "aqnet_pyg",
        "aqnet_pyg.stations",
        "aqnet_pyg.readers",
        "aqnet_pyg.simulation",
        "aqnet_pyg.baselines",
        "aqnet_pyg.commands.sources",
        "aqnet_pyg.ensembles.tuning",
        "aqnet_pyg.evaluation.harness",
        "aqnet_pyg.inference.predictor",
        "aqnet_pyg.training.checkpoint",
    ],
)
def test_opening_files_costs_no_deep_learning(module):
    assert python(f"import sys, {module}; print('torch' in sys.modules)") == "False"


def test_krigings_need_no_pytorch_geometric():
    modules = "aqnet_pyg.training.fitting, aqnet_pyg.inference.reanalysis, aqnet_pyg.commands.write_results"
    found = "[name in sys.modules for name in ('torch_geometric', 'lightning')]"
    assert python(f"import sys, {modules}; print({found})") == "[False, False]"


def test_every_name_is_there():
    for name in aqnet_pyg.__all__:
        assert getattr(aqnet_pyg, name) is not None
    with pytest.raises(AttributeError, match="nothing_such"):
        _ = aqnet_pyg.nothing_such


def test_versions_agree():
    from importlib.metadata import version

    assert aqnet_pyg.__version__ == version("aqnet-pyg")
    assert f"version: {aqnet_pyg.__version__}\n" in (ROOT / "CITATION.cff").read_text()


def blocks():
    """Python of the README and the documentation; what cannot run here stands in blocks without a language.

    The gallery needs a run, see ``test_site.py``.
    """
    pages = [ROOT / "README.md", *sorted(set((ROOT / "docs").glob("*.md")) - {ROOT / "docs" / "gallery.md"})]
    found = [(page, re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.DOTALL)) for page in pages]
    return [
        pytest.param(code, id=f"{page.stem}-{number}") for page, codes in found for number, code in enumerate(codes)
    ]


@pytest.mark.parametrize("code", blocks())
def test_the_python_of_the_documentation_runs(code, tmp_path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)
    exec(compile(code, request.node.name, "exec"), {})
