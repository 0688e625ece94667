"""Which stations are visible, by the codes of those that are hidden."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from aqnet_pyg.errors import InputError


def which_visible(codes: Collection[str], hidden: Collection[str]) -> np.ndarray:
    """Return the mask of stations that are not hidden, bool, shape ``[station]``.

    Args:
        codes: Station codes.
        hidden: Codes of the hidden stations.

    Raises:
        InputError: If a hidden code is unknown, or no station is visible.
    """
    hidden = set(hidden)
    unknown = sorted(hidden - set(codes))
    if unknown:
        raise InputError(
            f"hidden: {len(unknown)} of {len(hidden)} codes are not in the station data (first {unknown[0]!r}); "
            f"use station codes such as {min(codes)!r}."
        )
    if len(hidden) == len(codes):
        raise InputError(f"hidden: all {len(codes)} stations are hidden; leave at least one visible.")
    return np.array([code not in hidden for code in codes])
