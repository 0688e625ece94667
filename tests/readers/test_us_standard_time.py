from zoneinfo import ZoneInfo, available_timezones

import pandas as pd
import pytest

from aqnet_pyg.readers.us_standard_time import standard_offset, zone_of

PLACES = {
    "36061": "America/New_York",
    "27003": "America/Chicago",
    "12033": "America/Chicago",
    "12086": "America/New_York",
    "18097": "America/Indiana/Indianapolis",
    "18127": "America/Chicago",
    "47093": "America/New_York",
    "47037": "America/Chicago",
    "48141": "America/Denver",
    "04013": "America/Phoenix",
    "16055": "America/Los_Angeles",
    "41045": "America/Boise",
    "02020": "America/Anchorage",
    "15003": "Pacific/Honolulu",
    "72021": "America/Puerto_Rico",
    "66010": "Pacific/Guam",
    "60050": "Pacific/Pago_Pago",
}


@pytest.mark.parametrize("county", PLACES)
def test_offsets(county):
    winter = pd.Timestamp("2023-01-15 12:00", tz=PLACES[county])
    offset = standard_offset(county)
    assert offset == winter.utcoffset().total_seconds() / 3600
    assert zone_of(offset) in available_timezones()
    assert pd.Timestamp("2023-07-01", tz=ZoneInfo(zone_of(offset))).utcoffset() == winter.utcoffset()


def test_outside_the_united_states():
    assert standard_offset("80002") is None
    assert standard_offset("CC001") is None
    assert zone_of(0) == "UTC"
