"""Use an edge builder of your own in AQ-Net: here the nearest station in each of eight directions.

A builder is a class with `k` (the largest in-degree), `dim` (edge features) and a call; no other change is needed.
"""

import torch

from aqnet_pyg import AQNet, Window, reanalyze, simulate
from aqnet_pyg.graph import Bearing, Distance, EdgeFeatures, Edges, bearing, knn_edges
from aqnet_pyg.training import StationDataModule, train


class Octants:
    """Edges from the nearest station in each octant, among the 24 nearest visible stations."""

    k = 8

    def __init__(self):
        self.features = EdgeFeatures([Distance(), Bearing()])
        self.dim = self.features.dim

    def __call__(self, pos, visible, pos_dst=None):
        """Return edges and features; edges are sorted by target and distance, so the first of each octant is the nearest."""
        edge_index = knn_edges(pos, 24, visible=visible, pos_dst=pos_dst)
        there = pos if pos_dst is None else pos_dst
        angle = bearing(there[edge_index[1]], pos[edge_index[0]]) % (2 * torch.pi)
        place = edge_index[1] * 8 + (angle / (torch.pi / 4)).long().clamp(max=7)
        order = place.argsort(stable=True)
        first = order[place[order].diff(prepend=place.new_tensor([-1])) > 0]
        edge_index = edge_index[:, first.sort().values]
        return edge_index, self.features(Edges(edge_index, pos, there))


def main(steps=40):
    """Train on simulated data and predict at hidden stations."""
    stations, _ = simulate(days=8, stations=60, truth=False)
    window, hidden = Window(24, margin=6), list(stations.station.values[::10])
    data = StationDataModule(
        stations.drop_sel(station=hidden).isel(time=slice(0, 120)),
        stations.isel(time=slice(120, 192)),
        hidden,
        window,
        graph=Octants(),
    )
    model = train(AQNet(window, data.scaler, graph=data.graph), data, "runs/octants", steps=steps)
    at_stations, _ = reanalyze(model, stations, hidden=hidden, start=stations.time.values[120])
    error = abs(at_stations.pm25 - at_stations.pm25_measured).sel(station=hidden).mean()
    print(f"mean absolute error at hidden stations: {float(error):.1f} µg/m³ (simulated data)")
    return float(error)


if __name__ == "__main__":
    main()
