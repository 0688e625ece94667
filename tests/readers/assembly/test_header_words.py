import pytest

from aqnet_pyg.readers.assembly.header_words import station_attribute
from aqnet_pyg.readers.assembly.station_tables import find_columns


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("Código de la estación", "station"), ("Codigo_Estacao", "station"), ("cve_estac", "station"), ("code site", "station"),
        ("StationID", "station"), ("siteid", "station"), ("Estação", "station"), ("Stationscode", "station"),
        ("Kod stacji", "station"), ("Monitoring site", "station"), ("id", "station"),
        ("Nombre de la estación", "name"), ("Nom de la station", "name"), ("Stationsname", "name"), ("nome", "name"),
        ("Latitud (grados decimales)", "latitude"), ("LAT_WGS84", "latitude"), ("Latitude", "latitude"),
        ("siteLongitude", "longitude"), ("Geografische Länge", "longitude"), ("Longitud", "longitude"),
        ("Altitud (m s.n.m.)", "elevation"), ("Höhe", "elevation"), ("Nombre del municipio", "city"), ("Région", "province"),
        ("Departamento", "province"),
        ("Código del municipio", None), ("Código del parámetro", None), ("Tipo de estación", None), ("id_parameter", None),
        ("code qualité", None), ("Estación Norte", None), ("PM2.5", None), ("Fecha", None), ("latitude error", None),
        ("name of the parameter", None), ("", None), ("x", None),
    ],
)  # fmt: skip
def test_attributes_of_names(name, attribute):
    found = station_attribute(name)
    assert (found and found[0]) == attribute


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["cve_estac", "nom_estac", "id_station"], {"station": "cve_estac", "name": "nom_estac"}),
        (["Estación", "Código"], {"station": "Código", "name": "Estación"}),
        (["Station", "Station code"], {"station": "Station code", "name": "Station"}),
        (["id", "site"], {"station": "site"}),
        (["site", "id", "name"], {"station": "site", "name": "name"}),
        (["Nombre", "Sitio", "Identificador del sitio"], {"station": "Identificador del sitio", "name": "Nombre"}),
    ],
)
def test_codes_are_preferred_to_names(names, found):
    assert find_columns(names) == found
