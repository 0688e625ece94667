"""Files and fixed options that the two published protocols share."""

import numpy as np
import pytest
from evaluation.protocols.protocol_files import CODES, request, write_positions

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.protocols import PROTOCOLS
from aqnet_pyg.evaluation.protocols.aqi36 import find_file, station_positions


def test_files_are_found_in_the_folder_or_in_a_named_folder_in_or_beside_it(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    with pytest.raises(InputError, match=r"x\.txt is neither in it nor in a folder aqi36 in or beside it"):
        find_file(folder, "x.txt", ("aqi36",))
    for place in (tmp_path / "aqi36", folder / "aqi36", folder):  # later ones take precedence
        place.mkdir(exist_ok=True)
        (place / "x.txt").write_text("")
        assert find_file(folder, "x.txt", ("aqi36",)) == place / "x.txt"


def test_positions_are_by_code_in_the_order_of_the_file(tmp_path):
    longitude, latitude = write_positions(tmp_path)
    table = station_positions(tmp_path)
    assert list(table.index) == CODES
    np.testing.assert_allclose(table, np.stack([longitude, latitude], axis=1))


@pytest.mark.parametrize("protocol", ["increase-beijing", "grin-virtual"])
@pytest.mark.parametrize("option", [{"target": "o3"}, {"hidden": "x"}, {"dates": {"test": "2016"}}, {"known": ("o3",)}])
def test_options_that_would_change_a_published_protocol_are_refused(protocol, option, tmp_path):
    with pytest.raises(InputError, match="omit this option"):
        PROTOCOLS[protocol].cases(request(tmp_path, **option))
