import logging

import pytest

from aqnet_pyg.io.log_levels import warnings_only


def test_levels_are_restored_even_after_an_error():
    first, second = (logging.getLogger(f"aqnet_test_{name}") for name in "ab")
    first.setLevel(logging.DEBUG)
    with pytest.raises(KeyError), warnings_only(first.name, second.name):  # noqa: PT012
        assert first.level == second.level == logging.WARNING
        raise KeyError
    assert first.level == logging.DEBUG
    assert second.level == logging.NOTSET
