"""Coasts and borders of countries, for maps without a file of outlines."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np


@cache
def coasts() -> tuple[np.ndarray, ...]:
    """Return coasts and borders of countries, each of shape ``[point, 2]``: longitude and latitude in degrees.

    Source: Natural Earth 4.1, 1:50m (public domain, https://www.naturalearthdata.com), countries as they are in fact
    administered; simplified to 0.015 degrees. ``docs/make_coasts.py`` makes the file.
    """
    with (files("aqnet_pyg.report") / "coasts.npz").open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        points, ends = arrays["points"] / 100, np.cumsum(arrays["lengths"])[:-1]
    return tuple(np.split(points, ends))
