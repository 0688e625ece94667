"""Sources of the commands."""

import pytest

from aqnet_pyg.commands import SourceSettings, open_source
from aqnet_pyg.errors import InputError


@pytest.mark.parametrize("options", [{"bbox": "0,0,1,1"}, {"start": "2025-01-01"}, {"stations": "list.csv"}])
def test_the_simulation_has_no_reader_whose_options_would_be_ignored(options):
    with pytest.raises(InputError, match=rf"^{next(iter(options))}: the simulation has no such option"):
        open_source(SourceSettings("simulated", **options), days=1)
