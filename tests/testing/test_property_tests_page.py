"""The page on property tests: its code runs, and what it says of a failure is so."""

import re
from pathlib import Path

import pytest

from aqnet_pyg.testing import EdgeBuilderTests, InterpolatorTests, PropertyTests

PAGE = (Path(__file__).parents[2] / "docs" / "property_tests.md").read_text()


@pytest.fixture(scope="module")
def names():
    """What all blocks of the page define, one after the other."""
    found = {}
    for number, block in enumerate(re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)):
        exec(compile(block, f"block {number} of property_tests.md", "exec"), found)
    return found


@pytest.mark.parametrize("name", ["TestThreeNearest", "TestCubicDistance"])
def test_the_classes_of_the_page_pass_their_tests(names, name):
    cls = names[name]
    assert issubclass(cls, PropertyTests)
    for test in cls._tests:
        try:
            getattr(cls(), test)()
        except pytest.skip.Exception as skipped:
            assert re.search("promise (radius_km|ordered)", str(skipped))  # noqa: PT017


@pytest.mark.parametrize("name", ["test_cells_have_the_nearest_stations", "test_the_model_keeps_its_promises"])
def test_the_properties_of_the_page_hold(names, name):
    names[name]()


def test_its_tests_are_ten_lines():
    block = next(
        block for block in re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL) if "EdgeBuilderTests" in block
    )
    assert len(block.splitlines()) <= 10


def test_the_table_has_every_test_of_a_builder():
    table = PAGE[: PAGE.index("## Every other part")]
    assert len(re.findall(r"^\| (?!test|---)", table, flags=re.MULTILINE)) == len(EdgeBuilderTests._tests)
    inherited = [name for name in vars(InterpolatorTests) if name.startswith("test_")]
    assert "inherits thirteen tests" in PAGE
    assert len(inherited) == 13


def test_every_class_of_tests_is_in_the_table_of_parts():
    import aqnet_pyg.testing

    classes = {name for name in aqnet_pyg.testing.__all__ if name.endswith("Tests")} - {"PropertyTests"}
    assert not {name for name in classes if f"`{name}`" not in PAGE}
