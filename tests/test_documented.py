"""What is public is documented, with shapes where arrays go in or out, and the site lists it."""

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
DOCS = Path(__file__).parent.parent / "docs"
SHAPE = re.compile(r"shape|scalar|\[[\w.…]+(, [\w .…+*]+)*\]|``\([^`]*\)``", re.IGNORECASE)


def public_modules():
    """Names of all modules, none of which is private."""
    paths = (path.relative_to(PACKAGE.parent).with_suffix("") for path in PACKAGE.rglob("*.py"))
    names = (".".join(path.parts).removesuffix(".__init__") for path in paths)
    return sorted(name for name in names if "._" not in name and ".networks." not in name)


def public(module):
    """The public names of a module, and what they are, without those that it only passes on."""
    names = getattr(module, "__all__", [name for name in vars(module) if not name.startswith("_")])
    found = {name: getattr(module, name) for name in names}
    defined = {statement_name(node) for node in tree(module).body}
    return {name: value for name, value in found.items() if name in defined}


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
    for name, value in public(module).items():
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
    """What a class itself takes: a dataclass leaves the fields of its base to the base."""
    if issubclass(cls, tuple):
        return list(inspect.signature(cls).parameters.values())
    if "__init__" not in vars(cls) or getattr(cls, "_is_protocol", False):
        return []
    given = list(inspect.signature(cls.__init__).parameters.values())[1:]
    return [one for one in given if one.name in inspect.get_annotations(cls)] if is_dataclass(cls) else given


def takes_over(cls, method):
    """Whether a base class documents the method, what goes in and what comes out."""
    return any(getattr(vars(base).get(method), "__doc__", None) for base in cls.__mro__[1:])


def described(doc):
    """Names in the section ``Args`` of a docstring."""
    section = re.search(r"^Args:\n((?: +.*\n|\n)*)", inspect.cleandoc(doc or "") + "\n", re.MULTILINE)
    return re.findall(r"^ {4}\*{0,2}(\w+):", section[1], re.MULTILINE) if section else []


def told_elsewhere(doc):
    """Whether a docstring refers to another for what goes in."""
    return re.search(r"(\bas (in |for )?|other arguments see ):(func|meth|class):`", " ".join(doc.split()))


def is_array(kind):
    return isinstance(kind, str) and re.search(r"\b(np\.ndarray|Tensor|Coordinates)\b", kind) and "Callable" not in kind


@pytest.fixture(params=public_modules())
def module(request):
    return importlib.import_module(request.param)


def test_public_names_have_docstrings(module):
    body = tree(module).body
    constants = {
        statement_name(node)
        for node, after in pairwise(body)
        if isinstance(after, ast.Expr) and isinstance(getattr(after.value, "value", None), str)
    }
    without = [
        name
        for name, value in public(module).items()
        if name != "__version__" and name not in constants and not (callable(value) and value.__doc__)
    ]
    assert module.__doc__
    assert not without
    assert not [name for name, thing, *_ in with_methods(module) if not thing.__doc__]


def test_arguments_are_described(module):
    """A single argument may be told of in the sentence; several have a section, or a reference to where it is."""
    faults = []
    for name, thing, given, about in with_methods(module):
        names, found = {one.name for one in given}, set(described(thing.__doc__)) - {"draw"}  # drawn by Hypothesis
        enough = not found and (len(names) < 2 or "**Shapes:**" in about)
        if found - names:
            faults.append(f"{name}: describes {found - names}, which it does not take")
        if names - found and not enough and not told_elsewhere(thing.__doc__):
            faults.append(f"{name}: does not describe {names - found}")
    assert not faults


def test_arrays_have_shapes(module):
    faults = []
    for name, thing, given, about in with_methods(module):
        kinds = [one.annotation for one in given]
        if not inspect.isclass(thing):
            kinds.append(thing.__annotations__.get("return"))
        if any(map(is_array, kinds)) and not SHAPE.search(thing.__doc__ + about) and not told_elsewhere(thing.__doc__):
            faults.append(name)
    assert not faults


def test_the_site_lists_every_module(module):
    pages = "".join(page.read_text(encoding="utf-8") for page in (DOCS / "api").glob("*.rst"))
    listed = set(re.findall(r"^\.\. auto\w+:: (\S+)$", pages, re.MULTILINE))
    wanted = {module.__name__}
    if hasattr(module, "__path__"):  # a package mostly passes names on; what it defines itself has entries of its own
        wanted |= {f"{module.__name__}.{name}" for name in public(module) if name != "__version__"}
    assert not wanted - listed, "add them to the page of their floor in docs/api"
