"""The base classes, inherited by the package's own builders and interpolators, and by faulty ones, whom they find out."""

import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from torch import nn

from aqnet_pyg.graph import knn_edges
from aqnet_pyg.nn import ClassicalKNN, InverseDistance, NeuralKNN
from aqnet_pyg.testing import EdgeBuilderTests, InterpolatorTests, PropertyTests, haversine_km, networks


class TestKnnEdges(EdgeBuilderTests):
    k = 3
    ordered = True

    def build(self, pos, visible):
        return knn_edges(pos, self.k, visible=visible)


class TestAllWithinAThousandKilometers(EdgeBuilderTests):
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
        # A departure that is not zero, so that the tests see through it.
        nn.init.normal_(conv.departure.weight)
        return conv


def within(pos, visible, radius_km=1000.0):
    """All pairs within a radius, by brute force, sorted by target."""
    near = torch.from_numpy(haversine_km(pos) <= radius_km) & visible
    near.fill_diagonal_(False)
    return near.nonzero().T.flip(0)


def inherited(base, **members):
    """A subclass, made where no failing example is shrunk or kept."""
    before = settings.get_current_profile_name()
    settings.register_profile("found out", settings(max_examples=300, database=None, phases=[Phase.generate]))
    settings.load_profile("found out")
    try:
        return type("Faulty", (base,), members)()
    finally:
        settings.load_profile(before)


def in_degrees(pos, visible):
    """The three nearest by degrees: another order at every latitude, and none across the antimeridian."""
    apart = (pos[:, None] - pos[None]).norm(dim=2).masked_fill(~visible[None], torch.inf)
    apart.fill_diagonal_(torch.inf)
    near, source = apart.sort(dim=1, stable=True)
    kept = near[:, :3] < torch.inf
    target = torch.arange(len(pos))[:, None].expand_as(source)[:, :3]
    return torch.stack([source[:, :3][kept], target[kept]])


def three(pos, visible):
    return knn_edges(pos, 3, visible=visible)


BUILDERS = {
    "test_edges_are_pairs_of_stations_and_none_occurs_twice": lambda pos, visible: torch.cat(
        [three(pos, visible)] * 2, 1
    ),
    "test_hidden_stations_send_nothing": lambda pos, visible: three(pos, torch.ones_like(visible)),
    "test_no_station_is_its_own_neighbor": lambda pos, visible: knn_edges(pos, 3, visible=visible, pos_dst=pos),
    "test_in_degree_is_exact": lambda pos, visible: knn_edges(pos, 2, visible=visible),
    "test_neighbors_are_the_nearest": in_degrees,
    "test_neighbors_are_all_within_the_radius": lambda pos, visible: within(pos, visible, 10.0),
    "test_edges_are_in_order": lambda pos, visible: three(pos, visible).flip(1),
    "test_labels_turns_and_rotations_do_not_matter": in_degrees,
    "test_a_hidden_station_is_of_no_account_to_others": lambda pos, visible: (
        three(pos + pos[~visible].sum(), visible)
        if pos[:, 1].abs().max() + pos[~visible].sum().abs() < 90
        else three(pos.flip(0) / 2, visible)
    ),
    "test_building_twice_is_building_once": lambda pos, visible: three(pos.mul_(0.5), visible),
}


@pytest.mark.parametrize("name", BUILDERS)
def test_a_faulty_builder_is_found_out(name):
    faulty = inherited(
        EdgeBuilderTests,
        k=3,
        radius_km=1000.0,
        ordered=True,
        build=lambda self, pos, visible: BUILDERS[name](pos, visible),
    )
    with pytest.raises(AssertionError):
        getattr(faulty, name)()


def test_every_test_of_the_builders_is_tried_above():
    assert set(BUILDERS) == set(EdgeBuilderTests._tests)


@pytest.mark.parametrize("name", ["test_in_degree_is_exact", "test_edges_are_in_order"])
def test_what_a_builder_does_not_promise_is_skipped(name):
    silent = inherited(EdgeBuilderTests, build=lambda self, pos, visible: three(pos, visible))
    with pytest.raises(pytest.skip.Exception, match="does not promise"):
        getattr(silent, name)()


class Faulty(ClassicalKNN):
    """Right, but for what is done before or after; not faulty once its parameters were reset."""

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
    "test_values_that_are_not_valid_do_not_matter": lambda right, state, value, valid, *graph: right(
        valid=torch.ones_like(valid)
    ),
    "test_only_neighbors_matter": lambda right, state, value, *rest: right()._replace(
        value=right().value + 1e-6 * value.mean()
    ),
    "test_the_order_of_edges_does_not_matter": lambda right, state, value, valid, pos, edges, attr: right()._replace(
        value=right().value + (attr[0, 0] if len(attr) else 0)
    ),
    "test_relabeling_stations_relabels_what_is_returned": lambda right, state, *rest: right()._replace(
        state=right().state + torch.arange(len(right().state))[:, None, None]
    ),
    "test_full_turns_of_longitudes_do_not_matter": lambda right, state, value, valid, pos, *graph: right()._replace(
        value=right().value + at(pos)[0, 0].float()
    ),
    "test_targets_can_be_asked_in_parts": lambda right, *given: right()._replace(
        value=right().value - right().value.mean()
    ),
    "test_gradients_are_finite": lambda right, state, *rest: right()._replace(state=(right().state * 0).sqrt()),
    "test_untrained_it_is_already_an_interpolator": lambda right, *given: right()._replace(value=right().value * 0),
    "test_weights_can_be_saved_and_loaded": lambda right, *given: right()._replace(value=right().value + torch.rand(1)),
    "test_in_a_model_hidden_stations_do_not_matter": lambda right, *given: right()._replace(
        value=right().value + torch.rand(1)
    ),
}


@pytest.mark.parametrize("name", INTERPOLATORS)
def test_a_faulty_interpolator_is_found_out(name):
    faulty = inherited(
        InterpolatorTests, make=lambda self, channels, edge_dim, k, steps_per_state: Faulty(k, INTERPOLATORS[name])
    )
    with pytest.raises(AssertionError):
        getattr(faulty, name)()


def test_every_test_of_the_interpolators_is_tried_above():
    assert set(INTERPOLATORS) == {name for name in vars(InterpolatorTests) if name.startswith("test_")}


class TestInheritance:
    def test_a_subclass_draws_from_strategies_of_its_own(self):
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

    def test_a_builder_may_be_tried_on_networks_of_its_own(self):
        seen = []

        class Own(EdgeBuilderTests):
            network = networks(3, 4, "lattice")

            def build(self, pos, visible):
                seen.append(len(pos))
                return three(pos, visible)

        Own().test_no_station_is_its_own_neighbor()
        assert set(seen) == {3, 4}

    @pytest.mark.parametrize("base", [EdgeBuilderTests, InterpolatorTests])
    def test_what_has_to_be_overridden_says_so(self, base):
        with pytest.raises(TypeError, match=r"abstract.* (build|make)"):
            base()
