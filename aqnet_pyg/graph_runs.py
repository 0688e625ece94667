"""``aqnet graph``: what the graph of a source looks like, before a model is trained on it."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.files import output_folder, write_json
from aqnet_pyg.sources import open_source
from aqnet_pyg.splits import random_hidden, read_hidden

__all__ = ["GraphSettings", "run_graph"]


@dataclass(frozen=True)
class GraphSettings:
    """Say what the graph of a network is like, and warn about what will hurt a model.

    Args:
        source: ``simulated``, or the name of a reader: ``cnemc``, ``bjmemc``, ``uci_beijing``, ``table``, ``netcdf``.
        path: File, zip or folder of the archive.
        stations: Station table or folder of station lists, where the archive needs one.
        k: Neighbours of a station.
        radius: Leave out edges longer than this, in kilometres.
        hidden: A file with the codes of hidden stations, or the fraction to hide at random; 0 hides none.
        seed: Of the simulation and of the stations to hide.
        borders: A GeoJSON file of outlines to draw on the map.
        out: Folder for ``graph.graphml``, ``graph.geojson``, ``graph.png`` and ``diagnostics.json``; default none.
        strict: Stop at the first broken file instead of reporting and skipping it.
    """

    source: str
    path: str | None = None
    stations: str | None = None
    k: int = 16
    radius: float | None = None
    hidden: str | float = 0.0
    seed: int = 0
    borders: str | None = None
    out: str | None = None
    strict: bool = False


def run_graph(settings: GraphSettings) -> str:
    """Connect the stations of a source, look at the graph, and write it where ``settings.out`` is given.

    Returns:
        The diagnostics and warnings as text.

    Raises:
        InputError: If anything in the settings or the source cannot be used.
    """
    # Here, so that the command line can show its help without torch.
    import torch

    from aqnet_pyg.graph import great_circle_km, knn_edges
    from aqnet_pyg.graph.diagnostics import diagnose
    from aqnet_pyg.graph.networkx_graphs import to_networkx, write_geojson, write_graphml
    from aqnet_pyg.report.graphs import map_graph
    from aqnet_pyg.report.maps import save_figure

    if settings.radius is not None and not settings.radius > 0:
        raise InputError(f"radius: {settings.radius} km were given; use a positive number.")
    folder = None if settings.out is None else output_folder(settings.out)
    data, _, _ = open_source(
        settings.source, settings.path, settings.stations, settings.strict, days=1, seed=settings.seed, truth=False
    )
    data = data.sortby("station")
    codes = [str(code) for code in data.station.values]
    pos = torch.from_numpy(xr.concat([data.longitude, data.latitude], "axis").values.T)
    hidden = set(_hidden(settings, codes))
    visible = torch.tensor([code not in hidden for code in codes])
    edge_index = knn_edges(pos, settings.k, visible=visible)
    if settings.radius is not None:
        edge_index = edge_index[:, great_circle_km(pos[edge_index[0]], pos[edge_index[1]]) <= settings.radius]
    diagnostics = diagnose(edge_index, pos, visible=visible, codes=codes, k=settings.k)
    text = f"{data.attrs['source']}\n{diagnostics}"
    if folder is None:
        return text
    graph = to_networkx(edge_index, pos, codes, visible=visible)
    write_graphml(graph, folder / "graph.graphml")
    write_geojson(graph, folder / "graph.geojson")
    write_json(diagnostics.to_dict(), folder / "diagnostics.json")
    save_figure(map_graph(edge_index, pos, visible=visible, borders=settings.borders), folder / "graph.png")
    return f"{text}\ngraph.graphml, graph.geojson, graph.png and diagnostics.json are in {folder}."


def _hidden(settings: GraphSettings, codes: list[str]) -> tuple[str, ...]:
    try:
        fraction = float(settings.hidden)
    except ValueError:
        return read_hidden(settings.hidden, codes)
    return () if fraction == 0 else random_hidden(codes, fraction, settings.seed)
