import pytest

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.mass_units import mass_factor, reference_state
from aqnet_pyg.readers.conventions import CONVENTIONS


def test_factors_at_the_temperature_of_the_archive():
    assert mass_factor("airkorea", "o3", "ppm", "a.csv") == pytest.approx(1962, rel=2e-3)
    assert mass_factor("airkorea", "co", "ppm", "a.csv") == pytest.approx(1.145, rel=2e-3)
    assert mass_factor("airkorea", "pm25", "㎍/㎥", "a.csv") == 1
    assert mass_factor("knowair", "pm25", "mg/m3", "a.csv") == 1000  # an archive without gases


def test_unknown_units_name_the_file():
    with pytest.raises(InputError, match=r"^a.csv: o3: 'mol' are not units"):
        mass_factor("sinca", "o3", "mol", "a.csv")
    with pytest.raises(InputError, match=r"^a.csv: pm25: particles"):
        mass_factor("sinca", "pm25", "ppb", "a.csv")


def test_reference_state_in_words():
    assert CONVENTIONS["cpcb"].temperature == 25
    assert reference_state("cpcb") == "25 °C and 1013.25 hPa"
