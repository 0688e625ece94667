"""Base classes of tests for edge builders, graph builders and the interpolators of a network."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from torch import Tensor, nn

from aqnet_pyg.graph import EdgeFeatures, Edges, GraphBuilder, knn_edges
from aqnet_pyg.testing.invariants import (
    assert_edge_index,
    assert_edges_equivariant,
    assert_in_degree,
    assert_nearest,
    assert_no_self_edges,
    assert_sorted,
    assert_sources_visible,
    assert_ties_by_index,
    assert_within_radius,
)
from aqnet_pyg.testing.models import assert_no_leak_through_part, assert_state_dict_restores
from aqnet_pyg.testing.strategies import coordinates, networks


class PropertyTests(ABC):  # noqa: B024 - abstract methods are in the subclasses
    """Turns its test methods into property tests: each argument is drawn from the class attribute of its name, a strategy.

    Each subclass has its own tests, with the strategies that it overrides. The number of examples is that of the Hypothesis
    profile in force where the subclass is defined, or ``examples``.
    """

    examples: ClassVar[int | None] = None
    _tests: ClassVar[dict[str, Callable[..., None]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        inherited = {name: test for name, test in cls._tests.items() if name not in vars(cls)}
        # Methods with other arguments are left to pytest: fixtures, parameters.
        own = {
            name: test
            for name, test in vars(cls).items()
            if name.startswith("test_")
            and (names := _arguments(test))
            and all(isinstance(getattr(cls, argument, None), SearchStrategy) for argument in names)
        }
        cls._tests = inherited | own
        for name, test in cls._tests.items():
            strategies = {argument: getattr(cls, argument) for argument in _arguments(test)}
            # No deadline, since the first example loads the kernels.
            options = (
                settings(deadline=None) if cls.examples is None else settings(deadline=None, max_examples=cls.examples)
            )
            setattr(cls, name, options(given(**strategies)(test)))


def _arguments(test: Callable[..., None]) -> list[str]:
    """Names of the arguments to draw; none for other attributes and for property tests."""
    if not inspect.isfunction(test) or hasattr(test, "is_hypothesis_test"):
        return []
    return list(inspect.signature(test).parameters)[1:]


class EdgeBuilderTests(PropertyTests):
    """Tests of an edge builder; tests of properties that it does not guarantee are skipped.

    Override :meth:`build`, and set the properties that the builder guarantees:

    * ``k``: the neighbors of a station are its ``k`` nearest visible others, or all of them where these are fewer;
    * ``radius_km``: the neighbors of a station are all visible others within this radius;
    * ``ordered``: edges are sorted by target, distance and source, and ties are broken by index;
    * ``rotates``: rotating the sphere does not change the edges.

    ``network`` and ``scattered`` (without ties) are the strategies of ``(pos, visible)``.
    """

    k: int | None = None
    radius_km: float | None = None
    ordered = False
    rotates = True
    network = networks()
    scattered = networks(kind="scattered")
    seed = st.integers(0, 2**16)

    @abstractmethod
    def build(self, pos: Tensor, visible: Tensor) -> Tensor:
        """Build the edges to test, shape ``[2, E]``.

        Args:
            pos: Longitude and latitude of the stations in degrees, shape ``[N, 2]``.
            visible: Mask of the stations that may be sources, bool, shape ``[N]``.
        """

    def test_edges_are_valid_and_unique(self, network: tuple[Tensor, Tensor]) -> None:
        """Shape, dtype and range are valid, and no edge is duplicated."""
        pos, visible = network
        assert_edge_index(self.build(pos, visible), len(pos))

    def test_sources_are_visible(self, network: tuple[Tensor, Tensor]) -> None:
        """Every source is visible."""
        pos, visible = network
        assert_sources_visible(self.build(pos, visible), visible)

    def test_no_station_is_its_own_neighbor(self, network: tuple[Tensor, Tensor]) -> None:
        """No self edges."""
        assert_no_self_edges(self.build(*network))

    def test_in_degree_is_exact(self, network: tuple[Tensor, Tensor]) -> None:
        """``k``, or the number of visible others."""
        pos, visible = network
        assert_in_degree(self.build(pos, visible), self._guaranteed("k"), visible)

    def test_neighbors_are_the_nearest(self, network: tuple[Tensor, Tensor]) -> None:
        """The nearest by great circle."""
        pos, visible = network
        assert_nearest(self.build(pos, visible), pos, visible, self._guaranteed("k"))

    def test_neighbors_are_all_within_the_radius(self, network: tuple[Tensor, Tensor]) -> None:
        """All stations within the great-circle radius, and no others."""
        pos, visible = network
        assert_within_radius(self.build(pos, visible), pos, visible, self._guaranteed("radius_km"))

    def test_edges_are_sorted(self, network: tuple[Tensor, Tensor]) -> None:
        """By target, distance and source, with ties broken by index."""
        pos, visible = network
        self._guaranteed("ordered")
        edge_index = self.build(pos, visible)
        assert_sorted(edge_index, pos)
        if self.k is not None:
            assert_ties_by_index(edge_index, pos, visible)

    def test_edges_are_equivariant(self, scattered: tuple[Tensor, Tensor], seed: int) -> None:
        """Relabeling stations relabels edges; full turns and rotations change none."""
        self._guaranteed("rotates")
        assert_edges_equivariant(self.build, *scattered, seed=seed)

    def test_moving_hidden_stations_changes_no_other_edges(self, network: tuple[Tensor, Tensor]) -> None:
        """Only the edges to the moved stations may change."""
        pos, visible = network
        elsewhere = torch.where(visible[:, None], pos, -pos)
        before, after = (
            edges[:, visible[edges[1]]] for edges in (self.build(pos, visible), self.build(elsewhere, visible))
        )
        assert torch.equal(before, after), "moving hidden stations changed edges to visible stations."

    def test_building_is_reproducible(self, network: tuple[Tensor, Tensor]) -> None:
        """A second call gives the same edges in the same order, and the arguments are not modified."""
        pos, visible = network
        before = pos.clone(), visible.clone()
        first = self.build(pos, visible)
        assert torch.equal(first, self.build(pos, visible)), "a second call gave other edges."
        assert torch.equal(pos, before[0]), "the builder modified pos."
        assert torch.equal(visible, before[1]), "the builder modified visible."

    def _guaranteed(self, name: str) -> Any:
        value = getattr(self, name)
        if value is None or value is False:
            pytest.skip(f"{type(self).__name__} does not guarantee {name}")
        return value


class GraphBuilderTests(EdgeBuilderTests):
    """Tests of a graph builder for ``AQNet(graph=...)``: its edges, its edge features, and edges to grid cells.

    Override :meth:`make`, and set the guaranteed properties as in :class:`aqnet_pyg.testing.EdgeBuilderTests`.
    """

    cells = coordinates(1, 5)

    @abstractmethod
    def make(self) -> GraphBuilder:
        """Make the graph builder, see :class:`aqnet_pyg.graph.GraphBuilder`."""

    def build(self, pos: Tensor, visible: Tensor) -> Tensor:
        """Build its edges, without features; arguments and shape as in :class:`aqnet_pyg.testing.EdgeBuilderTests`."""
        return self.make()(pos, visible)[0]

    def test_features_match_the_edges(self, network: tuple[Tensor, Tensor]) -> None:
        """One row of ``dim`` finite float32 numbers per edge."""
        graph = self.make()
        edge_index, edge_attr = graph(*network)
        expected = (edge_index.size(1), graph.dim)
        assert edge_attr.shape == expected, f"edge_attr has shape {tuple(edge_attr.shape)}; expected {expected}."
        assert edge_attr.dtype == torch.float32, f"edge_attr is {edge_attr.dtype}; expected float32."
        assert torch.isfinite(edge_attr).all(), f"edge_attr is not finite at edge {_first(~torch.isfinite(edge_attr))}."

    def test_no_target_has_more_than_k_neighbors(self, network: tuple[Tensor, Tensor], cells: Tensor) -> None:
        """The in-degree is at most ``k``, for stations and for cells."""
        graph = self.make()
        for edges in (graph(*network)[0], graph(*network, cells)[0]):
            most = int(torch.bincount(edges[1]).max()) if edges.size(1) else 0
            assert most <= graph.k, f"a target has {most} neighbors, but k of the builder is {graph.k}."

    def test_cells_are_connected_to_visible_stations(self, network: tuple[Tensor, Tensor], cells: Tensor) -> None:
        """Sources are visible stations, targets are cells, and a single cell has the same neighbors."""
        pos, visible = network
        graph = self.make()
        source, target = graph(pos, visible, cells)[0]
        assert visible[source].all(), "a hidden station is the source of an edge to a cell."
        assert ((target >= 0) & (target < len(cells))).all(), f"a target is not among the {len(cells)} cells."
        alone = graph(pos, visible, cells[-1:])[0][0]
        assert set(alone.tolist()) == set(source[target == len(cells) - 1].tolist()), (
            "the last cell has other neighbors when it is the only target."
        )


class InterpolatorTests(PropertyTests):
    """Tests of an interpolator for :class:`aqnet_pyg.nn.AQNet`, with the weights that :meth:`make` sets.

    Override :meth:`make`. The call is ``(state, value, valid, pos, edge_index, edge_attr, background)`` →
    :class:`aqnet_pyg.nn.KNNOutput`; see :class:`aqnet_pyg.nn.ClassicalKNN`.
    """

    channels = 8
    k = 4
    steps = 6
    steps_per_state = 2
    network = networks(min_size=3)
    seed = st.integers(0, 2**16)

    @abstractmethod
    def make(self, channels: int, edge_dim: int, k: int, steps_per_state: int) -> nn.Module:
        """Make the interpolator.

        Args:
            channels: Number of channels of the temporal states.
            edge_dim: Number of edge features.
            k: Largest number of neighbors of a target.
            steps_per_state: Number of consecutive steps that share a state.
        """

    def test_shapes_and_finite_values(self, network: tuple[Tensor, Tensor], seed: int) -> None:
        """Of every field of the output, also with gaps in the values; the spread is positive."""
        arguments = self._arguments(network, seed)
        out = self._made()(*arguments)
        stations, num_states = len(arguments[3]), self.steps // self.steps_per_state
        for name, shape in (
            ("value", (stations, self.steps)),
            ("spread", (stations, self.steps)),
            ("state", (stations, num_states, self.channels)),
            ("valid", (stations, self.steps)),
        ):
            part = getattr(out, name)
            assert part.shape == shape, f"{name} has shape {tuple(part.shape)}; expected {shape}."
            assert torch.isfinite(part).all(), f"{name} is not finite at target {_first(~torch.isfinite(part))}."
        assert (out.spread > 0).all(), f"the spread is not positive at target {_first(out.spread <= 0)}."

    def test_valid_is_where_a_neighbor_has_a_value(self, network: tuple[Tensor, Tensor], seed: int) -> None:
        """``valid`` is true for each target and step with a valid neighbor, and only there."""
        arguments = self._arguments(network, seed)
        _, _, valid, _, edge_index, _ = arguments
        some = torch.zeros_like(valid, dtype=torch.long).index_add(0, edge_index[1], valid[edge_index[0]].long()) > 0
        found = self._made()(*arguments).valid
        assert torch.equal(found, some), f"valid is wrong at target {_first(found != some)}."

    def test_a_constant_field_stays_constant(self, network: tuple[Tensor, Tensor], seed: int) -> None:
        """For any weights, with and without a constant background."""
        state, value, valid, *graph = self._arguments(network, seed)
        level = float(value[0, 0])
        constant = torch.where(valid, level, 0.0)
        interpolator = self._made()
        for background in (None, torch.full_like(value, level)):
            out = interpolator(state, constant, valid, *graph, background)
            off = out.valid & ((out.value - level).abs() > 1e-3)
            assert not off.any(), (
                f"all stations have the value {level:g}, but the value at target {_first(off)} differs."
            )

    def test_invalid_values_have_no_effect(self, network: tuple[Tensor, Tensor], seed: int) -> None:
        """Bit for bit."""
        state, value, valid, *graph = self._arguments(network, seed)
        interpolator = self._made()
        changed = torch.where(valid, value, 1e6)
        _unchanged(
            interpolator(state, value, valid, *graph),
            interpolator(state, changed, valid, *graph),
            "changing invalid values",
        )

    def test_only_neighbors_have_an_effect(self, network: tuple[Tensor, Tensor], seed: int) -> None:
        """Changing a station has no effect, bit for bit, on targets whose neighbor it is not, itself included."""
        state, value, valid, pos, edge_index, edge_attr = self._arguments(network, seed)
        station = seed % len(pos)
        this = torch.arange(len(pos)) == station
        interpolator = self._made()
        before = interpolator(state, value, valid, pos, edge_index, edge_attr)
        changed = (
            torch.where(this[:, None, None], 7.0, state),
            torch.where(this[:, None], -9.0, value),
            valid ^ this[:, None],
        )
        after = interpolator(*changed, pos, edge_index, edge_attr)
        others = torch.ones(len(pos), dtype=torch.bool)
        others[edge_index[1, edge_index[0] == station]] = False
        _unchanged(
            [part[others] for part in before],
            [part[others] for part in after],
            f"changing station {station}, which is no neighbor,",
        )

    def test_order_of_edges_has_no_effect(self, network: tuple[Tensor, Tensor], seed: int) -> None:
        """Up to rounding."""
        *stations, edge_index, edge_attr = self._arguments(network, seed)
        order = torch.randperm(edge_index.size(1), generator=torch.Generator().manual_seed(seed))
        interpolator = self._made()
        shuffled = interpolator(*stations, edge_index[:, order], edge_attr[order])
        _close(interpolator(*stations, edge_index, edge_attr), shuffled, "another order of edges")

    def test_relabeling_stations_relabels_the_output(self, network: tuple[Tensor, Tensor], seed: int) -> None:
        """Up to rounding."""
        state, value, valid, pos, edge_index, edge_attr = self._arguments(network, seed)
        order = torch.randperm(len(pos), generator=torch.Generator().manual_seed(seed))
        interpolator = self._made()
        relabeled = interpolator(
            state[order], value[order], valid[order], pos[order], order.argsort()[edge_index], edge_attr
        )
        expected = interpolator(state, value, valid, pos, edge_index, edge_attr)
        _close([part[order] for part in expected], relabeled, "relabeling stations")

    def test_full_turns_of_longitude_have_no_effect(self, network: tuple[Tensor, Tensor], seed: int) -> None:
        """Up to rounding."""
        *values, pos, edge_index, edge_attr = self._arguments(network, seed)
        interpolator = self._made()
        turned = interpolator(*values, pos + torch.tensor([360.0, 0.0]), edge_index, edge_attr)
        _close(interpolator(*values, pos, edge_index, edge_attr), turned, "adding 360 degrees to longitudes")

    def test_targets_can_be_split(self, network: tuple[Tensor, Tensor], seed: int) -> None:
        """Targets passed as other points, in two calls, have the same output as all stations in one call."""
        *values, pos, edge_index, edge_attr = self._arguments(network, seed)
        interpolator = self._made()
        whole = interpolator(*values, pos, edge_index, edge_attr)
        half = len(pos) // 2
        for part in (range(half), range(half, len(pos))):
            inside = (edge_index[1] >= part.start) & (edge_index[1] < part.stop)
            edges = edge_index[:, inside] - torch.tensor([[0], [part.start]])
            rows = slice(part.start, part.stop)
            got = interpolator(*values, (pos, pos[rows]), edges, edge_attr[inside])
            _close([each[rows] for each in whole], got, f"passing targets {part.start} to {part.stop - 1} only")

    def test_gradients_are_finite(self, network: tuple[Tensor, Tensor], seed: int) -> None:
        """For values, states and every parameter, also with coincident stations and gaps."""
        state, value, *rest = self._arguments(network, seed)
        state.requires_grad_()
        value.requires_grad_()
        interpolator = self._made()
        out = interpolator(state, value, *rest)
        (out.value.square().sum() + out.spread.sum() + out.state.square().sum()).backward()
        parts = {"state": state, "value": value} | dict(interpolator.named_parameters())
        for name, part in parts.items():
            assert part.grad is None or torch.isfinite(part.grad).all(), f"the gradient of {name} is not finite."

    def test_untrained_module_interpolates(self) -> None:
        """After ``reset_parameters``, its error on a smooth field is less than half of that of the mean of all stations."""
        rng = np.random.default_rng(0)
        pos = torch.from_numpy(rng.uniform([110, 33], [120, 41], (60, 2)))
        phase = pos[:, :1] / 3 + pos[:, 1:] / 4 + torch.arange(self.steps) / 4
        value = phase.sin().float()
        edge_index = knn_edges(pos, self.k)
        state = torch.zeros(len(pos), self.steps // self.steps_per_state, self.channels)
        interpolator = self._made()
        reset: Any = interpolator.reset_parameters
        reset()
        valid = torch.ones_like(value, dtype=torch.bool)
        with torch.no_grad():
            out = interpolator(state, value, valid, pos, edge_index, EdgeFeatures()(Edges(edge_index, pos)))
        error, of_mean = (out.value - value).abs().mean(), (value - value.mean(dim=0)).abs().mean()
        assert error < of_mean / 2, (
            f"untrained, the mean absolute error is {error:.3f}; that of the mean of all stations is {of_mean:.3f}."
        )

    def test_weights_can_be_saved_and_loaded(self) -> None:
        """A new module with the saved weights gives the same output bit for bit, without pickle."""
        network = torch.tensor([[10.0, 50.0], [11.0, 50.5], [12.0, 49.0], [9.0, 51.0]]), torch.ones(4, dtype=torch.bool)
        arguments = self._arguments((network[0].double(), network[1]), 0)
        assert_state_dict_restores(self._made, lambda part: part(*arguments).value)

    def test_hidden_stations_have_no_effect_in_a_model(self) -> None:
        """Values at hidden stations, or after the history, change no prediction bit for bit."""
        assert_no_leak_through_part(
            interpolator=lambda sizes: self.make(sizes.channels, sizes.edge_dim, sizes.k, sizes.steps_per_state)
        )

    def _made(self) -> nn.Module:
        return self.make(self.channels, EdgeFeatures().dim, self.k, self.steps_per_state).eval()

    def _arguments(self, network: tuple[Tensor, Tensor], seed: int) -> list[Tensor]:
        """Random states and values of the visible stations, with gaps, and the graph."""
        pos, visible = network
        random = torch.Generator().manual_seed(seed)
        state = torch.randn(len(pos), self.steps // self.steps_per_state, self.channels, generator=random)
        value = torch.randn(len(pos), self.steps, generator=random)
        valid = (torch.rand(len(pos), self.steps, generator=random) < 0.8) & visible[:, None]
        edge_index = knn_edges(pos, self.k, visible=visible)
        return [state, value, valid, pos, edge_index, EdgeFeatures()(Edges(edge_index, pos))]


def _first(where: Tensor) -> int:
    return int(where.nonzero()[0, 0])


def _unchanged(before: Sequence[Tensor], after: Sequence[Tensor], what: str) -> None:
    for name, one, other in zip(("value", "spread", "state", "valid"), before, after, strict=True):
        assert torch.equal(one, other), (
            f"{what} changed the {name} at target {_first(one != other)}; expected equality bit for bit."
        )


def _close(expected: Sequence[Tensor], got: Sequence[Tensor], what: str) -> None:
    for name, one, other in zip(("value", "spread", "state"), expected, got, strict=False):
        off = (one - other).abs() > 1e-4 * (1 + one.abs())
        assert not off.any(), f"{what} changed the {name} at target {_first(off)}; expected equality up to rounding."
