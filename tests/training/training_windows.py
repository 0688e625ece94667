"""Small training and validation windows."""

from aqnet_pyg.training import StationDataModule
from aqnet_pyg.windows import Window

WINDOW = Window(12, margin=2)


def parts(data, window=WINDOW, k=4, **options):
    """Ten training stations, two validation stations; the last day is for validation."""
    validation = list(data.station.values[-2:])
    hours = data.sizes["time"]
    split = hours - max(24, window.length)
    return StationDataModule(
        data.isel(station=slice(0, -2), time=slice(0, split)),
        data.isel(time=slice(split, hours)),
        validation,
        window,
        k=k,
        **options,
    )
