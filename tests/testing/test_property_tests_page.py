"""The page on property tests: its code runs, and its tables are complete."""

import re
from pathlib import Path

import pytest
from hypothesis import settings

from aqnet_pyg.testing import EdgeBuilderTests, InterpolatorTests, PropertyTests

PAGE = (Path(__file__).parents[2] / "docs" / "property_tests.md").read_text()


@pytest.fixture(scope="module")
def names():
    """The names defined by all code blocks of the page, with few examples per property."""
    before = settings.get_current_profile_name()
    settings.register_profile("page", settings(max_examples=10))
    settings.load_profile("page")
    found = {}
    try:
        for number, block in enumerate(re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)):
            exec(compile(block, f"block {number} of property_tests.md", "exec"), found)
    finally:
        settings.load_profile(before)
    return found


@pytest.mark.parametrize("name", ["TestThreeNearest", "TestCubicDistance"])
def test_the_classes_of_the_page_pass_their_tests(names, name):
    cls = names[name]
    assert issubclass(cls, PropertyTests)
    for test in cls._tests:
        try:
            getattr(cls(), test)()
        except pytest.skip.Exception as skipped:
            assert re.search("guarantee (radius_km|ordered)", str(skipped))  # noqa: PT017


@pytest.mark.parametrize(
    "name", ["test_cells_have_the_nearest_stations", "test_the_model_has_no_leak_and_is_equivariant"]
)
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
