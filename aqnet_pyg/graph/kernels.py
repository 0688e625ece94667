"""Nearest-neighbour kernels: three libraries behind one function, which the rest of the package calls.

A kernel proposes candidates; :mod:`aqnet_pyg.graph.neighbours` measures and orders them. So all kernels give the same
edges, whatever their rounding and their order of ties.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

import torch
from scipy.spatial import cKDTree
from torch import Tensor

from aqnet_pyg.errors import InputError

__all__ = ["KERNELS", "available_kernels", "nearest_candidates"]

CUDA_MAX_K = 100
"""torch-cluster and pyg-lib hold at most this many neighbours per query on a GPU."""


def _torch_cluster(source: Tensor, target: Tensor, k: int) -> Tensor:
    import torch_cluster

    return torch_cluster.knn(source, target, k)[1].view(len(target), k)


def _pyg_lib(source: Tensor, target: Tensor, k: int) -> Tensor:
    import pyg_lib  # noqa: F401  (registers torch.ops.pyg)

    return torch.ops.pyg.knn(source, target, None, None, k, False, 1)[1].view(len(target), k)


def _scipy(source: Tensor, target: Tensor, k: int) -> Tensor:
    index = cKDTree(source.cpu().numpy()).query(target.cpu().numpy(), k=range(1, k + 1), workers=-1)[1]
    return torch.from_numpy(index).to(source.device, torch.long)


KERNELS: dict[str, tuple[str, Callable[[Tensor, Tensor, int], Tensor]]] = {
    "torch-cluster": ("torch_cluster", _torch_cluster),
    "pyg-lib": ("pyg_lib", _pyg_lib),
    "scipy": ("scipy", _scipy),
}
"""Module to import and function, by name, the preferred one first."""


def available_kernels() -> list[str]:
    """Names of the kernels whose library is installed, the preferred one first."""
    return [name for name, (module, _) in KERNELS.items() if importlib.util.find_spec(module) is not None]


def nearest_candidates(source: Tensor, target: Tensor, k: int, kernel: str | None = None) -> Tensor:
    """Indices of the ``k`` sources that are nearest to each target by Euclidean distance, in no promised order.

    Args:
        source: Points, float64, shape ``[S, D]``.
        target: Points, float64, shape ``[T, D]``.
        k: Number of neighbours, at most ``S``.
        kernel: One of :data:`KERNELS`; default the first that is installed and can hold ``k``.

    Returns:
        Long tensor of shape ``[T, k]``.

    Raises:
        InputError: If the kernel is unknown, not installed or cannot hold ``k`` neighbours on this device.
    """
    if len(target) == 0 or k == 0:
        return torch.empty(len(target), k, dtype=torch.long, device=source.device)
    too_many = source.is_cuda and k > CUDA_MAX_K
    if kernel is None:
        kernel = "scipy" if too_many else available_kernels()[0]
    if kernel not in available_kernels():
        raise InputError(f"kernel: {kernel!r} is not available; use one of {', '.join(available_kernels())}.")
    if too_many and kernel != "scipy":
        raise InputError(f"k: {k} candidates exceed the {CUDA_MAX_K} that {kernel} holds on a GPU; use kernel='scipy'.")
    return KERNELS[kernel][1](source.contiguous(), target.contiguous(), k)
