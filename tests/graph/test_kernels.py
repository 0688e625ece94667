"""The choice of kernel depends on the installed libraries, and every kernel gives the same edges."""

import importlib.machinery
import sys
import types

import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.transforms import Compose

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import AddEdgeFeatures, ConnectNeighbors, available_kernels, kernels, knn_edges, radius_edges

POS = torch.rand(300, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 10 + 30
VISIBLE = torch.arange(300) % 4 > 0


def edges(kernel):
    """All results that depend on a kernel, for comparison."""
    return [
        knn_edges(POS, 7, visible=VISIBLE, kernel=kernel),
        knn_edges(POS.round(), 7, kernel=kernel),
        knn_edges(POS, 7, pos_dst=POS[:9] + 0.1, kernel=kernel),
        knn_edges(POS, 7, visible=torch.stack([VISIBLE, ~VISIBLE]), kernel=kernel),
        radius_edges(POS, 300.0, visible=VISIBLE, kernel=kernel),
        radius_edges(POS, 300.0, max_neighbors=5, batch=VISIBLE.long(), kernel=kernel),
    ]


@pytest.fixture
def without_torch_cluster(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch_cluster", None)


@pytest.fixture
def fake_pyg_lib(monkeypatch):
    """A module with the operators and schemas of pyg-lib 0.6, computed by brute force.

    The result has two rows: indices of the targets, then of the sources.
    """
    if hasattr(torch.ops.pyg, "knn"):
        pytest.skip("the real pyg-lib is installed")
    library = torch.library.Library("pyg", "FRAGMENT")
    library.define(
        "knn(Tensor x, Tensor y, Tensor? ptr_x=None, Tensor? ptr_y=None, int k=1, bool cosine=False, "
        "int num_workers=1) -> Tensor"
    )
    library.define(
        "radius(Tensor x, Tensor y, Tensor? ptr_x=None, Tensor? ptr_y=None, float r=1.0, int max_num_neighbors=32, "
        "int num_workers=1, bool ignore_same_index=False) -> Tensor"
    )

    def knn(x, y, ptr_x=None, ptr_y=None, k=1, cosine=False, num_workers=1):
        assert (ptr_x, ptr_y, cosine) == (None, None, False)
        nearest = (y[:, None] - x).norm(dim=2).argsort(dim=1)[:, :k]
        return torch.stack([torch.arange(len(y)).repeat_interleave(k), nearest.flatten()])

    def radius(x, y, ptr_x=None, ptr_y=None, r=1.0, max_num_neighbors=32, num_workers=1, ignore_same_index=False):
        assert (ptr_x, ptr_y, ignore_same_index) == (None, None, False)
        return ((y[:, None] - x).norm(dim=2) < r).nonzero()[: len(y) * max_num_neighbors].T

    library.impl("knn", knn, "CPU")
    library.impl("radius", radius, "CPU")
    module = types.ModuleType("pyg_lib")
    module.__spec__ = importlib.machinery.ModuleSpec("pyg_lib", None)
    monkeypatch.setitem(sys.modules, "pyg_lib", module)
    yield module
    library._destroy()


def test_scipy_is_always_available():
    assert available_kernels()[-1] == "scipy"


@pytest.mark.parametrize("kernel", [name for name in kernels.KERNELS if name in available_kernels()])
def test_every_kernel_gives_the_edges_of_the_default(kernel):
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(edges(kernel), edges(None), strict=True))


def test_without_torch_cluster_nothing_changes(request):
    before = edges(None)
    request.getfixturevalue("without_torch_cluster")
    assert "torch-cluster" not in available_kernels()
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(edges(None), before, strict=True))
    data = Compose([ConnectNeighbors(4), AddEdgeFeatures()])(Data(pos=POS))
    assert data.edge_attr.shape == (1200, 3)


@pytest.mark.usefixtures("without_torch_cluster")
def test_a_kernel_that_is_not_installed_raises_an_error():
    with pytest.raises(InputError, match=r"'torch-cluster' is not available; choose from .*scipy"):
        knn_edges(POS, 3, kernel="torch-cluster")


@pytest.mark.usefixtures("fake_pyg_lib")
def test_pyg_lib_gives_the_same_edges():
    assert "pyg-lib" in available_kernels()
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(edges("pyg-lib"), edges("scipy"), strict=True))


@pytest.mark.usefixtures("fake_pyg_lib", "without_torch_cluster")
def test_pyg_lib_comes_before_scipy():
    assert available_kernels() == ["pyg-lib", "scipy"]


def test_pyg_lib_without_neighbor_operators_is_not_available(monkeypatch):
    module = types.ModuleType("pyg_lib")
    module.__spec__ = importlib.machinery.ModuleSpec("pyg_lib", None)
    monkeypatch.setitem(sys.modules, "pyg_lib", module)
    if not hasattr(torch.ops.pyg, "knn"):
        assert "pyg-lib" not in available_kernels()


class OnGpu(torch.Tensor):
    """A tensor that reports to be on a GPU."""

    is_cuda = True


def test_gpu_kernels_are_limited_to_a_hundred_neighbors(monkeypatch):
    points = POS.as_subclass(OnGpu)
    for kernel in available_kernels():
        if kernel != "scipy":
            with pytest.raises(InputError, match=f"the limit of 100 of {kernel} on a GPU; use kernel='scipy'"):
                kernels.nearest_candidates(points, points, 101, kernel)
    requested = []
    monkeypatch.setitem(
        kernels.KERNELS, "scipy", kernels.KERNELS["scipy"]._replace(nearest=lambda *points: requested.append(points[2]))
    )
    kernels.nearest_candidates(points, points, 101)
    assert requested == [101]


def test_on_a_gpu_pairs_are_searched_in_blocks(monkeypatch):
    """Its kernels allocate memory for every pair."""
    monkeypatch.setattr(kernels, "_CUDA_PAIRS", 1000)
    expected = radius_edges(POS, 300.0)
    sizes, within = [], kernels.KERNELS["scipy"].within

    def spy(source, target, radius):
        sizes.append(len(source) * len(target))
        return within(source.as_subclass(torch.Tensor), target.as_subclass(torch.Tensor), radius)

    monkeypatch.setitem(kernels.KERNELS, "scipy", kernels.KERNELS["scipy"]._replace(within=spy))
    reach = 300.5 / 6371.0
    source, target = kernels.candidates_within(*[kernels_points(POS).as_subclass(OnGpu)] * 2, reach, "scipy")
    found = set(zip(source.tolist(), target.tolist(), strict=True))
    assert max(sizes) <= 1000
    assert set(zip(*expected.tolist(), strict=True)) <= found


def kernels_points(pos):
    longitude, latitude = torch.deg2rad(pos).T
    return torch.stack([latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()], dim=1)
