"""Public names are documented, with shapes of arrays, and the site lists exactly these."""

import ast
import importlib
import inspect
import re
from dataclasses import is_dataclass
from itertools import pairwise
from pathlib import Path

import pytest

import aqnet_pyg

PACKAGE = Path(aqnet_pyg.__file__).parent
ROOT = Path(__file__).parent.parent
API = ROOT / "docs" / "api"
SHAPE = re.compile(r"shape|scalar|\[[\w.…]+(, [\w .…+*]+)*\]|``\([^`]*\)``", re.IGNORECASE)
WINGS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
TOP_LEVEL = sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem not in ("__init__", "text"))
"""Modules below the wings; ``text`` only helps to word messages."""


def module_names():
    """Names of all modules."""
    paths = (path.relative_to(PACKAGE.parent).with_suffix("") for path in PACKAGE.rglob("*.py"))
    names = (".".join(path.parts).removesuffix(".__init__") for path in paths)
    return sorted(name for name in names if ".networks." not in name)


def defined(module):
    """The names without underscore that a module defines, and their values."""
    names = {statement_name(node) for node in tree(module).body} - {None}
    return {name: getattr(module, name) for name in names if not name.startswith("_") and hasattr(module, name)}


def tree(module):
    return ast.parse(Path(module.__file__).read_text(encoding="utf-8"))


def statement_name(node):
    if isinstance(node, ast.Assign):
        return getattr(node.targets[0], "id", None)
    if isinstance(node, ast.AnnAssign):
        return node.target.id
    return getattr(node, "name", None)


def with_methods(module):
    """Public classes, functions and methods: full name, object, parameters, documentation that its class gives besides."""
    for name, value in defined(module).items():
        if inspect.isclass(value):
            yield name, value, parameters(value), ""
            for method, raw in vars(value).items():
                function = getattr(raw, "__func__", getattr(raw, "fget", raw))
                ours = inspect.isfunction(function) and function.__module__ == module.__name__  # PyG generates some
                if not ours or method.startswith(("_", "test_")) or takes_over(value, method):
                    continue
                if function.__code__.co_filename != module.__file__:  # written by PyG for this class
                    continue
                given = list(inspect.signature(function).parameters.values())[not isinstance(raw, staticmethod) :]
                yield f"{name}.{method}", function, given, value.__doc__
        elif inspect.isfunction(value):
            yield name, value, list(inspect.signature(value).parameters.values()), ""


def parameters(cls):
    """Parameters of a class itself: a dataclass leaves the fields of its base to the base."""
    if issubclass(cls, tuple):
        return list(inspect.signature(cls).parameters.values())
    if "__init__" not in vars(cls) or getattr(cls, "_is_protocol", False):
        return []
    given = list(inspect.signature(cls.__init__).parameters.values())[1:]
    return [one for one in given if one.name in inspect.get_annotations(cls)] if is_dataclass(cls) else given


def takes_over(cls, method):
    """Whether a base class documents the method."""
    return any(getattr(vars(base).get(method), "__doc__", None) for base in cls.__mro__[1:])


def described(doc):
    """Names in the section ``Args`` of a docstring."""
    section = re.search(r"^Args:\n((?: +.*\n|\n)*)", inspect.cleandoc(doc or "") + "\n", re.MULTILINE)
    return re.findall(r"^ {4}\*{0,2}(\w+):", section[1], re.MULTILINE) if section else []


def described_elsewhere(doc):
    """Whether a docstring refers to another for the arguments."""
    return re.search(r"(\bas (in |for )?|other arguments see ):(func|meth|class):`", " ".join(doc.split()))


def is_array(kind):
    return isinstance(kind, str) and re.search(r"\b(np\.ndarray|Tensor|Coordinates)\b", kind) and "Callable" not in kind


@pytest.fixture(params=module_names())
def module(request):
    return importlib.import_module(request.param)


def test_functions_and_classes_have_docstrings(module):
    assert module.__doc__
    assert not [name for name, thing, *_ in with_methods(module) if not thing.__doc__]


@pytest.mark.parametrize("wing", WINGS)
def test_public_constants_have_docstrings(wing):
    package = importlib.import_module(f"aqnet_pyg.{wing}")
    constants = {name for name in package.__all__ if not callable(getattr(package, name))}
    for path in (PACKAGE / wing).rglob("*.py"):
        for node, after in pairwise(ast.parse(path.read_text(encoding="utf-8")).body):
            if isinstance(after, ast.Expr) and is_text(after.value):
                constants.discard(statement_name(node))
    assert not constants


