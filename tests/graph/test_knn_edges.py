"""The contract of knn_edges, against a brute-force haversine in float64."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import available_kernels, great_circle_distance, knn, knn_edges, visibility_masks
from aqnet_pyg.stations import EARTH_RADIUS_KM


def haversine_km(pos, others):
    """Independent of the package: float64 haversine, [N, M]."""
    pos, others = np.radians(np.asarray(pos, np.float64)), np.radians(np.asarray(others, np.float64))
    half = np.sin((pos[:, None] - others[None]) / 2) ** 2
    a = half[..., 1] + np.cos(pos[:, None, 1]) * np.cos(others[None, :, 1]) * half[..., 0]
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(a, 0, 1)))


longitudes = st.floats(-180, 180) | st.sampled_from([-180.0, 179.999, 0.0, 116.4])
latitudes = st.floats(-90, 90) | st.sampled_from([-90.0, 90.0, 0.0, 39.9])


@st.composite
def networks(draw, largest=25):
    """Random points, clusters, coincident points, a lattice or a line, with some of them hidden."""
    kind = draw(st.sampled_from(["anywhere", "cluster", "lattice", "line"]))
    if kind == "lattice":
        side = draw(st.integers(2, 5))
        pos = [(110.0 + x, 35.0 + y) for x in range(side) for y in range(side)]
    elif kind == "line":
        pos = [(100.0 + x, 0.0) for x in range(draw(st.integers(2, largest)))]
    else:
        spread = 1.0 if kind == "anywhere" else 1e-3
        pos = draw(st.lists(st.tuples(longitudes, latitudes), min_size=2, max_size=largest))
        pos = [(x * spread, y * spread) for x, y in pos]
    repeats = draw(st.lists(st.sampled_from(range(len(pos))), max_size=5))
    pos = torch.tensor(pos + [pos[i] for i in repeats], dtype=torch.float64)
    visible = torch.tensor(draw(st.lists(st.booleans(), min_size=len(pos), max_size=len(pos))))
    return pos, visible


@given(networks(), st.integers(1, 8), st.sampled_from(available_kernels()))
def test_in_degree_is_exact_and_sources_are_visible_others(network, k, kernel):
    pos, visible = network
    source, target = knn_edges(pos, k, visible=visible, kernel=kernel)
    others = visible.sum() - visible.long()
    assert torch.equal(torch.bincount(target, minlength=len(pos)), others.clamp(max=k))
    assert visible[source].all()
    assert (source != target).all()
    assert len(set(zip(source.tolist(), target.tolist(), strict=True))) == len(source)


@given(networks(), st.integers(1, 8), st.sampled_from(available_kernels()))
def test_neighbors_are_the_nearest_by_great_circle(network, k, kernel):
    pos, visible = network
    source, target = knn_edges(pos, k, visible=visible, kernel=kernel)
    # Ties are told by the chord, which next to the antipode hardly changes with the great circle.
    km = 2 * EARTH_RADIUS_KM * np.sin(haversine_km(pos, pos) / 2 / EARTH_RADIUS_KM)
    for station in range(len(pos)):
        chosen = source[target == station].numpy()
        rest = [i for i in range(len(pos)) if visible[i] and i != station and i not in chosen]
        if len(chosen) and rest:
            assert km[station, chosen].max() <= km[station, rest].min() + 1e-4


@given(networks(), st.integers(1, 8))
def test_every_kernel_gives_the_same_edges(network, k):
    pos, visible = network
    edges = [knn_edges(pos, k, visible=visible, kernel=kernel) for kernel in available_kernels()]
    assert len(edges) >= 1
    for other in edges[1:]:
        assert torch.equal(edges[0], other)


def test_ties_break_by_index():
    ring = torch.tensor([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    assert knn_edges(ring, 2)[:, :2].tolist() == [[1, 2], [0, 0]]
    together = torch.zeros(40, 2)
    source, target = knn_edges(together, 3)
    assert source[target == 39].tolist() == [0, 1, 2]
    assert source[target == 0].tolist() == [1, 2, 3]


@given(networks(), st.integers(1, 6), st.integers(-2, 2))
def test_full_turns_change_nothing(network, k, turns):
    pos, visible = network
    turned = pos + torch.tensor([360.0 * turns, 0.0], dtype=torch.float64)
    # 360 degrees are not exact for every longitude: where the sum rounds, so may a tie.
    exact = torch.equal(torch.remainder(turned[:, 0], 360), torch.remainder(pos[:, 0], 360))
    if exact:
        assert torch.equal(knn_edges(pos, k, visible=visible), knn_edges(turned, k, visible=visible))


@given(st.integers(0, 1000), st.integers(1, 6))
def test_rotating_the_sphere_changes_no_neighbor_set(seed, k):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(30, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]

    def degrees(xyz):
        longitude = np.degrees(np.arctan2(xyz[:, 1], xyz[:, 0]))
        return torch.from_numpy(np.stack([longitude, np.degrees(np.arcsin(xyz[:, 2].clip(-1, 1)))], axis=1))

    before, after = knn_edges(degrees(points), k), knn_edges(degrees(points @ rotation.T), k)
    assert set(zip(*before.tolist(), strict=True)) == set(zip(*after.tolist(), strict=True))


@given(st.integers(0, 1000), st.integers(1, 6))
def test_relabeling_stations_relabels_edges(seed, k):
    rng = np.random.default_rng(seed)
    pos = torch.from_numpy(rng.uniform([100, 30], [125, 45], (20, 2)))
    visible = torch.from_numpy(rng.random(20) < 0.7)
    order = torch.from_numpy(rng.permutation(20))
    before = knn_edges(pos, k, visible=visible)
    after = order[knn_edges(pos[order], k, visible=visible[order])]
    assert set(zip(*before.tolist(), strict=True)) == set(zip(*after.tolist(), strict=True))


@given(networks(), st.integers(1, 5), st.randoms(use_true_random=False))
def test_a_batch_is_its_graphs(network, k, random):
    pos, visible = network
    batch = torch.tensor([random.randrange(3) for _ in range(len(pos))])
    found = set(zip(*knn_edges(pos, k, visible=visible, batch=batch).tolist(), strict=True))
    alone = set()
    for graph in range(3):
        nodes = (batch == graph).nonzero().flatten()
        if len(nodes):
            edges = nodes[knn_edges(pos[nodes], k, visible=visible[nodes])]
            alone |= set(zip(*edges.tolist(), strict=True))
    assert found == alone


@st.composite
def windows(draw):
    """A network, and which of its stations are visible in each of some windows."""
    pos, _ = draw(networks())
    count, hidden = draw(st.integers(0, 5)), st.integers(0, 2 ** len(pos) - 1)
    masks = [[not draw(hidden) >> station & 1 for station in range(len(pos))] for _ in range(count)]
    return pos, torch.tensor(masks, dtype=torch.bool).view(count, len(pos))


def one_by_one(pos, k, visible, pos_dst=None, kernel=None):
    """The edges of windows, found window by window and numbered as PyG does."""
    step = torch.tensor([[len(pos)], [len(pos if pos_dst is None else pos_dst)]])
    edges = [
        knn_edges(pos, k, visible=mask, pos_dst=pos_dst, kernel=kernel) + number * step
        for number, mask in enumerate(visible)
    ]
    return torch.cat([torch.empty(2, 0, dtype=torch.long), *edges], dim=1)


@given(windows(), st.integers(1, 8), st.sampled_from(available_kernels()))
def test_windows_in_one_call_are_windows_one_by_one(network, k, kernel):
    pos, visible = network
    assert torch.equal(knn_edges(pos, k, visible=visible, kernel=kernel), one_by_one(pos, k, visible, kernel=kernel))


@given(windows(), st.lists(st.tuples(longitudes, latitudes), max_size=8), st.integers(1, 8))
def test_targets_in_all_windows_are_those_of_each(network, cells, k):
    pos, visible = network
    cells = torch.tensor(cells, dtype=torch.float64).view(-1, 2)
    assert torch.equal(knn_edges(pos, k, visible=visible, pos_dst=cells), one_by_one(pos, k, visible, cells))


@given(st.integers(0, 2**16), st.sampled_from([1, 5, 40]))
def test_windows_that_hide_a_region_or_nearly_all_look_farther_out(seed, at_once):
    rng = np.random.default_rng(seed)
    pos = torch.from_numpy(rng.uniform([100, 30], [125, 45], (150, 2)))
    visible = torch.from_numpy(rng.random((6, 150)) < rng.random((6, 1)))
    visible[0] = pos[:, 0] > 115
    visible[1, 3:] = False
    with pytest.MonkeyPatch.context() as patch:  # few candidates at a time, so that there are blocks
        patch.setattr(visibility_masks, "_AT_ONCE", at_once * 100)
        assert torch.equal(knn_edges(pos, 8, visible=visible), one_by_one(pos, 8, visible))


@pytest.mark.parametrize("stations", [200, 700])
def test_more_neighbors_than_a_byte_can_count(stations):
    pos = torch.from_numpy(np.random.default_rng(0).uniform([100, 30], [125, 45], (stations, 2)))
    visible = torch.arange(stations) % torch.tensor([[1], [40]]) == 0
    assert torch.equal(knn_edges(pos, 300, visible=visible), one_by_one(pos, 300, visible))


@given(networks(), st.integers(1, 5))
def test_batches_of_equal_networks_are_the_network(network, k):
    pos, visible = network
    stacked = knn_edges(
        pos.repeat(3, 1), k, visible=visible.repeat(3), batch=torch.arange(3).repeat_interleave(len(pos))
    )
    assert torch.equal(stacked, one_by_one(pos, k, visible.expand(3, -1)))


@given(networks(), st.integers(1, 8))
def test_distances_come_with_the_edges(network, k):
    pos, visible = network
    edges = knn(pos, k, visible=visible)
    assert torch.equal(edges.edge_index, knn_edges(pos, k, visible=visible))
    source, target = edges.edge_index
    assert torch.equal(edges.km, great_circle_distance(pos[source], pos[target]))


def test_more_points_than_are_searched_in_any_order():
    """Large networks are sorted along the Earth before they are searched, and the edges put back."""
    rng = np.random.default_rng(0)
    pos = torch.from_numpy(rng.uniform([100, 30], [125, 45], (5000, 2)).round(1))  # with ties
    visible = torch.from_numpy(rng.random(5000) < 0.8)
    edges = knn_edges(pos, 6, visible=visible)
    some = torch.from_numpy(rng.choice(5000, 200, replace=False)).sort().values
    source, target = knn_edges(pos, 7, visible=visible, pos_dst=pos[some])
    kept = source != some[target]
    rank = kept.view(200, 7).cumsum(1).flatten()
    kept &= rank <= 6
    found = edges[:, torch.isin(edges[1], some)]
    assert torch.equal(found, torch.stack([source, some[target]])[:, kept])


@pytest.mark.slow
def test_ten_thousand_points_have_the_neighbors_of_brute_force():
    rng = np.random.default_rng(0)
    z = rng.uniform(-1, 1, 10_000)
    pos = np.stack([rng.uniform(-180, 180, 10_000), np.degrees(np.arcsin(z))], axis=1)
    nearest = []
    for start in range(0, 10_000, 500):
        km = haversine_km(pos[start : start + 500], pos)
        km[np.arange(500), start + np.arange(500)] = np.inf
        first = np.argpartition(km, 33, axis=1)[:, :33]
        nearest.append(np.take_along_axis(first, np.take_along_axis(km, first, 1).argsort(1), 1))
    nearest = torch.from_numpy(np.concatenate(nearest))
    for kernel in available_kernels():
        for k in range(1, 33):
            source, target = knn_edges(torch.from_numpy(pos), k, kernel=kernel)
            assert torch.equal(source.view(10_000, k), nearest[:, :k])
            assert torch.equal(target, torch.arange(10_000).repeat_interleave(k))


def test_targets_apart_from_stations():
    pos = torch.tensor([[116.0, 40.0], [117.0, 40.0], [118.0, 40.0]])
    cells = torch.tensor([[116.1, 40.0], [118.0, 40.0]])
    assert knn_edges(pos, 2, pos_dst=cells).tolist() == [[0, 1, 2, 1], [0, 0, 1, 1]]
    visible = torch.tensor([True, True, False])
    assert knn_edges(pos, 5, visible=visible, pos_dst=cells).tolist() == [[0, 1, 1, 0], [0, 0, 1, 1]]


def test_across_the_antimeridian_and_over_the_pole():
    pos = torch.tensor([[179.9, 0.0], [-179.9, 0.0], [170.0, 0.0], [0.0, 89.0], [180.0, 89.0], [90.0, 70.0]])
    source, target = knn_edges(pos, 1)
    assert source[target == 0].tolist() == [1]
    assert source[target == 3].tolist() == [4]


def test_nothing_visible_gives_no_edges():
    assert knn_edges(torch.rand(4, 2), 3, visible=torch.zeros(4, dtype=torch.bool)).shape == (2, 0)
    assert knn_edges(torch.rand(1, 2), 3).shape == (2, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"k": 0}, "k: 0 neighbors"),
        ({"k": 2, "pos": torch.tensor([[0.0, torch.nan], [1.0, 1.0]])}, "row 0"),
        ({"k": 2, "pos": torch.tensor([[40.0, 116.0], [1.0, 1.0]])}, "row 0"),
        ({"k": 2, "pos": torch.zeros(3)}, "shape"),
        ({"k": 2, "visible": torch.ones(3)}, "visible: shape"),
        ({"k": 2, "visible": torch.ones(4, 3)}, r"visible: shape \(4, 3\)"),
        ({"k": 2, "visible": torch.ones(4, 2), "batch": torch.zeros(2)}, "leave out batch"),
        ({"k": 2, "batch": torch.zeros(3).long()}, "batch: shape"),
        ({"k": 2, "batch": torch.tensor([0, -1])}, "batch: .*number graphs 0, 1"),
        ({"k": 2, "batch": torch.tensor([0.0, 0.5])}, "batch: .*number graphs 0, 1"),
        ({"k": 2, "pos": torch.tensor([[torch.inf, 0.0], [1.0, 1.0]])}, "row 0"),
        ({"k": 2, "pos_dst": torch.tensor([[0.0, 0.0], [0.0, -91.0]])}, "row 1"),
        ({"k": 2, "kernel": "none such"}, "kernel"),
    ],
)
def test_what_cannot_be_used_is_refused(arguments, message):
    arguments = {"pos": torch.tensor([[0.0, 0.0], [1.0, 1.0]])} | arguments
    with pytest.raises(InputError, match=message):
        knn_edges(**arguments)


def test_great_circle_is_haversine():
    rng = np.random.default_rng(0)
    a, b = (torch.from_numpy(rng.uniform([-180, -90], [180, 90], (200, 2))) for _ in range(2))
    assert great_circle_distance(a, b).numpy() == pytest.approx(np.diag(haversine_km(a, b)), rel=1e-7, abs=1e-4)
