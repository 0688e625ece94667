"""Files of the 36 stations in Beijing that two published protocols use (ST-MVL; Yi et al., IJCAI 2016)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.protocol import Request

TIME_ZONE = "Asia/Shanghai"
"""Zone of the times in the files."""


def find_file(folder: Path, name: str, siblings: tuple[str, ...]) -> Path:
    """Return the path of a file in a folder, in a named folder inside it, or in a named folder beside it.

    Args:
        folder: The data folder.
        name: Name of the file.
        siblings: Names of further folders, inside or beside the data folder.

    Raises:
        InputError: If no such file exists.
    """
    folders = [folder, *(folder / sibling for sibling in siblings), *(folder.parent / sibling for sibling in siblings)]
    for path in folders:
        if (path / name).is_file():
            return path / name
    raise InputError(
        f"{folder}: {name} is neither in it nor in a folder {' or '.join(siblings)} in or beside it; name the folder with --data."
    )


def station_positions(folder: Path) -> pd.DataFrame:
    """Return longitudes and latitudes of the stations, by code (``001001``), in the order of ``pm25_latlng.txt``."""
    path = find_file(folder, "pm25_latlng.txt", ("aqi36",))
    return pd.read_csv(path, dtype={"sensor_id": str}).set_index("sensor_id")[["longitude", "latitude"]]


def refuse_options(request: Request, protocol: str) -> None:
    """Raise an error if an option would change a published protocol.

    Args:
        request: Options of the cases.
        protocol: Name of the protocol, for the message.

    Raises:
        InputError: With the name of the option.
    """
    given = {"target": request.target != "pm25", "hidden": request.hidden is not None, "known": bool(request.known)}
    given |= dict.fromkeys(request.dates, True)
    for name, is_set in given.items():
        if is_set:
            raise InputError(f"{name}: the stations, hours and pollutant of {protocol} are fixed; omit this option.")
