"""Options in YAML 1.2, in which ``no`` is a name, ``01003`` a code and ``12:30`` a text, unlike in YAML 1.1; their errors."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Collection, Mapping
from typing import Any, ClassVar, NoReturn

import yaml
from jsonargparse import ArgumentParser, Namespace

from aqnet_pyg.text import suggestion

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
    try:
        value = yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f" in line {error.problem_mark.line + 1}"
        raise yaml.YAMLError(f"not YAML{line} ({error.problem}); check brackets, quotes and indentation") from error
    except (RecursionError, ValueError) as error:  # brackets in brackets, numbers of thousands of digits
        raise yaml.YAMLError(f"not options ({error}); check brackets and numbers") from error
    names_only = isinstance(value, dict) and value and all(item is None for item in value.values())
    return text if names_only and not text.strip().startswith("{") and "\n" not in text.strip() else value


class OptionParser(ArgumentParser):
    """Parser of options in this format, whose errors are one sentence."""

    def __init__(self, **options: Any) -> None:
        super().__init__(parser_mode=MODE, **options)
        self.command = ""
        """Name of the command whose options this parser reads; empty for the parser of all commands."""
        self.shared: Mapping[str, Collection[str]] = {}
        """Options by command of those that may share a file."""

    def _load_config_parser_mode(self, content: str, *arguments: Any, **named: Any) -> Namespace:
        """Load a file of options, of which those of other commands are left out."""
        return super()._load_config_parser_mode(self._own(content), *arguments, **named)

    def _own(self, content: str) -> str:
        """The options of this command in a file: those at the top level that it has, then those under its name."""
        try:
            options = load_options(content)
        except yaml.YAMLError:  # reported by the caller
            return content
        if not self.command or not isinstance(options, dict):
            return content
        sections = {name: options[name] for name in self.shared if isinstance(options.get(name), dict)}
        known = set(self.shared[self.command])
        foreign = {option for names in self.shared.values() for option in names} - known
        if "source" in known:  # options of the reader, which a command that reads must not leave out unnoticed
            foreign -= set(self.shared["info"])
        own = {
            name: value
            for name, value in options.items()
            if name not in sections and str(name).partition(".")[0] not in foreign
        }
        return json.dumps(own | sections.get(self.command, {}), ensure_ascii=False, default=str)

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Print the error of an option as a sentence, and exit with status 2."""
        parser = getattr(ex, "subcommand_parser", None) or self
        page = parser.prog.replace(" [options]", "")
        print(f"aqnet: {option_error(message)}{parser._similar(message)} (see {page} --help)", file=sys.stderr)
        sys.exit(2)

    def _similar(self, message: str) -> str:
        """Return the command or option that is similar to the unknown one of a message, as words; empty if there is none."""
        command = re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message)
        if command is not None:
            return suggestion(command[1], re.findall(r"'([^']*)'", command[2]))
        option = re.search(r"unrecognized arguments: (--[\w.]+)", message)
        if option is not None:
            return suggestion(option[1], self._option_string_actions)
        key = re.search(r"does not accept option '([^']*)'", message)
        return "" if key is None else suggestion(key[1], (name.lstrip("-") for name in self._option_string_actions))


_KINDS = (
    (r"<class 'str'>", "text, in quotes if it looks like a number"),
    (r"<class 'int'>", "a whole number"),
    (r"<class 'float'>", "a number"),
    (r"<class 'bool'>", "true or false"),
    (r"dict\[str, str\]", "names with text, in quotes if it looks like a number"),
    (r"dict\[str, .*\]", "names with values"),
    (r"typing\.Literal\[(.*)\]", r"one of \1"),
)
"""Types in messages of jsonargparse, as regular expressions, and the words for them."""


def option_error(message: str) -> str:
    """Return a message of jsonargparse about an invalid option as one sentence.

    Args:
        message: Lines such as ``Parser key "path":``, ``Subtypes: [<class 'str'>, <class 'NoneType'>]``, ``Given value: 2024``.
    """
    key = re.match(r'Parser key "([^"]+)":\s*', message)
    value = re.search(r"Given value: (.*)", message) or re.search(r"Got value: (.*)", message)
    expected = re.search(r"Subtypes: \[(.*)\]$|Expected an? (.*)\. Got", message, re.MULTILINE)
    if key is None or value is None or expected is None:
        text = message if key is None else f"{key[1]}: {message[key.end() :]}"
        return " ".join(text.replace("Problems parsing config:", "--config:").split())
    types = (expected[1] or expected[2]).replace("<class 'NoneType'>", "")
    kinds = [re.sub(f".*{kind}.*", word, types) for kind, word in _KINDS if re.search(kind, types)]
    return f"{key[1]}: {value[1]} was given; use {kinds[0] if kinds else types.strip(', ')}"
