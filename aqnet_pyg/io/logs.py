"""Log files, and log levels of other libraries."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aqnet_pyg.errors import InputError


@contextmanager
def warnings_only(*names: str) -> Iterator[None]:
    """Set loggers to the level WARNING within a ``with`` block and restore their levels afterwards.

    Args:
        names: Names of the loggers.
    """
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def log_file(name: str, path: Path) -> Iterator[None]:
    """Append the messages of a logger, from the level INFO on, to a file within a ``with`` block.

    Args:
        name: Name of the logger.
        path: The file.

    Raises:
        InputError: If it cannot be opened.
    """
    try:
        handler = _LogFile(path, mode="a", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: it cannot be written ({error.strerror}); choose another folder.") from None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger(name)
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(min(level or logging.INFO, logging.INFO))
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)
        with suppress(OSError):
            handler.close()


class _LogFile(logging.FileHandler):
    """Log file that is given up where it cannot be written, such as on a full disk: results fail for the same reason."""

    def handleError(self, record: logging.LogRecord) -> None:  # name of the base class
        self.setLevel(logging.CRITICAL + 1)
