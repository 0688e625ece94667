import logging

import pytest

from aqnet_pyg.io.logs import log_file, warnings_only


def test_levels_are_restored_even_after_an_error():
    first, second = (logging.getLogger(f"aqnet_test_{name}") for name in "ab")
    first.setLevel(logging.DEBUG)
    with pytest.raises(KeyError), warnings_only(first.name, second.name):  # noqa: PT012
        assert first.level == second.level == logging.WARNING
        raise KeyError
    assert first.level == logging.DEBUG
    assert second.level == logging.NOTSET


def test_messages_are_appended_to_the_file(tmp_path):
    logger, path = logging.getLogger("aqnet_test_file"), tmp_path / "run.log"
    for message in ("first", "second"):
        with log_file(logger.name, path):
            logger.info("%s", message)
            logger.debug("not this")
        logger.info("nor this")
    assert [line.split(" INFO ")[1] for line in path.read_text().splitlines()] == ["first", "second"]
    assert (logger.level, logger.handlers) == (logging.NOTSET, [])
