"""Faulty classes for the tests of the base classes."""

from hypothesis import Phase, settings


def faulty(base, max_examples=50, **members):
    """An instance of a subclass whose failing examples are neither shrunk nor stored."""
    before = settings.get_current_profile_name()
    options = settings(max_examples=max_examples, database=None, phases=[Phase.generate], report_multiple_bugs=False)
    settings.register_profile("faulty", options)
    settings.load_profile("faulty")
    try:
        return type("Faulty", (base,), members)()
    finally:
        settings.load_profile(before)
