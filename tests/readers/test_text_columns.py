from collections import Counter

import numpy as np
import pandas as pd
import pytest

from aqnet_pyg.readers import text_columns
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.readers.text_columns import clock, days, first_line, numbers, read_columns, texts, to_utf8, unit_factors


def test_blocks_are_the_whole_file(monkeypatch):
    monkeypatch.setattr(text_columns, "_BLOCK", 64)
    rows = [(f"{number:03d}", number / 4) for number in range(200)]
    text = "a,b,c\n" + "".join(f'"{a}", {b} ,\n' for a, b in rows)
    report = ReadReport("x")
    blocks = list(read_columns(text.encode(), ["a", "b", "c"], ["b", "a"], "x", report))
    assert len(blocks) > 5
    assert np.concatenate([texts(block["a"]) for block in blocks]).tolist() == [a for a, _ in rows]
    assert np.concatenate([numbers(block["b"]) for block in blocks]).tolist() == [b for _, b in rows]
    assert not report.damaged


def test_numbers_dates_and_times():
    faults = Counter()
    assert np.isnan(numbers(pd.Categorical(["", "NA", "x", "x"]), faults)).all()
    assert faults == {"not numeric, such as 'x'": 2}
    dates = days(pd.Categorical(["01/02/23", "01/02/2023", "2/30/2023"]), "%m/%d/%y", "%m/%d/%Y")
    assert dates.astype(str).tolist() == ["2023-01-02T00:00:00", "2023-01-02T00:00:00", "NaT"]
    times = clock(pd.Categorical(["9:05", "24:00", "25:00", "x"]))
    assert times.astype("timedelta64[m]").astype(str).tolist() == ["545 minutes", "1440 minutes", "NaT", "NaT"]


def test_unit_factors():
    faults = Counter()
    pollutants = np.array(["pm25", "pm25", "co"], object)
    factors = unit_factors(pd.Categorical(["ug/m3", "ppb", "ug/m3"]), pollutants, faults)
    np.testing.assert_array_equal(factors, [1, np.nan, 0.001])
    assert faults == {"of PM2.5 in 'ppb', which are not its units": 1}


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_encoding(encoding):
    assert to_utf8("é\n".encode(encoding)) == "é\n".encode()
    assert first_line(b"a,b\r\n1") == "a,b"
