"""Seconds of the phases of a command."""

from aqnet_pyg.commands.phases import Phases, seconds_text


def test_a_phase_lasts_from_the_end_of_the_one_before():
    phases = Phases(iter([10.0, 12.5, 12.5, 20.0]).__next__)
    for name in ("read", "train", "predict"):
        phases.end(name)
    assert phases.seconds == {"read": 2.5, "train": 0.0, "predict": 7.5}
    assert seconds_text(phases.seconds) == "Seconds: read 2.5, train 0.0, predict 7.5."
