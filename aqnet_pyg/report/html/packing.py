"""Packing of arrays into the page: 16-bit integers, compressed, in base64."""

from __future__ import annotations

import base64
import gzip
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

MISSING = -32768
"""Integer for NaN."""

_LARGEST = 32767


def step_for(highest: float) -> float:
    """Return the rounding step: the power of ten of which the largest value is 2,000 to 20,000 steps.

    Args:
        highest: Largest absolute value; for 0 or NaN the step is 1.
    """
    return 10.0 ** math.floor(math.log10(highest / 2000)) if highest > 0 else 1.0


def pack(arrays: Mapping[str, tuple[np.ndarray, float]]) -> tuple[list[dict[str, Any]], str]:
    """Round arrays to multiples of a step and compress them together.

    Consecutive values differ little: each value is stored as its difference from the previous one along the first axis (with
    16-bit wraparound), and all low bytes precede all high bytes, most of which are then equal.

    Args:
        arrays: By name: values of any shape, NaN where missing, and their rounding step. Values beyond the 16-bit range are
            clipped.

    Returns:
        ``name``, ``shape`` and ``step`` of each array in order, and the packed text.
    """
    index, parts = [], []
    for name, (values, step) in arrays.items():
        steps = np.clip(np.rint(np.asarray(values, np.float64) / step), -_LARGEST, _LARGEST)
        whole = np.where(np.isfinite(steps), steps, MISSING).astype(np.int16)
        index.append({"name": name, "shape": list(whole.shape), "step": step})
        parts.append(np.diff(whole, axis=0, prepend=np.zeros_like(whole[:1])).ravel())
    stream = np.concatenate(parts).astype("<i2").view(np.uint8).reshape(-1, 2).T
    return index, base64.b64encode(gzip.compress(stream.tobytes(), 6, mtime=0)).decode("ascii")
