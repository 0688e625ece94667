import numpy as np
import pandas as pd
import pytest
from readers.fields.model_files import regular, write

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_field


def named(**attrs):
    """A file of four variables; attributes by name of the variable."""
    time = pd.date_range("2023-01-01", periods=2, freq="h")
    dataset = regular(time, np.arange(100, 104, 1.0), np.arange(30, 34, 1.0), name="a", units="ug m-3", factor=1)
    for factor, name in enumerate(("b", "c", "PM2.5"), start=2):
        dataset[name] = dataset["a"] * factor
    for name in ("a", "b", "c", "PM2.5"):
        dataset[name].attrs = {"units": "ug m-3", **attrs.get(name, {})}
    return dataset


STANDARD = {"standard_name": "mass_concentration_of_pm2p5_ambient_aerosol_particles_in_air"}


def test_standard_names_come_before_names(tmp_path):
    field = read_field(write(named(b=STANDARD), tmp_path / "a.nc"))
    assert "Variable 'b', by its standard name." in field.attrs["rules"]
    field = read_field(write(named(), tmp_path / "b.nc"))
    assert "Variable 'PM2.5', by its name." in field.attrs["rules"]


def test_several_or_none_are_refused(tmp_path):
    path = write(named(b=STANDARD, c=STANDARD), tmp_path / "a.nc")
    with pytest.raises(InputError, match=r"a\.nc: b, c may all be PM2\.5; choose one"):
        read_field(path)
    assert "Variable 'c', as given." in read_field(path, variable="c").attrs["rules"]
    with pytest.raises(InputError, match=r"no variable is recognized as O3; name it .* one of a, b, c, PM2\.5"):
        read_field(path, "o3")
    with pytest.raises(InputError, match=r"there is no variable .dust.; use one of a, b, c, PM2\.5"):
        read_field(path, variable="dust")


@pytest.mark.parametrize(
    ("units", "message"),
    [
        ("K", "'K' are not units of concentration"),
        ("ppb", "particles cannot be expressed in ppb"),
        ("kg m-2 s-1", "are not units of concentration"),
        ("1", "are not units of concentration"),
    ],
)
def test_units_that_do_not_fit(tmp_path, units, message):
    with pytest.raises(InputError, match=message):
        read_field(write(named(**{"PM2.5": {"units": units}}), tmp_path / "a.nc"))


@pytest.mark.parametrize(
    ("units", "factor"),
    [("ug m-3", 1), ("µg/m³", 1), ("kg m**-3", 1e9), ("mg m^-3", 1e3), ("micrograms/m**3", 1), ("ug/m3        ", 1)],
)
def test_spellings_of_units(tmp_path, units, factor):
    dataset = named(**{"PM2.5": {"units": units}})
    dataset["PM2.5"].values[:] = 12 / factor
    np.testing.assert_allclose(read_field(write(dataset, tmp_path / "a.nc")), 12, rtol=1e-6)


def test_several_extra_dimensions_are_refused(tmp_path):
    dataset = named()[["PM2.5"]].expand_dims(number=[0, 1], height=[2.0, 10.0])
    with pytest.raises(InputError, match="dimensions number, height besides time and place"):
        read_field(write(dataset, tmp_path / "a.nc"))
    one = write(named()[["PM2.5"]].expand_dims(number=[0]).expand_dims(height=[2.0, 10.0]), tmp_path / "b.nc")
    rules = read_field(one, level=10).attrs["rules"]
    assert "Level 10 along 'height', as given." in rules
    assert "The only level along 'number', 0." in rules
    with pytest.raises(InputError, match="the variable has no levels"):
        read_field(write(named(), tmp_path / "c.nc"), level=0)
