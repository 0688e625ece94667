"""A fault that the tests have to notice."""

from typing import NamedTuple


class Fault(NamedTuple):
    """One text in one file, and its replacement.

    Args:
        name: What is wrong then.
        file: The file, from the package on, such as ``readers/eea.py``.
        old: The text, which occurs once.
        new: Its replacement.
        tests: Test files or folders, from ``tests/`` on; those of the file itself (``readers/test_eea.py``) are run before them.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = ()
