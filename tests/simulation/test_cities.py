from aqnet_pyg.simulation.cities import CITIES
from aqnet_pyg.simulation.geography import BOX, at_sea


def test_cities_are_unique_and_on_land_in_the_box():
    west, east, south, north = BOX
    assert CITIES.longitude.between(west, east).all()
    assert CITIES.latitude.between(south, north).all()
    assert CITIES.city.is_unique
    assert CITIES.chinese.is_unique
    assert 90 <= len(CITIES) <= 125
    assert not at_sea(CITIES.longitude.to_numpy(), CITIES.latitude.to_numpy()).any()
