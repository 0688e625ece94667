"""Nearest-neighbor kernels: three libraries behind two functions, which the rest of the package calls.

A kernel proposes candidates; :mod:`aqnet_pyg.graph.tie_breaking` measures and orders them. So all kernels give the same edges,
whatever their rounding and their order of ties.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import NamedTuple

import torch
from scipy.spatial import cKDTree
from torch import Tensor

from aqnet_pyg.errors import InputError

__all__ = ["KERNELS", "Kernel", "available_kernels", "candidates_within", "nearest_candidates"]

CUDA_MAX_K = 100
"""torch-cluster and pyg-lib hold at most this many neighbors per query on a GPU."""

_SCATTERED = 4096  # so many points are sorted along the Earth first: a tree is searched faster from place to place
_CUDA_PAIRS = 2**26  # on a GPU, torch-cluster and pyg-lib reserve room for every pair that could be within a radius


class Kernel(NamedTuple):
    """A library that finds neighbors by Euclidean distance.

    Args:
        module: What to import.
        nearest: ``(source [S, D], target [T, D], k)`` to indices of sources, ``[T, k]``; ``k`` is at most ``S``.
        within: ``(source, target, radius)`` to indices of sources and of targets, ``[E]`` each, all pairs nearer than the
            radius.
    """

    module: str
    nearest: Callable[[Tensor, Tensor, int], Tensor]
    within: Callable[[Tensor, Tensor, float], tuple[Tensor, Tensor]]


def _cluster_nearest(source: Tensor, target: Tensor, k: int) -> Tensor:
    import torch_cluster

    return torch_cluster.knn(source, target, k)[1].view(len(target), k)


def _cluster_within(source: Tensor, target: Tensor, radius: float) -> tuple[Tensor, Tensor]:
    import torch_cluster

    # Without a limit it silently stops at 32.
    found = torch_cluster.radius(source, target, radius, max_num_neighbors=len(source))
    return found[1], found[0]


def _pyg_nearest(source: Tensor, target: Tensor, k: int) -> Tensor:
    # No batches, Euclidean, one worker; as torch_geometric.nn.knn of PyG 2.8 calls it.
    return torch.ops.pyg.knn(source, target, None, None, k, False, 1)[1].view(len(target), k)


def _pyg_within(source: Tensor, target: Tensor, radius: float) -> tuple[Tensor, Tensor]:
    # No batches, no limit of neighbors, one worker, and equal indices are not the same point.
    found = torch.ops.pyg.radius(source, target, None, None, radius, len(source), 1, False)
    return found[1], found[0]


def _scipy_nearest(source: Tensor, target: Tensor, k: int) -> Tensor:
    index = cKDTree(source.cpu().numpy()).query(target.cpu().numpy(), k=range(1, k + 1), workers=-1)[1]
    return torch.from_numpy(index).to(source.device, torch.long)


def _scipy_within(source: Tensor, target: Tensor, radius: float) -> tuple[Tensor, Tensor]:
    source_tree, target_tree = (cKDTree(points.cpu().numpy()) for points in (source, target))
    pairs = source_tree.sparse_distance_matrix(target_tree, radius, output_type="ndarray")
    return tuple(torch.from_numpy(pairs[row].copy()).to(source.device, torch.long) for row in ("i", "j"))


KERNELS: dict[str, Kernel] = {
    "torch-cluster": Kernel("torch_cluster", _cluster_nearest, _cluster_within),
    "pyg-lib": Kernel("pyg_lib", _pyg_nearest, _pyg_within),
    "scipy": Kernel("scipy", _scipy_nearest, _scipy_within),
}
"""By name, the preferred one first."""


def available_kernels() -> list[str]:
    """Names of the kernels whose library is installed, the preferred one first."""
    return [name for name in KERNELS if _installed(name)]


def _installed(name: str) -> bool:
    if importlib.util.find_spec(KERNELS[name].module) is None:
        return False
    if name != "pyg-lib":
        return True
    import pyg_lib  # noqa: F401  (registers its operators; those before 0.6 have none for neighbors)

    return hasattr(torch.ops.pyg, "knn")


def nearest_candidates(source: Tensor, target: Tensor, k: int, kernel: str | None = None) -> Tensor:
    """Indices of the ``k`` sources that are nearest to each target by Euclidean distance, in no promised order.

    Args:
        source: Points, float64, shape ``[S, D]``.
        target: Points, float64, shape ``[T, D]``.
        k: Number of neighbors, at most ``S``.
        kernel: One of :data:`KERNELS`; default the first that is installed and can hold ``k``.

    Returns:
        Long tensor of shape ``[T, k]``.

    Raises:
        InputError: If the kernel is unknown, not installed or cannot hold ``k`` neighbors on this device.
    """
    too_many = source.is_cuda and k > CUDA_MAX_K
    chosen = _choose("scipy" if too_many and kernel is None else kernel)
    if too_many and chosen is not KERNELS["scipy"]:
        raise InputError(f"k: {k} candidates exceed the {CUDA_MAX_K} that {kernel} holds on a GPU; use kernel='scipy'.")
    if len(target) == 0 or k == 0:
        return torch.empty(len(target), k, dtype=torch.long, device=source.device)
    if len(source) + len(target) < _SCATTERED or source.is_cuda:
        return chosen.nearest(source.contiguous(), target.contiguous(), k)
    sources = _along_the_earth(source)
    targets = sources if target is source else _along_the_earth(target)
    found = torch.empty(len(target), k, dtype=torch.long)
    found[targets] = sources[chosen.nearest(source[sources], target[targets], k)]
    return found


def candidates_within(
    source: Tensor, target: Tensor, radius: float, kernel: str | None = None
) -> tuple[Tensor, Tensor]:
    """All pairs of a source and a target that are nearer than a radius by Euclidean distance, in no promised order.

    Args:
        source: Points, float64, shape ``[S, D]``.
        target: Points, float64, shape ``[T, D]``.
        radius: Positive; pairs at just this distance may be among them or not.
        kernel: As in :func:`nearest_candidates`.

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
        raise InputError(f"kernel: {kernel!r} is not available; use one of {', '.join(available_kernels())}.")
    return KERNELS[kernel]


def _along_the_earth(points: Tensor) -> Tensor:
    """An order in which neighbors are near each other: graph by graph, strip by strip of latitude, from west to east."""
    height = points[:, 2]
    low, high = height.aminmax()
    strips = int(len(points) ** 0.5) + 1
    strip = ((height - low) * (strips / (high - low).clamp(min=1e-300))).floor()
    if points.size(1) > 3:
        strip += points[:, 3] * strips
    return (strip + torch.atan2(points[:, 1], points[:, 0]) / 8).argsort()
