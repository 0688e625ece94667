import pytest

from aqnet_pyg.evaluation.time_left import TimeLeft, finished_text


def test_each_row_is_expected_to_take_what_it_took_before():
    left = TimeLeft({"idw": 3, "network": 3})
    assert left.finish("idw", 2.0) == "1 of 6, about 10 s left"  # the network like idw, as nothing else is known
    assert left.finish("network", 600.0) == "2 of 6, about 20 min left"
    assert left.finish("idw", 4.0) == "3 of 6, about 20 min left"
    assert left.finish("network", 600.0) == "4 of 6, about 10 min left"
    assert left.finish("network", 660.0) == "5 of 6, about 3 s left"
    assert left.finish("idw", 0.0) == "6 of 6"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (89, "89 s"), (90, "2 min"), (5399, "90 min"), (5400, "2 h"), (36_000, "10 h")]
)
def test_units(seconds, text):
    assert finished_text(1, 3, seconds) == f"1 of 3, about {text} left"
