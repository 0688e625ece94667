"""Where the package keeps what it ships about the named networks: data card, region, lists of hidden stations."""

from __future__ import annotations

from pathlib import Path

from aqnet_pyg.errors import InputError

__all__ = ["network_folder"]


def network_folder(name: str) -> Path:
    """The folder of a named network.

    It holds ``README.md`` (the data card), ``croissant.json`` (the same for machines), ``region.geojson``,
    ``hidden_random.txt``, ``hidden_blocked.txt``, and ``stations.txt`` or ``stations.csv`` where the network is a fixed list
    of stations.

    Args:
        name: Such as ``"north_china"``.

    Raises:
        InputError: If there is no such network; the message lists those there are.
    """
    package = Path(__file__).parent
    # A wheel carries the folder inside the package; in a checkout it stands beside the package.
    root = package / "networks" if (package / "networks").is_dir() else package.parent / "datasets"
    known = sorted(folder.name for folder in root.iterdir() if folder.is_dir()) if root.is_dir() else []
    if name not in known:
        raise InputError(f"network: {name!r} is not known; use one of {', '.join(known)}.")
    return root / name
