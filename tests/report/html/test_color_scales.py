"""Colors of the page: tables, limits of the scales, categories."""

import numpy as np
import pytest

from aqnet_pyg.report.html.color_scales import categories, color_tables, scale_limits


def test_color_tables():
    tables = color_tables()
    assert set(tables) == {"value", "width", "error", "departure", "distance"}
    assert {len(table) for table in tables.values()} == {128}
    assert tables["value"][0] == "#440154"
    assert tables["distance"] == tables["width"][::-1]


def test_limits_are_percentiles():
    values = np.append(np.arange(1001.0), np.nan)
    assert scale_limits(values) == (10, 990)
    assert scale_limits(values[:500], values[500:]) == (10, 990)
    assert scale_limits(-values, symmetric=True) == (-980, 980)


@pytest.mark.parametrize("values", [[], [np.nan], [0.0, 0.0]])
def test_limits_without_a_range(values):
    assert scale_limits(np.array(values)) == (0, 1)
    assert scale_limits(np.array(values), symmetric=True) == (-1, 1)


def test_categories_of_the_standards():
    found = categories("pm25")
    assert set(found) == {"china", "china_2026", "epa"}
    for standard in found.values():
        assert len(standard["bounds"]) == len(standard["colors"]) + 1 == len(standard["names"]) + 1
    assert found["china"]["bounds"][:3] == [0, 35.5, 75.5]
    assert found["china"]["colors"][0] == "#00e400"
    assert categories("o3") == {}
