"""Where to compute, by the names of the options."""

from __future__ import annotations

__all__ = ["torch_device"]


def torch_device(name: str) -> str:
    """The device of torch that an option ``auto``, ``cpu`` or ``gpu`` means.

    Args:
        name: Of the option.
    """
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return "cuda" if name == "gpu" else name
