"""Classes and functions by their path, such as ``mypkg.mine.MyEncoder``, and names that are imported when they are first used."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from pkgutil import resolve_name
from typing import Any

from aqnet_pyg.errors import InputError

ClassPath = str | dict[str, Any]
"""Path of a class or function, or ``{"class_path": ..., "init_args": {...}}``."""


def find(path: str, option: str) -> Callable[..., Any]:
    """Import a class or function.

    Args:
        path: Module and name, such as ``mypkg.mine.MyEncoder``.
        option: Name of the option, for the error message.

    Raises:
        InputError: If it cannot be imported or called.
    """
    try:
        found = resolve_name(path)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(f"{option}: {path!r} cannot be imported ({error}); give package.module.Name.") from None
    if not callable(found):
        raise InputError(f"{option}: {path!r} is {type(found).__name__}; give the path of a class or a function.")
    return found


def build(part: ClassPath, option: str, offered: Mapping[str, Any]) -> Any:
    """Call a class or function with its ``init_args``, and with those of the offered arguments that it accepts.

    Args:
        part: Its path, with or without ``init_args``.
        option: Name of the option, for the error message.
        offered: Arguments that it may accept, by name.

    Raises:
        InputError: If it cannot be imported, or has a parameter that is neither offered nor given.
    """
    part = {"class_path": part} if isinstance(part, str) else part
    unknown = set(part) - {"class_path", "init_args"}
    if "class_path" not in part or unknown:
        raise InputError(f"{option}: {part} was given; give a path, or class_path and init_args.")
    made, given = find(part["class_path"], option), dict(part.get("init_args") or {})
    takes = inspect.signature(made).parameters
    arguments = {name: value for name, value in offered.items() if name in takes} | given
    try:
        inspect.signature(made).bind(**arguments)
    except TypeError as error:
        raise InputError(
            f"{option}: {part['class_path']} cannot be created ({error}); use parameters among {', '.join(offered)}, or give "
            "them in init_args."
        ) from None
    return made(**arguments)


def lazy_names(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a package whose public names are imported when they are first used.

    Args:
        package: Its ``__name__``.
        modules: Module of each name, relative to the package.
    """

    def attribute(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{package}.{modules[name]}"), name)

    return attribute
