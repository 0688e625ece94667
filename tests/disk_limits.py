"""Full disks, without one: writing fails as it does there."""

import os
import resource
import signal
import sys
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def file_size_limit(size=None):
    """Let every write beyond a size of a file fail within a ``with`` block; the yielded function sets another size."""

    def limit(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (before[1] if size is None else size, before[1]))

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limit(size)
    try:
        yield limit
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


_watched = []
_hooked = False


def _hook(event, arguments):
    if _watched and event == "open" and isinstance(arguments[0], str | os.PathLike):
        name, action = _watched[-1]
        path = Path(arguments[0])
        if arguments[2] & (os.O_WRONLY | os.O_RDWR) and (path.name == name or path.name.startswith(f".{name}.")):
            _watched.pop()  # once
            action(path)


@contextmanager
def when_written(name, action):
    """Call ``action(path)`` once, before a file of this name (or its temporary file) is opened to be written."""
    global _hooked
    if not _hooked:
        sys.addaudithook(_hook)  # stays for the process, without effect
        _hooked = True
    _watched.append((name, action))
    try:
        yield
        assert not _watched, f"{name} was not written"
    finally:
        _watched.clear()
