"""Files of the 36 stations in Beijing that two published protocols use (ST-MVL; Yi et al., IJCAI 2016)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.protocol import Request

TIME_ZONE = "Asia/Shanghai"
"""Zone of the times in the files."""


def find_file(folder: Path, name: str, siblings: tuple[str, ...]) -> Path:
    """A file in a folder, in one of the named folders in it, or in one beside it.

    Args:
        folder: The data folder.
        name: Of the file.
        siblings: Names of folders to look in besides.

    Raises:
        InputError: If it is in none of them.
    """
    places = [folder, *(folder / sibling for sibling in siblings), *(folder.parent / sibling for sibling in siblings)]
    for place in places:
        if (place / name).is_file():
            return place / name
    raise InputError(
        f"{folder}: {name} is neither in it nor in a folder {' or '.join(siblings)} in or beside it; name the folder with --data."
    )


def station_positions(folder: Path) -> pd.DataFrame:
    """Longitudes and latitudes of the stations, by code (``001001``), in the order of ``pm25_latlng.txt``."""
    path = find_file(folder, "pm25_latlng.txt", ("aqi36",))
    return pd.read_csv(path, dtype={"sensor_id": str}).set_index("sensor_id")[["longitude", "latitude"]]


def refuse_options(request: Request, protocol: str) -> None:
    """Refuse what would change a published protocol.

    Args:
        request: The data and options.
        protocol: Name of the protocol, for the message.

    Raises:
        InputError: Naming the option.
    """
    given = {"target": request.target != "pm25", "hidden": request.hidden is not None, "known": bool(request.known)}
    given |= dict.fromkeys(request.dates, True)
    for name, set_here in given.items():
        if set_here:
            raise InputError(
                f"{name}: {protocol} is published with its own stations, hours and pollutant; leave it out."
            )
