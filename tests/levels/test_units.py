import numpy as np
import pytest
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.levels import convert_units
from aqnet_pyg.levels.units import is_concentration_unit, plain_units


def amount(value, units):
    return xr.DataArray(np.array([value]), dims="x", attrs={"units": units, "long_name": "kept"})


# Micrograms in a cubic meter of one part in a billion at 25 °C and 1013 hPa, as in textbooks.
@pytest.mark.parametrize(("gas", "mass"), [("o3", 1.96), ("no2", 1.88), ("so2", 2.62), ("co", 1.145)])
def test_textbook_factors(gas, mass):
    found = convert_units(amount(1.0, "ppb"), gas, "ug m-3")
    assert found.item() == pytest.approx(mass, abs=0.005)
    assert found.attrs == {"units": "ug m-3", "long_name": "kept"}
    assert convert_units(found, gas, "1e-9").item() == pytest.approx(1)


def test_temperature_and_pressure():
    cold = convert_units(amount(100.0, "µg/m³"), "o3", "ppb", temperature=0)
    assert cold.item() / convert_units(amount(100.0, "ug m-3"), "o3", "ppb").item() == pytest.approx(273.15 / 298.15)
    thin = convert_units(amount(100.0, "ug m-3"), "o3", "ppb", pressure=506.625)
    assert thin.item() / convert_units(amount(100.0, "ug m-3"), "o3", "ppb").item() == pytest.approx(2)


def test_milligrams():
    assert convert_units(amount(1500.0, "ug m-3"), "co", "mg m-3").item() == 1.5
    assert convert_units(amount(2e-8, "kg m**-3"), "pm25", "ug m-3").item() == pytest.approx(20)
    assert convert_units(xr.DataArray([1.5]), "co", "ug m-3").item() == 1500  # without units: those of the vocabulary


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("µg/m³", "ug m-3"),
        ("μg/m3", "ug m-3"),
        ("Micrograms/cubic meter (LC)", "ug m-3"),
        ("UG/M3", "ug m-3"),
        ("ug.m-3", "ug m-3"),
        ("mg/m3", "mg m-3"),
        ("milligrams per cubic metre", "mg m-3"),
        ("ng m**-3", "ng m-3"),
        ("Parts per billion", "ppb"),
        ("ppbV", "ppb"),
        ("Parts per million", "ppm"),
    ],
)
def test_spellings_of_files(text, units):
    assert plain_units(text) == units
    assert is_concentration_unit(text)


@pytest.mark.parametrize("text", ["", "m3", "ug", "ug/m2", "g m-3", "pp", "%"])
def test_other_units_stay(text):
    assert plain_units(text) == text
    assert not is_concentration_unit(text)


def test_refused():
    with pytest.raises(InputError, match="pm25: particles cannot be expressed in ppb"):
        convert_units(amount(1.0, "ug m-3"), "pm25", "ppb")
    with pytest.raises(InputError, match="o3: 'K' are not units of concentration"):
        convert_units(amount(1.0, "K"), "o3", "ppb")
