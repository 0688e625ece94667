import pytest

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.daily_means import check_resolution


def test_daily_means_are_read_exactly_if_requested():
    check_resolution(None, False, "a.csv")
    check_resolution("hour", False, "a.csv")
    check_resolution("day", True, "a.csv")
    with pytest.raises(InputError, match=r"^a.csv: these are daily means.*resolution='day'"):
        check_resolution(None, True, "a.csv")
    with pytest.raises(InputError, match=r"^resolution: a.csv has no daily means"):
        check_resolution("day", False, "a.csv")
