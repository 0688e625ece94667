"""Nearest-neighbor kernels: one interface to torch-cluster, pyg-lib and SciPy.

A kernel proposes candidates; ``tie_breaking`` computes their distances and sorts them. All kernels therefore give the same
edges, independent of their rounding and of their order of ties.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import NamedTuple

import torch
from scipy.spatial import cKDTree
from torch import Tensor

from aqnet_pyg.errors import InputError

CUDA_MAX_K = 100
"""Largest number of neighbors per query of torch-cluster and pyg-lib on a GPU."""

_SORT_FROM = 4096  # from this number of points on they are sorted spatially first: faster tree searches
_CUDA_PAIRS = 2**26  # pairs per call: on a GPU, torch-cluster and pyg-lib allocate memory for every possible pair


class Kernel(NamedTuple):
    """A library that searches neighbors by Euclidean distance.

    Args:
        module: Name of the module to import.
        nearest: Function ``(source [S, D], target [T, D], k)`` → indices of sources, ``[T, k]``, with ``k`` at most ``S``.
        within: Function ``(source, target, radius)`` → indices of sources and of targets, ``[E]`` each: all pairs closer
            than the radius.
    """

    module: str
    nearest: Callable[[Tensor, Tensor, int], Tensor]
    within: Callable[[Tensor, Tensor, float], tuple[Tensor, Tensor]]


def _cluster_nearest(source: Tensor, target: Tensor, k: int) -> Tensor:
    import torch_cluster

    return torch_cluster.knn(source, target, k)[1].view(len(target), k)


def _cluster_within(source: Tensor, target: Tensor, radius: float) -> tuple[Tensor, Tensor]:
    import torch_cluster

    # The default limit is 32 neighbors, without a warning.
    found = torch_cluster.radius(source, target, radius, max_num_neighbors=len(source))
    return found[1], found[0]


def _pyg_nearest(source: Tensor, target: Tensor, k: int) -> Tensor:
    # No batches, Euclidean, one worker, as in torch_geometric.nn.knn of PyG 2.8.
    return torch.ops.pyg.knn(source, target, None, None, k, False, 1)[1].view(len(target), k)


def _pyg_within(source: Tensor, target: Tensor, radius: float) -> tuple[Tensor, Tensor]:
    # No batches, no limit on the neighbors, one worker, and equal indices are different points.
    found = torch.ops.pyg.radius(source, target, None, None, radius, len(source), 1, False)
    return found[1], found[0]


def _scipy_nearest(source: Tensor, target: Tensor, k: int) -> Tensor:
    index = cKDTree(source.cpu().numpy()).query(target.cpu().numpy(), k=range(1, k + 1), workers=-1)[1]
    return torch.from_numpy(index).to(source.device, torch.long)


def _scipy_within(source: Tensor, target: Tensor, radius: float) -> tuple[Tensor, Tensor]:
    source_tree, target_tree = (cKDTree(points.cpu().numpy()) for points in (source, target))
    pairs = source_tree.sparse_distance_matrix(target_tree, radius, output_type="ndarray")
    sources, targets = (torch.from_numpy(pairs[row].copy()).to(source.device, torch.long) for row in ("i", "j"))
    return sources, targets


KERNELS: dict[str, Kernel] = {
    "torch-cluster": Kernel("torch_cluster", _cluster_nearest, _cluster_within),
    "pyg-lib": Kernel("pyg_lib", _pyg_nearest, _pyg_within),
    "scipy": Kernel("scipy", _scipy_nearest, _scipy_within),
}
"""Kernels by name, in order of preference."""


def available_kernels() -> list[str]:
    """Names of the installed kernels, in order of preference."""
    return [name for name in KERNELS if _installed(name)]


def _installed(name: str) -> bool:
    if importlib.util.find_spec(KERNELS[name].module) is None:
        return False
    if name != "pyg-lib":
        return True
    import pyg_lib  # noqa: F401  (registers its operators; before 0.6 there is none for neighbors)

    return hasattr(torch.ops.pyg, "knn")


def nearest_candidates(source: Tensor, target: Tensor, k: int, kernel: str | None = None) -> Tensor:
    """Indices of the ``k`` sources nearest to each target by Euclidean distance, in arbitrary order.

    Args:
        source: Points, float64, shape ``[S, D]``.
        target: Points, float64, shape ``[T, D]``.
        k: Number of neighbors, at most ``S``.
        kernel: ``"torch-cluster"``, ``"pyg-lib"`` or ``"scipy"``; default the first installed one that supports ``k``.

    Returns:
        Long tensor of shape ``[T, k]``.

    Raises:
        InputError: If the kernel is unknown, not installed, or does not support ``k`` neighbors on this device.
    """
    too_many = source.is_cuda and k > CUDA_MAX_K
    chosen = _choose("scipy" if too_many and kernel is None else kernel)
    if too_many and chosen is not KERNELS["scipy"]:
        raise InputError(
            f"k: {k} candidates exceed the limit of {CUDA_MAX_K} of {kernel} on a GPU; use kernel='scipy'."
        )
    if len(target) == 0 or k == 0:
        return torch.empty(len(target), k, dtype=torch.long, device=source.device)
    if len(source) + len(target) < _SORT_FROM or source.is_cuda:
        return chosen.nearest(source.contiguous(), target.contiguous(), k)
    sources = _spatial_order(source)
    targets = sources if target is source else _spatial_order(target)
    found = torch.empty(len(target), k, dtype=torch.long)
    found[targets] = sources[chosen.nearest(source[sources], target[targets], k)]
    return found


def candidates_within(
    source: Tensor, target: Tensor, radius: float, kernel: str | None = None
) -> tuple[Tensor, Tensor]:
    """All pairs of a source and a target within a radius by Euclidean distance, in arbitrary order.

    Args:
        source: Points, float64, shape ``[S, D]``.
        target: Points, float64, shape ``[T, D]``.
        radius: Positive; pairs at exactly this distance may or may not be included.
        kernel: See :func:`nearest_candidates`.

    Returns:
        Indices of sources and of targets, long, shape ``[E]`` each.

    Raises:
        InputError: If the kernel is unknown or not installed.
    """
    chosen = _choose(kernel)
    if len(source) == 0 or len(target) == 0:
        nothing = torch.empty(0, dtype=torch.long, device=source.device)
        return nothing, nothing
    block = max(1, _CUDA_PAIRS // len(source)) if source.is_cuda else len(target)
    found = [
        (sources, targets + first)
        for first, part in zip(range(0, len(target), block), target.split(block), strict=True)
        for sources, targets in [chosen.within(source.contiguous(), part.contiguous(), radius)]
    ]
    sources, targets = zip(*found, strict=True)
    return torch.cat(sources), torch.cat(targets)


def _choose(kernel: str | None) -> Kernel:
    if kernel is None:
        kernel = next(name for name in KERNELS if _installed(name))
    elif kernel not in KERNELS or not _installed(kernel):
        raise InputError(f"kernel: {kernel!r} is not available; choose from {', '.join(available_kernels())}.")
    return KERNELS[kernel]


def _spatial_order(points: Tensor) -> Tensor:
    """Permutation that keeps neighbors close together: by graph, then by strip of latitude, then from west to east."""
    height = points[:, 2]
    low, high = height.aminmax()
    strips = int(len(points) ** 0.5) + 1
    strip = ((height - low) * (strips / (high - low).clamp(min=1e-300))).floor()
    if points.size(1) > 3:
        strip += points[:, 3] * strips
    return (strip + torch.atan2(points[:, 1], points[:, 0]) / 8).argsort()
