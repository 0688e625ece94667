"""Tests for builders and interpolators: those of the package pass them, faulty ones fail them."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from testing.faulty_classes import faulty
from torch import nn

from aqnet_pyg.graph import KNNGraphBuilder, knn_edges
from aqnet_pyg.nn import ClassicalKNN, InverseDistance, NeuralKNN
from aqnet_pyg.testing import (
    EdgeBuilderTests,
    GraphBuilderTests,
    InterpolatorTests,
    PropertyTests,
    haversine_km,
    networks,
)


class TestKnnEdges(EdgeBuilderTests):
    examples = 20  # properties of knn_edges are tested in tests/properties
    k = 3
    ordered = True

    def build(self, pos, visible):
        return knn_edges(pos, self.k, visible=visible)


class TestAllWithinAThousandKilometers(EdgeBuilderTests):
    examples = 20
    radius_km = 1000.0

    def build(self, pos, visible):
        return within(pos, visible)


class TestClassicalKNN(InterpolatorTests):
    def make(self, channels, edge_dim, k, steps_per_state):
        return ClassicalKNN(k, InverseDistance())


class TestNeuralKNN(InterpolatorTests):
    def make(self, channels, edge_dim, k, steps_per_state):
        torch.manual_seed(0)
        conv = NeuralKNN(channels, edge_dim, k, steps_per_state)
        # A correction that is not zero, which would hide the effect of its inputs.
        nn.init.normal_(conv.departure.weight)
        return conv


def within(pos, visible, radius_km=1000.0):
    """All pairs within a radius, by brute force, sorted by target."""
    near = torch.from_numpy(haversine_km(pos) <= radius_km) & visible
    near.fill_diagonal_(False)
    return near.nonzero().T.flip(0)


def in_degrees(pos, visible):
    """The three nearest by distance in degrees, which is wrong at high latitudes and across the antimeridian."""
    apart = (pos[:, None] - pos[None]).norm(dim=2).masked_fill(~visible[None], torch.inf)
    apart.fill_diagonal_(torch.inf)
    near, source = apart.sort(dim=1, stable=True)
    kept = near[:, :3] < torch.inf
    target = torch.arange(len(pos))[:, None].expand_as(source)[:, :3]
    return torch.stack([source[:, :3][kept], target[kept]])


def three(pos, visible):
    return knn_edges(pos, 3, visible=visible)


BUILDERS = {
    "test_edges_are_valid_and_unique": lambda pos, visible: torch.cat([three(pos, visible)] * 2, 1),
    "test_sources_are_visible": lambda pos, visible: three(pos, torch.ones_like(visible)),
    "test_no_station_is_its_own_neighbor": lambda pos, visible: knn_edges(pos, 3, visible=visible, pos_dst=pos),
    "test_in_degree_is_exact": lambda pos, visible: knn_edges(pos, 2, visible=visible),
    "test_neighbors_are_the_nearest": in_degrees,
    "test_neighbors_are_all_within_the_radius": lambda pos, visible: within(pos, visible, 10.0),
    "test_edges_are_sorted": lambda pos, visible: three(pos, visible).flip(1),
    "test_edges_are_equivariant": in_degrees,
    "test_moving_hidden_stations_changes_no_other_edges": lambda pos, visible: (
        three(pos + pos[~visible].sum(), visible)
        if pos[:, 1].abs().max() + pos[~visible].sum().abs() < 90
        else three(pos.flip(0) / 2, visible)
    ),
    "test_building_is_reproducible": lambda pos, visible: three(pos.mul_(0.5), visible),
}


@pytest.mark.parametrize("name", BUILDERS)
def test_a_faulty_builder_fails(name):
    builder = faulty(
        EdgeBuilderTests,
        300,
        k=3,
        radius_km=1000.0,
        ordered=True,
        build=lambda self, pos, visible: BUILDERS[name](pos, visible),
    )
    with pytest.raises(AssertionError):
        getattr(builder, name)()


def test_every_test_has_a_faulty_builder():
    assert set(BUILDERS) == set(EdgeBuilderTests._tests)


class FaultyGraphBuilder(KNNGraphBuilder):
    def __init__(self, name):
        super().__init__(3)
        self.name = name
        self.k = 2 if name == "test_no_target_has_more_than_k_neighbors" else 3

    def __call__(self, pos, visible, pos_dst=None):
        k, self.k = self.k, 3
        used = visible if self.name != "test_cells_are_connected_to_visible_stations" else torch.ones_like(visible)
        edges, features = super().__call__(pos, used if pos_dst is not None else visible, pos_dst)
        self.k = k
        return edges, features[:, 1:] if self.name == "test_features_match_the_edges" else features


@pytest.mark.parametrize(
    "name",
    [
        "test_features_match_the_edges",
        "test_no_target_has_more_than_k_neighbors",
        "test_cells_are_connected_to_visible_stations",
    ],
)
def test_a_faulty_graph_builder_fails(name):
    builder = faulty(GraphBuilderTests, 300, make=lambda self: FaultyGraphBuilder(name))
    with pytest.raises(AssertionError):
        getattr(builder, name)()


@pytest.mark.parametrize("name", ["test_in_degree_is_exact", "test_edges_are_sorted"])
def test_properties_that_a_builder_does_not_guarantee_are_skipped(name):
    builder = faulty(EdgeBuilderTests, 300, build=lambda self, pos, visible: three(pos, visible))
    with pytest.raises(pytest.skip.Exception, match="does not guarantee"):
        getattr(builder, name)()


class Faulty(ClassicalKNN):
    """A correct interpolator with a fault in its inputs or outputs."""

    def __init__(self, k, spoil):
        super().__init__(k, InverseDistance())
        self.spoil = spoil

    def forward(self, state, value, valid, pos, edge_index, edge_attr, background=None):
        def right(state=state, value=value, valid=valid, pos=pos, edges=edge_index, edge_attr=edge_attr):
            return super(Faulty, self).forward(state, value, valid, pos, edges, edge_attr, background)

        return self.spoil(right, state, value, valid, pos, edge_index, edge_attr)


def at(pos):
    return pos if isinstance(pos, torch.Tensor) else pos[0]


INTERPOLATORS = {
    "test_shapes_and_finite_values": lambda right, *given: right()._replace(spread=right().spread * 0),
    "test_valid_is_where_a_neighbor_has_a_value": lambda right, *given: right()._replace(
        valid=torch.ones_like(right().valid)
    ),
    "test_a_constant_field_stays_constant": lambda right, *given: right()._replace(value=right().value * 1.01),
    "test_invalid_values_have_no_effect": lambda right, state, value, valid, *graph: right(
        valid=torch.ones_like(valid)
    ),
    "test_only_neighbors_have_an_effect": lambda right, state, value, *rest: right()._replace(
        value=right().value + 1e-6 * value.mean()
    ),
    "test_order_of_edges_has_no_effect": lambda right, state, value, valid, pos, edges, attr: right()._replace(
        value=right().value + (attr[0, 0] if len(attr) else 0)
    ),
    "test_relabeling_stations_relabels_the_output": lambda right, state, *rest: right()._replace(
        state=right().state + torch.arange(len(right().state))[:, None, None]
    ),
    "test_full_turns_of_longitude_have_no_effect": lambda right, state, value, valid, pos, *graph: right()._replace(
        value=right().value + at(pos)[0, 0].float()
    ),
    "test_targets_can_be_split": lambda right, *given: right()._replace(value=right().value - right().value.mean()),
    "test_gradients_are_finite": lambda right, state, *rest: right()._replace(state=(right().state * 0).sqrt()),
    "test_untrained_module_interpolates": lambda right, *given: right()._replace(value=right().value * 0),
    "test_weights_can_be_saved_and_loaded": lambda right, *given: right()._replace(value=right().value + torch.rand(1)),
    "test_hidden_stations_have_no_effect_in_a_model": lambda right, *given: right()._replace(
        value=right().value + torch.rand(1)
    ),
}


@pytest.mark.parametrize("name", INTERPOLATORS)
def test_a_faulty_interpolator_fails(name):
    made = faulty(
        InterpolatorTests, 300, make=lambda self, channels, edge_dim, k, steps_per_state: Faulty(k, INTERPOLATORS[name])
    )
    with pytest.raises(AssertionError):
        getattr(made, name)()


def test_every_test_has_a_faulty_interpolator():
    assert set(INTERPOLATORS) == {name for name in vars(InterpolatorTests) if name.startswith("test_")}


class TestInheritance:
    def test_a_subclass_uses_its_own_strategies(self):
        drawn = []

        class Base(PropertyTests):
            number = st.integers(1, 3)

            def test_number(self, number):
                drawn.append(number)

        class Other(Base):
            number = st.just(7)

        class Own(Other):
            def test_number(self, number):
                drawn.append(-number)

        class Decorated(Base):
            @given(st.just(9))
            def test_number(self, found):
                drawn.append(found)

        for cls, expected in ((Base, {1, 2, 3}), (Other, {7}), (Own, {-7}), (Decorated, {9})):
            drawn.clear()
            cls().test_number()
            assert set(drawn) == expected

    def test_a_builder_may_use_other_networks(self):
        sizes = []

        class Own(EdgeBuilderTests):
            network = networks(3, 4, "lattice")

            def build(self, pos, visible):
                sizes.append(len(pos))
                return three(pos, visible)

        Own().test_no_station_is_its_own_neighbor()
        assert set(sizes) == {3, 4}

    @pytest.mark.parametrize("base", [EdgeBuilderTests, InterpolatorTests])
    def test_abstract_methods_must_be_overridden(self, base):
        with pytest.raises(TypeError, match=r"abstract.* (build|make)"):
            base()
