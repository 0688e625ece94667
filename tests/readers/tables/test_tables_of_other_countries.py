"""Tables and station tables as authorities of other countries publish them, read without any declaration of columns."""

import numpy as np
import pytest
from readers.long_tables import series, write

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_table


def stations(tmp_path, text, encoding="cp1252"):
    path = tmp_path / "network" / "stations.csv"
    path.parent.mkdir()
    path.write_text(text, encoding=encoding)
    return path


def test_colombia(tmp_path):
    table = stations(
        tmp_path,
        "Red de monitoreo\nCódigo;Nombre de la estación;Municipio;Departamento;Latitud;Longitud;Altitud (m s.n.m.)\n"
        "001;Estación Centro;Bogotá;Cundinamarca;4,65;-74,08;2550\n002;Ñuñoa;Bogotá;Cundinamarca;4,61;-74,10;2560\n",
    )
    path = write(
        tmp_path,
        "Fecha y hora local;Código estación;PM2,5 (µg/m³);Ozono (O3);Monóxido de carbono (mg/m³);Bandera\n"
        "14/03/2024 01:00;001;14,5;S/D;0,8;V\n14/03/2024 01:00;002;-9999;40,5;ND;V\n14/03/2024 02:00;001;N.D.;41,0;-;V\n",
    )
    data, report = read_table(path, stations=table, time_zone="America/Bogota", strict=True)
    assert series(data, "pm25", "001") == {"2024-03-14 06:00": 14.5}
    assert series(data, "o3", "002") == {"2024-03-14 06:00": 40.5}
    assert series(data, "co", "001") == {"2024-03-14 06:00": np.float32(0.8)}
    assert data.name.values.tolist() == ["Estación Centro", "Ñuñoa"]
    assert data.province.values.tolist() == ["Cundinamarca"] * 2
    assert "column 'Bandera' may flag invalid values; it is not applied." in report.notes
    with pytest.raises(InputError, match="the times of 'Fecha y hora local' are local; give their zone"):
        read_table(path, stations=table)


def test_brazil(tmp_path):
    table = stations(
        tmp_path, "Estação;Município;UF;Lat;Long\nIbirapuera;São Paulo;SP;-23,59;-46,66\nMauá;Mauá;SP;-23,67;-46,47\n"
    )
    path = write(
        tmp_path,
        "CETESB\nParâmetro: MP2.5\n\nData;Hora;Ibirapuera;Mauá\n29/02/2024;23:00;10,5;\n29/02/2024;24:00;11,5;20\n",
        name="MP2,5 2024.csv",
    )
    data, _ = read_table(path, stations=table, time_zone="America/Sao_Paulo", strict=True)
    assert series(data, "pm25", "Ibirapuera") == {"2024-03-01 02:00": 10.5, "2024-03-01 03:00": 11.5}
    assert series(data, "pm25", "Mauá") == {"2024-03-01 03:00": 20}


def test_morocco(tmp_path):
    table = stations(
        tmp_path,
        "Nom de la station;Ville;Région;Latitude;Longitude\nRabat Agdal;Rabat;X;34°00'00\"N;6°51'00\"W\n"
        "Fès Ziat;Fès;X;34°03'00\"N;5°00'00\"W\n",
        "utf-8",
    )
    path = write(
        tmp_path,
        "Date;Heure;Station;Polluant;Valeur;Unité;Validité\n13/03/2024;0h-1h;Rabat Agdal;PM2,5;13,5;µg/m³;valide\n"
        "13/03/2024;23h-24h;Fès Ziat;Dioxyde d'azote;10,5;µg/m³;valide\n",
    )
    data, _ = read_table(path, stations=table, strict=True)
    assert series(data, "pm25", "Rabat Agdal") == {"2024-03-13 01:00": 13.5}
    assert series(data, "no2", "Fès Ziat") == {"2024-03-14 00:00": 10.5}
    assert data.longitude.sel(station="Rabat Agdal").item() == pytest.approx(-6.85)


def test_france(tmp_path):
    table = stations(tmp_path, "code site;nom site;Latitude;Longitude\nFR01;Centre;48,5;2,5\n", "utf-8")
    path = write(
        tmp_path,
        "Date de début;Date de fin;Organisme;code zas;Zas;code site;nom site;type d'implantation;Polluant;valeur;valeur brute;"
        "unité de mesure;validité\n"
        "2024/03/13 00:00:00;2024/03/13 01:00:00;ATMO;Z;Z;FR01;Centre;Urbaine;PM2.5;13;13,4;µg-m3;1\n",
    )
    data, report = read_table(path, stations=table, time_zone="UTC", strict=True)
    assert series(data, "pm25", "FR01") == {"2024-03-13 01:00": 13}
    assert "times label the end of the averaging period, as the name of 'Date de fin' says." in report.notes


def test_mexico(tmp_path):
    table = stations(
        tmp_path,
        "Catálogo de estaciones\ncve_estac,nom_estac,longitud,latitud,alt,id_station\nACO,Acolman,-98.9,19.6,2240,4841\n",
    )
    path = write(
        tmp_path,
        "Sistema de Monitoreo\nHora local\n\ndate,id_station,id_parameter,value,unit\n14/03/2024 01:00,ACO,PM2.5,11,2\n",
    )
    options = {"stations": table, "time_zone": "America/Mexico_City", "strict": True}
    with pytest.raises(
        InputError, match=r"found PM2.5 in '2'; give units= or .* leave out the column 'unit' with ignore="
    ):
        read_table(path, **options)
    data, _ = read_table(path, **options, ignore="unit", units={"pm25": "ug/m3"})
    assert series(data, "pm25", "ACO") == {"2024-03-14 07:00": 11}


def test_columns_of_times_that_label_different_ends_are_refused(tmp_path):
    text = "station,longitude,latitude,Fecha inicio,Hora fin,pm25\nA,-70,-33,2024-03-13,1,5\n"
    with pytest.raises(InputError, match="'Fecha inicio' and 'Hora fin' label the beginning and the end"):
        read_table(write(tmp_path, text))
    data, _ = read_table(write(tmp_path, text), hour_label="ending")
    assert series(data, "pm25", "A") == {"2024-03-13 01:00": 5}


def test_a_station_table_in_place_of_measurements(tmp_path):
    text = "Código,Latitud,Longitud\nA,-33,-70\n"
    with pytest.raises(InputError, match=r"has coordinates, but neither times nor values, .* \(--stations\)"):
        read_table(write(tmp_path, text))
