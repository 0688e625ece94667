"""Parts from other packages, by their names in the options: ``mypkg.mine.MyEncoder``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pkgutil import resolve_name
from typing import Any

from aqnet_pyg.errors import InputError

__all__ = ["ClassPath", "build", "find"]

ClassPath = str | dict[str, Any]
"""The path of a class or function, or ``{"class_path": ..., "init_args": {...}}``."""


def find(path: str, option: str) -> Callable[..., Any]:
    """Import what a path names.

    Args:
        path: Module and name, ``mypkg.mine.MyEncoder``.
        option: Where it was given, for the message.

    Raises:
        InputError: If there is no such thing, or it cannot be called.
    """
    try:
        found = resolve_name(path)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(f"{option}: {path!r} cannot be imported ({error}); give package.module.Name.") from None
    if not callable(found):
        raise InputError(f"{option}: {path!r} is {type(found).__name__}; give the path of a class or a function.")
    return found


def build(part: ClassPath, option: str, offered: Mapping[str, Any]) -> Any:
    """Make a part: it is given what it asks for by name, and what stands in ``init_args``.

    Args:
        part: What was given in the options.
        option: Where, for the message.
        offered: What it may ask for, by name.

    Raises:
        InputError: If it cannot be imported, or takes something that is neither offered nor given.
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
            f"{option}: {part['class_path']} cannot be made ({error}); it may take {', '.join(offered)}, and what is in "
            "init_args."
        ) from None
    return made(**arguments)
