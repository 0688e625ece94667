"""The documentation site: ``make docs``. Builds without network."""

import ast
import importlib
import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

import aqnet_pyg

project = "aqnet_pyg"
author = "The aqnet_pyg developers"
copyright = author
version = release = aqnet_pyg.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_math_renderer = "mathml"  # browsers display it themselves; MathJax would be loaded from another site
html_title = f"aqnet_pyg {release}"
html_show_copyright = False
html_search_scorer = str(Path(__file__).parent / "search_scorer.js")
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
    """Take the text of a constant from the module that defines it, and keep napoleon from finding types in sentences."""
    if what == "data" and lines and (text := type(obj).__doc__) and lines[0] == text.splitlines()[0]:
        lines[:] = constant_docstring(name).splitlines()
    if what in ("attribute", "data", "property"):
        lines[:0] = ["..", ""]  # or the text before a colon in the first line is the type
    if "Returns:" in lines:  # likewise; an empty one comes before
        first = lines.index("Returns:") + 1
        lines[first] = f"    : {lines[first].strip()}"


def constant_docstring(name: str) -> str:
    """The text below a constant that a package passes on, in the module of the package that defines it."""
    package, _, constant = name.rpartition(".")
    for path in Path(importlib.import_module(package).__file__ or "").parent.rglob("*.py"):
        for node, after in pairwise(ast.parse(path.read_text("utf-8")).body):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if any(getattr(target, "id", None) == constant for target in targets) and isinstance(after, ast.Expr):
                return ast.literal_eval(after.value)
    return ""


@cache
def documented() -> dict[int, str]:
    """Full names on the API pages, by the identity of the class, function or constant."""
    pages = Path(__file__).parent.glob("api/*.rst")
    names = [
        name
        for page in pages
        for name in re.findall(r"^\.\. auto(?!module)\w+:: (\S+)$", page.read_text("utf-8"), re.M)
    ]
    return {id(found): name for name in names if (found := find(name)) is not None}


def find(name: str) -> Any:
    """The object with a full name, or None."""
    module, _, attribute = name.rpartition(".")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, ValueError):  # an attribute of a class
        return getattr(find(module), attribute, None) if module else None
    except AttributeError:
        return None


def find_page(app: Sphinx, env: Any, node: Any, contnode: nodes.Node) -> nodes.Node | None:
    """Link a name by the module that defines it, or by the package, to the public name under which it is documented."""
    target = node.get("reftarget", "")
    if node.get("refdomain") != "py" or not target.startswith("aqnet_pyg."):
        return None
    name, attribute = target, ""
    while name and id(find(name)) not in documented():  # from a method to its class
        name, _, last = name.rpartition(".")
        attribute = f".{last}{attribute}"
    if not name:
        return None
    public = documented()[id(find(name))] + attribute
    return env.domains["py"].resolve_xref(env, node["refdoc"], app.builder, node["reftype"], public, node, contnode)


def fetch_notebooks(app: Sphinx) -> None:
    """Copy the tutorials to where Sphinx looks, with links that hold there."""
    here = Path(app.srcdir, "tutorials")
    for old in here.glob("*.ipynb"):
        old.unlink()
    for notebook in Path(app.srcdir).parent.glob("tutorials/*.ipynb"):
        text = notebook.read_text(encoding="utf-8").replace("](../docs/", "](../")
        (here / notebook.name).write_text(text, encoding="utf-8")


def conventions(app: Sphinx, page: str, source: list[str]) -> None:
    """Insert the tables of the conventions of archives and of model fields where a page has a line for them."""
    for line, table in (("CONVENTIONS OF THE ARCHIVES", archives), ("CONVENTIONS OF MODEL FIELDS", model_fields)):
        if line in source[0]:
            source[0] = source[0].replace(line, table())


def archives() -> str:
    """Table of the conventions of archives."""
    from aqnet_pyg.readers.conventions import CONVENTIONS

    heads = (
        "source",
        "times label",
        "zone",
        "averaging period",
        "units",
        "gases at",
        "missing",
        "flags",
        "instruments",
    )
    rows = [
        (
            f"`{name}`",
            f"{one.label} {''.join(f'[{number}]({url}) ' for number, url in enumerate(one.sources, start=1))}",
            one.zone,
            one.resolution,
            one.units,
            "" if one.temperature is None else f"{one.temperature:g} °C",
            one.missing,
            one.flags,
            one.instruments,
        )
        for name, one in CONVENTIONS.items()
    ]
    return markdown_table(heads, rows)


def model_fields() -> str:
    """Table of the conventions of model fields."""
    from aqnet_pyg.readers.fields.conventions import CF, FIELD_CONVENTIONS

    def variables(names: tuple[str, ...]) -> str:
        return " or ".join(f"`{name}`" for name in names)

    rows = []
    for one in (*FIELD_CONVENTIONS.values(), CF):
        sums = {name: " + ".join(f"`{term}`" for term in formula) for name, formula in one.formulas.items()}
        named = {name: variables(names) for name, names in one.variables.items()} | sums
        links = "".join(f"[{number}]({url.split()[0]}) " for number, url in enumerate(one.sources, start=1))
        others = ", ".join(named[name] for name in ("pm10", "so2", "no2", "o3", "co") if name in named)
        level = f"first of `{one.surface}`" if one.surface else "the only one"
        rows.append(
            (
                f"{one.title} {links}",
                one.recognized,
                named.get("pm25", "by standard name or name"),
                others,
                one.time,
                level,
            )
        )
    return markdown_table(("model", "recognized by", "PM2.5", "PM10 and gases", "times", "level"), rows)


def markdown_table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Table in Markdown."""
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|").strip() for cell in line) + " |" for line in lines)


def formula(translator: Any, node: nodes.math | nodes.math_block) -> None:
    """Write a formula as MathML."""
    block = isinstance(node, nodes.math_block)
    tag = "div" if block else "span"
    text = tex2mathml(node.astext(), as_block=block)
    translator.body.append(f'<{tag} class="math notranslate nohighlight">{text}</{tag}>')
    raise nodes.SkipNode


def check_offline(app: Sphinx, exception: Exception | None) -> None:
    """Refuse pages that load a script, style, font or picture from another site."""
    if exception is None and (found := loaded_elsewhere(Path(app.outdir))):
        raise ExtensionError(f"{len(found)} files of the site are loaded from another one: {'; '.join(found[:5])}")


def loaded_elsewhere(site: Path) -> list[str]:
    """Files that the pages and styles of a site load from another site, with the page."""
    tag = r"<(?:script|link|img|iframe|source|object|embed)\b(?![^>]*\brel=.?(?:canonical|alternate))[^>]*?"
    attribute = r"\b(?:src|href|data)=.?((?:https?:)?//[^\s\"'>]+)"
    style = r"(?:\burl\(|@import )[\"']?((?:https?:)?//[^\s\"')]+)"
    loads = re.compile(f"{tag}{attribute}|{style}")
    return [
        f"{path.relative_to(site)}: {one or other}"
        for path in sorted(site.rglob("*"))
        if path.suffix in (".html", ".css")
        for one, other in loads.findall(path.read_text("utf-8"))
    ]


def setup(app: Sphinx) -> None:
    """Connect the functions above."""
    app.add_html_math_renderer("mathml", (formula, None), (formula, None))
    app.connect("build-finished", check_offline)
    app.connect("builder-inited", fetch_notebooks)
    app.connect("source-read", conventions)
    app.connect("autodoc-process-docstring", prepare, priority=400)  # before napoleon
    app.connect("missing-reference", find_page)
