"""Metadata of the named networks in the package: data cards, regions, lists of hidden stations."""

from __future__ import annotations

from pathlib import Path

from aqnet_pyg.errors import InputError


def network_folder(name: str) -> Path:
    """Return the folder of a named network.

    It contains ``README.md`` (the data card), ``croissant.json`` (its machine-readable form) and lists of hidden stations:
    ``hidden_random.txt`` and ``hidden_blocked.txt`` of a data set, or the five folds ``random_1.txt`` to ``blocked_5.txt`` of a
    folder of measurements. Data sets also have ``region.geojson``, and ``stations.txt`` or ``stations.csv`` where the network
    is a fixed list of stations.

    Args:
        name: Name of the network, such as ``"north_china"``.

    Raises:
        InputError: If there is no such network; the message lists the known ones.
    """
    package = Path(__file__).parent.parent
    # In a wheel the folder is inside the package; in a checkout it is next to the package.
    root = package / "networks" if (package / "networks").is_dir() else package.parent / "datasets"
    known = sorted(folder.name for folder in root.iterdir() if folder.is_dir()) if root.is_dir() else []
    if name not in known:
        raise InputError(f"network: {name!r} is unknown; use one of {', '.join(known)}.")
    return root / name
