"""Options in YAML 1.2, in which ``no`` is a name, ``01003`` a code and ``12:30`` a text, unlike in YAML 1.1."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import yaml

MODE = "yaml-1.2"
"""Name of this format for parsers of jsonargparse."""


class _Loader(yaml.SafeLoader):
    """The core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema), with integers in decimals only."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan", list("-+0123456789.")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"({_pattern})$"), _first)


def load_options(text: str) -> Any:
    """Return the content of a YAML text.

    Args:
        text: Options of a file, or the value of one option.

    Raises:
        yaml.YAMLError: If it is not YAML.
    """
    value = yaml.load(text, Loader=_Loader)
    names_only = isinstance(value, dict) and value and all(item is None for item in value.values())
    return text if names_only and not text.strip().startswith("{") and "\n" not in text.strip() else value
