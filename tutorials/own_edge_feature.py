"""Use an edge feature of your own in AQ-Net: here the distance of a neighbor to the north, in hundreds of kilometers.

A feature is a class with `dim` (its columns) and a call; its columns are added to those of the other features.
"""

from aqnet_pyg import AQNet, Window, reanalyze, simulate
from aqnet_pyg.graph import Bearing, Distance, KNNGraphBuilder
from aqnet_pyg.training import StationDataModule, train


class Northing:
    """Distance north of the target in hundreds of kilometers."""

    dim = 1

    def __call__(self, edges):
        """Return shape ``[E, 1]`` from the distances and directions of `edges`."""
        north = edges.to_source[1]
        return (edges.km.float() * north / 100)[:, None]


def main(steps=40):
    """Train on simulated data and predict at hidden stations."""
    stations, _ = simulate(days=8, stations=60, truth=False)
    window, hidden = Window(24, margin=6), list(stations.station.values[::10])
    data = StationDataModule(
        stations.drop_sel(station=hidden).isel(time=slice(0, 120)),
        stations.isel(time=slice(120, 192)),
        hidden,
        window,
        graph=KNNGraphBuilder(8, [Distance(), Bearing(), Northing()]),
    )
    model = train(AQNet(window, data.scaler, graph=data.graph), data, "runs/northing", steps=steps)
    at_stations, _ = reanalyze(model, stations, hidden=hidden, start=stations.time.values[120])
    error = abs(at_stations.pm25 - at_stations.pm25_measured).sel(station=hidden).mean()
    print(f"mean absolute error at hidden stations: {float(error):.1f} µg/m³ (simulated data)")
    return float(error)


if __name__ == "__main__":
    main()
