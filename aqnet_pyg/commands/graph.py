"""``aqnet graph``: diagnostics of the station graph of a source, before a model is trained on it."""

from __future__ import annotations

import xarray as xr

from aqnet_pyg.commands.settings import GraphSettings
from aqnet_pyg.commands.sources import open_source
from aqnet_pyg.errors import InputError
from aqnet_pyg.io.files import output_folder, write_json
from aqnet_pyg.splits import choose_hidden


def run_graph(settings: GraphSettings) -> str:
    """Build and diagnose the graph of the stations of a source; write it to ``settings.out`` if given.

    Returns:
        The diagnostics and warnings as text.

    Raises:
        InputError: If the settings or the source cannot be used.
    """
    if settings.radius is not None and not settings.radius > 0:
        raise InputError(f"radius: {settings.radius} km is not positive; use a positive number.")
    folder = None if settings.out is None else output_folder(settings.out)
    data = open_source(settings, days=1, seed=settings.seed, truth=False).data.sortby("station")
    codes = [str(code) for code in data.station.values]
    hidden = set(choose_hidden(codes, settings.hidden, settings.seed))
    import torch

    from aqnet_pyg.graph import great_circle_distance, knn_edges
    from aqnet_pyg.graph.diagnostics import diagnose
    from aqnet_pyg.graph.networkx_graphs import to_networkx, write_geojson, write_graphml
    from aqnet_pyg.report import map_graph, save_figure

    pos = torch.from_numpy(xr.concat([data.longitude, data.latitude], "axis").values.T)
    visible = torch.tensor([code not in hidden for code in codes])
    edge_index = knn_edges(pos, settings.k, visible=visible)
    if settings.radius is not None:
        edge_index = edge_index[:, great_circle_distance(pos[edge_index[0]], pos[edge_index[1]]) <= settings.radius]
    diagnostics = diagnose(edge_index, pos, visible=visible, codes=codes, k=settings.k)
    text = f"{data.attrs['source']}\n{diagnostics}"
    if folder is None:
        return text
    picture = map_graph(edge_index, pos, visible=visible, stations=data, borders=settings.borders)
    graph = to_networkx(edge_index, pos, codes, visible=visible)
    write_graphml(graph, folder / "graph.graphml")
    write_geojson(graph, folder / "graph.geojson")
    write_json(diagnostics.to_dict(), folder / "diagnostics.json")
    save_figure(picture, folder / "graph.png")
    return f"{text}\ngraph.graphml, graph.geojson, graph.png and diagnostics.json are in {folder}."