def test_arguments_are_described(module):
    """A single argument may be described in the sentence; several have a section, or a reference to one."""
    faults = []
    for name, thing, given, about in with_methods(module):
        names, found = {one.name for one in given}, set(described(thing.__doc__)) - {"draw"}  # drawn by Hypothesis
        enough = not found and (len(names) < 2 or "**Shapes:**" in about)
        if found - names:
            faults.append(f"{name}: describes {found - names}, which it does not take")
        if names - found and not enough and not described_elsewhere(thing.__doc__):
            faults.append(f"{name}: does not describe {names - found}")
    assert not faults


def test_arrays_have_shapes(module):
    faults = []
    for name, thing, given, about in with_methods(module):
        kinds = [one.annotation for one in given]
        if not inspect.isclass(thing):
            kinds.append(thing.__annotations__.get("return"))
        if (
            any(map(is_array, kinds))
            and not SHAPE.search(thing.__doc__ + about)
            and not described_elsewhere(thing.__doc__)
        ):
            faults.append(name)
    assert not faults


def listed(page):
    """Full names that a page of the site documents."""
    return re.findall(
        r"^\.\. auto(?!module)\w+:: (\S+)$", (API / f"{page}.rst").read_text(encoding="utf-8"), re.MULTILINE
    )


@pytest.mark.parametrize("wing", WINGS)
def test_the_site_lists_the_public_names_of_each_wing(wing):
    names = importlib.import_module(f"aqnet_pyg.{wing}").__all__
    assert sorted(listed(wing)) == sorted(f"aqnet_pyg.{wing}.{name}" for name in names)


def test_the_site_lists_the_names_of_the_top_level():
    modules = [importlib.import_module(f"aqnet_pyg.{name}") for name in TOP_LEVEL]
    names = {
        f"{module.__name__}.{name}" for module in modules for name, value in defined(module).items() if callable(value)
    }
    found = set(listed("vocabulary"))
    assert not names - found
    assert not [
        name for name in found if not hasattr(importlib.import_module(name.rpartition(".")[0]), name.split(".")[-1])
    ]


def test_the_site_names_what_can_be_imported_from_the_package():
    links = re.findall(r":\w+:`(\w+)\s+<(aqnet_pyg\.[\w.]+)>`", (API / "index.rst").read_text(encoding="utf-8"))
    pages = {name for page in (*WINGS, "vocabulary") for name in listed(page)}
    assert sorted(name for name, _ in links) == sorted(set(aqnet_pyg.__all__) - {"__version__"})
    for name, target in links:
        module, _, attribute = target.rpartition(".")
        assert getattr(aqnet_pyg, name) is getattr(importlib.import_module(module), attribute)
        assert target in pages


def test_only_packages_list_public_names(module):
    if hasattr(module, "__path__"):
        assert module.__name__.count(".") > 1 or module.__all__
    else:
        assert not hasattr(module, "__all__"), "the wing's __init__ lists what is public"


def test_no_docstring_begins_with_what(module):
    texts = [node.value.value for node in ast.walk(tree(module)) if isinstance(node, ast.Expr) and is_text(node.value)]
    assert not [text.splitlines()[0] for text in texts if text.startswith("What ")]


def test_references_in_docstrings_exist(module):
    """To objects of this package by their full names; Sphinx checks only those of documented objects."""
    names = re.findall(
        r":\w+:`[~!]?(aqnet_pyg\.[\w.]+)`|``(aqnet_pyg\.[\w.]+)``", Path(module.__file__).read_text("utf-8")
    )
    assert not [name for name in map("".join, names) if not exists(name)]


def exists(name):
    """Whether a dotted name is a module, or an attribute or annotated field of something in one."""
    parts, thing = name.split("."), aqnet_pyg
    for number, part in enumerate(parts[1:], start=2):
        if not hasattr(thing, part) and inspect.ismodule(thing):
            try:
                importlib.import_module(".".join(parts[:number]))
            except ModuleNotFoundError:
                return False
        if not hasattr(thing, part):
            return inspect.isclass(thing) and any(part in inspect.get_annotations(base) for base in thing.__mro__)
        thing = getattr(thing, part)
    return True


def is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_exist(page):
    """Such as `tests/io/` or `benchmarks/fuzz.py`; links and names of users' files are not meant."""
    named = re.findall(
        r"\b(?:tests|benchmarks|findings)/[\w/]*(?:\.(?:py|sh|md)\b|/(?=`))", page.read_text(encoding="utf-8")
    )
    assert [name for name in named if not (ROOT / name).exists()] == []
