"""Read geometries from GeoJSON, optionally selected by their properties."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from aqnet_pyg.errors import InputError


def read_shapes(source: str | Path | Mapping[str, Any], **properties: Any) -> np.ndarray:
    """Read the geometries of a FeatureCollection, a Feature or a bare geometry.

    Args:
        source: A GeoJSON file or its content.
        **properties: Keep only features with these properties, as in ``name="Hebei"`` or ``name=["Hebei", "Shanxi"]``.

    Returns:
        shapely geometries in the order of the file, shape ``[feature]``, at least one.

    Raises:
        InputError: If the source is not GeoJSON, or a requested property or value does not occur.
    """
    where = "GeoJSON" if isinstance(source, Mapping) else str(source)
    content = source if isinstance(source, Mapping) else _load(source)
    features: Any = content.get("features") if content.get("type") == "FeatureCollection" else [content]
    try:
        features = [
            feature if feature.get("type") == "Feature" else {"properties": {}, "geometry": feature}
            for feature in features
            if feature.get("geometry", feature) is not None
        ]
        for name, wanted in properties.items():
            features = _with(features, name, wanted, where)
        shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    except (AttributeError, KeyError, TypeError, shapely.errors.GEOSException) as error:
        raise InputError(f"{where}: invalid GeoJSON ({error}); check the file.") from error
    if len(shapes) == 0:
        raise InputError(f"{where}: no feature has a geometry; check the file.")
    return shapes


def _load(path: str | Path) -> Mapping[str, Any]:
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as GeoJSON ({error}); give a GeoJSON file.") from error
    if not isinstance(content, Mapping):
        raise InputError(f"{path}: contains a {type(content).__name__}, not an object; give a GeoJSON file.")
    return content


def _with(features: list[dict[str, Any]], name: str, wanted: Any, where: str) -> list[dict[str, Any]]:
    """Features whose property ``name`` is ``wanted`` or one of its values; each value has to occur."""
    wanted = list(wanted) if isinstance(wanted, Collection) and not isinstance(wanted, str) else [wanted]
    having = [feature for feature in features if name in (feature.get("properties") or {})]
    if not having:
        known = sorted({key for feature in features for key in feature.get("properties") or {}})
        raise InputError(
            f"{where}: no feature has the property {name!r}; existing properties: {', '.join(known) or 'none'}."
        )
    values = [feature["properties"][name] for feature in having]
    for value in wanted:
        if value not in values:
            names = sorted({str(other) for other in values})
            near = difflib.get_close_matches(str(value), names, 3) or names[:5]
            raise InputError(f"{where}: no feature has {name} {value!r}; did you mean {', '.join(near)}?")
    return [feature for feature, value in zip(having, values, strict=True) if value in wanted]
