"""The documentation site: ``make docs``. Builds without network."""

import importlib
import pkgutil
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

import aqnet_pyg

project = "aqnet_pyg"
author = "The aqnet_pyg developers"
copyright = author
version = release = aqnet_pyg.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = f"aqnet_pyg {release}"
html_show_copyright = False
maximum_signature_line_length = 100
toc_object_entries_show_parents = "hide"

myst_heading_anchors = 3
nb_execution_mode = "off"  # notebooks are kept with their outputs, and run in the tests

autodoc_default_options = {
    "members": True,
    "member-order": "bysource",
    "show-inheritance": True,
    # scikit-learn gives these to every estimator; nothing here routes metadata.
    "exclude-members": "set_fit_request, set_predict_request, set_score_request",
}
autodoc_typehints_format = "short"
napoleon_numpy_docstring = False
napoleon_use_ivar = True


def prepare(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Begin the text of a module with its name, and say what it passes on; keep napoleon from finding types in sentences."""
    if what in ("attribute", "data", "property"):
        lines[:0] = ["..", ""]  # or what stands before a colon in the first line is the type
    if "Returns:" in lines:  # likewise; an empty one comes before
        first = lines.index("Returns:") + 1
        lines[first] = f"    : {lines[first].strip()}"
    if what == "module":
        passed_on = [public for public in getattr(obj, "__all__", ()) if home(name, public)]
        if passed_on:
            links = (f":obj:`{public} <{home(name, public)}>`" for public in passed_on)
            lines += ["", f"To be imported from here: {', '.join(links)}."]
        lines[:0] = [f".. rubric:: {name}", ""]


@cache
def modules() -> dict[str, ModuleType]:
    """All modules of the package by name."""
    names = (module.name for module in pkgutil.walk_packages(aqnet_pyg.__path__, "aqnet_pyg."))
    return {"aqnet_pyg": aqnet_pyg} | {name: importlib.import_module(name) for name in names}


@cache
def home(module: str, name: str) -> str | None:
    """The full name of something public that is found in a module but defined in another, where it is described."""
    found = getattr(modules()[module], name, None)
    for other, content in modules().items():
        if other != module and name in getattr(content, "__all__", ()) and getattr(content, name) is found:
            passed_on = hasattr(content, "__path__") and getattr(found, "__module__", None) != other
            if not passed_on:
                return f"{other}.{name}"
    return None


def find_home(app: Sphinx, env: Any, node: Any, contnode: nodes.Node) -> nodes.Node | None:
    """A reference to a name that a module only uses or passes on goes to where it is defined."""
    module, _, name = node.get("reftarget", "").rpartition(".")
    module = module or node.get("py:module") or ""
    if node.get("refdomain") != "py" or module not in modules():
        return None
    target = home(module, name)
    if target is None:
        return None
    return env.domains["py"].resolve_xref(env, node["refdoc"], app.builder, node["reftype"], target, node, contnode)


def fetch_notebooks(app: Sphinx) -> None:
    """Copy the tutorials to where Sphinx looks, with links that hold there."""
    here = Path(app.srcdir, "tutorials")
    for old in here.glob("*.ipynb"):
        old.unlink()
    for notebook in Path(app.srcdir).parent.glob("tutorials/*.ipynb"):
        text = notebook.read_text(encoding="utf-8").replace("](../docs/", "](../")
        (here / notebook.name).write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("builder-inited", fetch_notebooks)
    app.connect("autodoc-process-docstring", prepare, priority=400)  # before napoleon
    app.connect("missing-reference", find_home)
