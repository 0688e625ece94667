import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.readers.tables.column_names import named_label, plain, pollutant_of, recognize, split_units
from aqnet_pyg.stations import POLLUTANTS


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("PM2.5 (µg/m³)", ("PM2.5", "µg/m³")),
        ("PM 2.5 [ug/m3]", ("PM 2.5", "ug/m3")),
        ("CO（mg/m3）", ("CO", "mg/m3")),
        ("PM2.5_ug_m3", ("pm25", "ug m-3")),
        ("o3_ppb", ("o3", "ppb")),
        ("NO2 ppb", ("no2", "ppb")),
        ("time (UTC+1)", ("time", "UTC+1")),
        (" pm25 ", ("pm25", None)),
        ("pm25_atm", ("pm25_atm", None)),
    ],
)
def test_units_in_names(name, parts):
    assert split_units(name) == parts


@pytest.mark.parametrize(
    ("name", "pollutant"),
    [
        ("PM2.5", "pm25"), ("PM2,5", "pm25"), ("pm2p5", "pm25"), ("PM₂.₅", "pm25"), ("PM10 (µg/m³)", "pm10"), ("Ozone", "o3"),
        ("O3_ug_m3", "o3"),
        ("Sulphur dioxide", "so2"), ("CO", "co"), ("Carbon Monoxide", "co"), ("PM2.5 - Local Conditions", "pm25"),
        ("PM2.5_1hr", None), ("PM2.5_24h", None), ("O3_8h", None), ("pm2.5_atm", None), ("PM2.5 AQI", None), ("PM1", None),
        ("Ozono (O3)", "o3"), ("Ozone (O3) [ppb]", "o3"), ("Monóxido de carbono", "co"), ("Dioxyde d'azote", "no2"),
        ("Material particulado PM10", "pm10"), ("Particules fines PM2,5 (µg/m³)", "pm25"), ("MP2.5", "pm25"),
        ("Feinstaub PM10", "pm10"), ("Particules fines", None), ("PM10 Bandera", None), ("CO (mg/m3) (8h)", None),
        ("PM10-PM2.5", None), ("NO", None), ("NOx", None), ("code", None), ("", None),
    ],
)  # fmt: skip
def test_pollutants(name, pollutant):
    assert pollutant_of(name) == pollutant


@given(st.sampled_from(list(POLLUTANTS)), st.sampled_from(["", " (ug/m3)", " [ppb]", "_ug_m3"]), st.booleans())
def test_every_pollutant_is_recognized_by_its_name_and_label(name, units, label):
    text = POLLUTANTS[name].label if label else name
    for spelled in (text, text.upper(), text.lower()):
        assert pollutant_of(spelled + units) == name


def test_the_best_name_of_a_variable_comes_first():
    names = ["local_time", "time", "Datetime (UTC)", "PM2.5", "pm25", "Hora", "POC", "x"]
    assert recognize(names) == {
        "pm25": ["PM2.5", "pm25"],
        "time": ["time", "Datetime (UTC)", "local_time"],
        "hour": ["Hora"],
        "instrument": ["POC"],
    }


def test_names_without_punctuation():
    assert plain("  Date/Time_(UTC) ") == "datetimeutc"
    assert plain("\N{MICRO SIGN}g") == plain("\N{GREEK SMALL LETTER MU}g")


@pytest.mark.parametrize(
    ("names", "label"),
    [
        (["start_time"], "beginning"),
        (["DatetimeBegin"], "beginning"),
        (["From Date"], "beginning"),
        (["end_time"], "ending"),
        (["TimeEnd"], "ending"),
        (["Day", "bis"], "ending"),
        (["time"], None),
        (["weekend"], None),
        (["Date de début"], "beginning"),
        (["Fecha inicial"], "beginning"),
        (["Fecha final"], "ending"),
        (["Date de fin"], "ending"),
    ],
)
def test_labels_of_times_in_names(names, label):
    assert named_label(names) == label


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Data", "Hora", "Poluente", "Concentração", "Unidade"], ["date", "hour", "parameter", "value", "unit"]),
        (["Fecha", "Hora", "Contaminante", "Valor", "Unidad"], ["date", "hour", "parameter", "value", "unit"]),
        (["Datum", "Stunde", "Schadstoff", "Wert", "Einheit"], ["date", "hour", "parameter", "value", "unit"]),
        (["Jour", "Mois", "Année", "Heure", "Valeur", "Unité"], ["day", "month", "year", "hour", "value", "unit"]),
        (["Data/ora", "Inquinante", "Valore", "Unità"], ["time", "parameter", "value", "unit"]),
        (["MP2,5", "Ozônio (µg/m³)", "MP10"], ["pm25", "o3", "pm10"]),
    ],
)
def test_names_in_other_languages_with_and_without_accents(names, expected):
    assert recognize(names) == {variable: [name] for name, variable in zip(names, expected, strict=True)}
    bare = [name.translate(str.maketrans("çãéàô", "caeao")) for name in names]
    assert sorted(recognize(bare)) == sorted(expected)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["Fecha y hora local", "Valor medido"], {"time": ["Fecha y hora local"], "value": ["Valor medido"]}),
        (["Data e hora"], {"time": ["Data e hora"]}),
        (["Fecha inicial", "Fecha final"], {"date": ["Fecha final", "Fecha inicial"]}),
        (["Fecha inicio", "Hora fin", "Hora inicio"], {"date": ["Fecha inicio"], "hour": ["Hora inicio", "Hora fin"]}),
        (["date", "id_parameter", "value", "unit"], {"date": ["date"], "value": ["value"], "unit": ["unit"],
         "parameter": ["id_parameter"]}),
        (["Polluant", "valeur", "valeur brute", "unité de mesure"], {"parameter": ["Polluant"], "value": ["valeur"],
         "unit": ["unité de mesure"]}),
        (["Nombre del contaminante", "Unidad de medida"], {"parameter": ["Nombre del contaminante"],
         "unit": ["Unidad de medida"]}),
        (["Date of birth", "overtime", "Tiempo de exposición", "unit price", "Fecha de carga"], {}),
    ],
)  # fmt: skip
def test_names_of_several_words(names, found):
    assert recognize(names) == found
