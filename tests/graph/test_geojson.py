"""Geometries from GeoJSON files and dictionaries."""

import json

import pytest
import shapely

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.geojson import read_shapes

BOX = shapely.geometry.mapping(shapely.box(110, 30, 112, 32))
FEATURES = [
    {"type": "Feature", "properties": {"name": name, "iso": number}, "geometry": BOX}
    for number, name in enumerate(["West", "Middle", "East"])
]
COLLECTION = {
    "type": "FeatureCollection",
    "features": [*FEATURES, {"type": "Feature", "properties": None, "geometry": None}],
}


@pytest.mark.parametrize("source", [COLLECTION, {"type": "FeatureCollection", "features": FEATURES}])
def test_features_are_selected_by_their_properties(source):
    assert len(read_shapes(source)) == 3
    assert len(read_shapes(source, name="East")) == 1
    assert len(read_shapes(source, name=["West", "East"], iso=0)) == 1
    assert len(read_shapes(source, iso=(0, 1))) == 2


def test_a_feature_and_a_bare_geometry():
    for source in (FEATURES[0], BOX):
        (shape,) = read_shapes(source)
        assert shape.equals(shapely.box(110, 30, 112, 32))


@pytest.mark.parametrize(
    ("content", "properties", "message"),
    [
        (None, {}, "cannot be read as GeoJSON"),
        ("<html>", {}, "cannot be read as GeoJSON"),
        ("[1]", {}, "contains a list"),
        ('{"type": "FeatureCollection"}', {}, "invalid GeoJSON"),
        ('{"type": "FeatureCollection", "features": []}', {}, "no feature has a geometry"),
        ('{"type": "Polygon", "coordinates": 3}', {}, "invalid GeoJSON"),
        (json.dumps(COLLECTION), {"name": "Wset"}, "no feature has name 'Wset'; did you mean West"),
        (
            json.dumps(COLLECTION),
            {"city": "West"},
            "no feature has the property 'city'; existing properties: iso, name",
        ),
    ],
)
def test_invalid_geojson_raises_an_error(content, properties, message, tmp_path):
    path = tmp_path / "region.geojson"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_shapes(path, **properties)
