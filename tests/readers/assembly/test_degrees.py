import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.degrees import degrees


def one(text, axis="longitude"):
    return degrees(pd.Series([text]), axis, "stations.csv").item()


@pytest.mark.parametrize(
    ("text", "axis", "expected"),
    [
        ("-70.65", "longitude", -70.65),
        ("-70,65", "longitude", -70.65),
        ("\N{MINUS SIGN}70.65", "longitude", -70.65),
        ("33°34'48\"N", "latitude", 33.58),
        ("33° 34\N{PRIME} 48\N{DOUBLE PRIME} S", "latitude", -33.58),
        ("33º34'48,0''S", "latitude", -33.58),
        ("7 36 36 W", "longitude", -7.61),
        ("W 7 36.6", "longitude", -7.61),
        ("7:36:36 e", "longitude", 7.61),
        ("46.6333 W", "longitude", -46.6333),
        ("46,6333°", "longitude", 46.6333),
        ("-7°36'36\"", "longitude", -7.61),
        ("7°36' L", "longitude", 7.6),
    ],
)
def test_spellings(text, axis, expected):
    assert one(text, axis) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("33 34 48", "latitude"),  # perhaps thousands
        ("33°34'48\"N", "longitude"),
        ("33°34'48\"E", "latitude"),
        ("33°64'48\"N", "latitude"),
        ("33.5°34'N", "latitude"),
        ("-33°34'S", "latitude"),
        ("S 33°34' S", "latitude"),
        ("unknown", "latitude"),
        ("-70.653.21", "longitude"),
        ("", "latitude"),
    ],
)
def test_other_texts_are_missing(text, axis):
    assert np.isnan(one(text, axis))


def test_an_o_is_west_or_east_by_the_other_letters():
    assert degrees(pd.Series(["7°30' O", "1°30' E"]), "longitude", "x").tolist() == [-7.5, 1.5]
    assert degrees(pd.Series(["7°30' O", "1°30' W"]), "longitude", "x").tolist() == [7.5, -1.5]
    with pytest.raises(InputError, match=r"stations\.csv: the O of 7°30' O may stand for west .* write W or E"):
        one("7°30' O")


@given(st.integers(0, 179 * 36000), st.sampled_from("EW"))
def test_degrees_minutes_and_seconds_are_the_decimal_degrees(tenths, letter):
    total = tenths / 10
    text = f"{int(total // 3600)}°{int(total % 3600 // 60):02}'{total % 60:04.1f}\"{letter}"
    if "60.0" not in text:
        assert one(text) == pytest.approx(total / 3600 * (1 if letter == "E" else -1), abs=1e-9)
