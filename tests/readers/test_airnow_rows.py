from collections import Counter

import pandas as pd
import pyarrow as pa
import readers.us_archives as us

from aqnet_pyg.readers.airnow_rows import DATA_COLUMNS, Tally, data_rows, obs_rows
from aqnet_pyg.readers.files.text_columns import TextColumn

SITES = pd.DataFrame({"longitude": [-93.0], "latitude": [45.0]}, index=["270031002"])


def test_coordinates_of_the_list_where_the_file_has_none():
    rows = [us.obs_row("01/01/2023", "00:00", PM25=1, PM25_Unit="UG/M3", Latitude=0, Longitude=0)]
    rows.append(us.obs_row("01/01/2023", "00:00", site="1", PM25=2, PM25_Unit="UG/M3"))
    columns = {name: TextColumn.of(pa.chunked_array([[str(row.get(name, "")) for row in rows]])) for name in us.AQ_OBS}
    frame = obs_rows(columns, SITES, Tally(), Counter())
    assert frame[["longitude", "latitude"]].to_numpy().tolist() == [[-93, 45], [-93.2, 45.1]]
    assert frame["variable"].tolist() == ["pm25", "pm25"]


def test_dates_of_two_and_four_digits_and_invalid_ones():
    days = ["01/02/23", "01/02/2023", "2023-01-02", "01/02/23"]
    times = ["00:00", "00:00", "00:00", "1:70"]
    lines = [us.data_line(day, time, 5).split("|") for day, time in zip(days, times, strict=True)]
    columns = {
        name: TextColumn.of(pa.chunked_array([fields]))
        for name, fields in zip((*DATA_COLUMNS, "agency"), zip(*lines, strict=True), strict=True)
    }
    faults = Counter()
    tally = Tally()
    frame = data_rows(columns, SITES, tally, faults)
    assert frame["time"].tolist() == [pd.Timestamp("2023-01-02 01:00")] * 2
    assert faults == {"without a valid date and time": 2}
    assert tally.offsets == {-6: 4}
