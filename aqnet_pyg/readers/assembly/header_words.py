"""Station attributes by the words of a column name, in English, Spanish, Portuguese, French, Italian, German and Polish."""

from __future__ import annotations

import re

from aqnet_pyg.text import words_of


def vocabulary(text: str) -> frozenset[str]:
    """Return the words of a text as a set.

    Args:
        text: Words in lower case, without accents, separated by spaces.
    """
    return frozenset(text.split())


FILLERS = vocabulary(
    "a al and d da das de del dell della delle der des di do dos du e el et i l la las le les los of the und y"
)
"""Words between others in names of columns, without a meaning of their own."""

_STATION = vocabulary(
    "estac estacao estacion location messstation messstelle site sitio station stations stacja stacji stazione"
)
_OF_STATIONS = vocabulary(
    "measurement measuring medicao medicion mesure mesures monitoramento monitoreo monitoring monitoraggio"
)
"""Words beside that of the station: monitoring station."""

_OF_COORDINATES = vocabulary(
    """4326 coord coordenada coordinate dd dec decimal decimale decimales deg degree degrees degres epsg geografica geografische
    geographic geographical geographique gps grad grados graus nad83 sirgas sirgas2000 wgs wgs84"""
)

_CODES = ("code", "codigo", "codice", "cod", "cve", "clave", "kod", "kennung", "id", "identifier", "identificador")
"""Words for the code of a station, the best one first."""

WITHOUT_KIND = len(_CODES)
"""Rank of columns that are named by the word for station alone, whether they have codes or names."""

_WORDS = {
    "name": "bezeichnung name nazwa nom nombre nome",
    "longitude": "lng lon long longitud longitude longitudine langengrad lange",
    "latitude": "lat latitud latitude latitudine breitengrad breite",
    "elevation": "alt altitud altitude elev elevacao elevacion elevation hohe quota",
    "city": "cidade city ciudad comune commune comuna gemeinde localidad localite miasto municipality municipio stadt town ville",
    "province": "bundesland departamento departement provincia province region regione uf wojewodztwo",
}
_ATTRIBUTES = {word: attribute for attribute, words in _WORDS.items() for word in words.split()}

_UNITS = re.compile(r"\s*[(\[（].*[)\]）]\s*$")


def station_attribute(name: str) -> tuple[str, int] | None:
    """Return the station attribute that a column name stands for, and a rank that is lower for better names; None for others.

    Args:
        name: Column name, such as ``Código de la estación``, ``Nom site``, ``StationCode`` or ``Latitud (grados)``.

    Examples:
        >>> station_attribute("Nombre de la estación")
        ('name', 0)
        >>> station_attribute("Código del parámetro")
    """
    words = [part for word in words_of(_UNITS.sub("", name)) if word not in FILLERS for part in _parts(word)]
    of_station = any(word in _STATION for word in words)
    core = [word for word in words if word not in _STATION and not (of_station and word in _OF_STATIONS)]
    if not core:
        return ("station", WITHOUT_KIND) if of_station else None
    if core == ["id"] and not of_station:  # may number rows
        return "station", WITHOUT_KIND + 1
    if len(core) == 1 and core[0] in _CODES and (of_station or core[0] in ("codigo", "codice")):
        return "station", _CODES.index(core[0])
    attributes = {_ATTRIBUTES.get(word, word) for word in core}
    if attributes & {"longitude", "latitude"}:
        attributes -= _OF_COORDINATES
    if attributes & {"city", "province"}:
        attributes.discard("name")
    found = attributes.pop()
    return (found, 0) if not attributes and found in _WORDS else None


def _parts(word: str) -> list[str]:
    """A word without spaces such as ``sitename``, as the word for station and the other one."""
    for station in _STATION:
        for other in {word.removeprefix(station), word.removesuffix(station)} - {word}:
            if other in _CODES or other in _ATTRIBUTES:
                return [station, other]
    return [word]
