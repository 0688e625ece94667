"""Arrays as text in a page: whole numbers of 16 bits, compressed, in base64."""

from __future__ import annotations

import base64
import gzip
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["MISSING", "pack", "step_for"]

MISSING = -32768
"""Stands for NaN."""

_MOST = 32767


def step_for(highest: float) -> float:
    """The power of ten to round to, so that the highest value is 2,000 to 20,000 steps.

    Args:
        highest: The largest absolute value; of 0 or NaN the step is 1.
    """
    return 10.0 ** math.floor(math.log10(highest / 2000)) if highest > 0 else 1.0


def pack(arrays: Mapping[str, tuple[np.ndarray, float]]) -> tuple[list[dict[str, Any]], str]:
    """Round arrays to whole steps and compress them together.

    Neighbors in time differ little: each value is stored as its difference from the one before it along the first axis (of
    16 bits, over the end and round), and all low bytes before all high bytes, most of which are then equal.

    Args:
        arrays: By name: values with any number of axes, NaN where missing, and the step to round them to. Values beyond
            what 16 bits hold become the largest that they do.

    Returns:
        ``name``, ``shape`` and ``step`` of each array in their order, and the text.
    """
    index, parts = [], []
    for name, (values, step) in arrays.items():
        steps = np.clip(np.rint(np.asarray(values, np.float64) / step), -_MOST, _MOST)
        whole = np.where(np.isfinite(steps), steps, MISSING).astype(np.int16)
        index.append({"name": name, "shape": list(whole.shape), "step": step})
        parts.append(np.diff(whole, axis=0, prepend=np.zeros_like(whole[:1])).ravel())
    stream = np.concatenate(parts).astype("<i2").view(np.uint8).reshape(-1, 2).T
    return index, base64.b64encode(gzip.compress(stream.tobytes(), 6, mtime=0)).decode("ascii")
