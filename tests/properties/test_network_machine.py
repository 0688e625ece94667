"""A changing network: after adding, moving, hiding, showing and removing stations, the graph keeps all guarantees."""

import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from aqnet_pyg.graph import knn_edges
from aqnet_pyg.testing import (
    assert_nearest,
    assert_no_self_edges,
    assert_sorted,
    assert_sources_visible,
    assert_ties_by_index,
)

# A coarse grid, so that stations often coincide or tie, over a pole and the antimeridian.
PLACES = st.tuples(
    st.sampled_from([-180.0, -179.0, 0.0, 90.0, 179.0, 181.0]), st.sampled_from([0.0, 1.0, 2.0, 89.0, 90.0, -90.0])
)
NUMBER = st.integers(0, 2**10)


class ChangingNetwork(RuleBasedStateMachine):
    """Stations as a list of ``[place, visible]``, with one graph after each step."""

    @initialize(k=st.integers(1, 5), places=st.lists(PLACES, max_size=4))
    def start(self, k, places):
        self.k = k
        self.stations = [[place, True] for place in places]

    @rule(place=PLACES, visible=st.booleans())
    def add(self, place, visible):
        last = len(self.stations)
        self.stations.append([place, visible])
        new = {source for source, target in self.edges() - self.before if target != last}
        assert new <= ({last} if visible else set()), "a new station added edges between others"

    @rule(place=PLACES, copies=st.integers(2, 9))
    def add_many_at_one_place(self, place, copies):
        self.stations += [[place, True] for _ in range(copies)]

    @precondition(lambda self: self.stations)
    @rule(number=NUMBER, place=PLACES)
    def move(self, number, place):
        station = number % len(self.stations)
        visible = self.stations[station][1]
        self.stations[station][0] = place
        if not visible:
            changed = self.before ^ self.edges()
            assert all(target == station for _, target in changed), "moving a hidden station changed edges to others"

    @precondition(lambda self: self.stations)
    @rule(number=NUMBER)
    def hide(self, number):
        station = number % len(self.stations)
        self.stations[station][1] = False
        after = self.edges()
        assert not {source for source, _ in after} & {station}
        lost = self.before - after
        assert all(source == station for source, _ in lost), "hiding a station removed an edge from another"

    @precondition(lambda self: self.stations)
    @rule(number=NUMBER)
    def show(self, number):
        station = number % len(self.stations)
        self.stations[station][1] = True
        assert all(source == station for source, _ in self.edges() - self.before), (
            "showing a station added an edge from another"
        )

    @precondition(lambda self: self.stations)
    @rule(number=NUMBER)
    def remove(self, number):
        station = number % len(self.stations)
        del self.stations[station]
        kept = {(s - (s > station), t - (t > station)) for s, t in self.before if station not in (s, t)}
        assert kept <= self.edges(), "removing a station removed an edge between others"

    @precondition(lambda self: self.stations)
    @rule(number=NUMBER)
    def hide_and_show_again(self, number):
        station = self.stations[number % len(self.stations)]
        visible = station[1]
        station[1] = not visible
        self.edges()
        station[1] = visible
        assert self.edges() == self.before

    @invariant()
    def the_graph_keeps_all_guarantees(self):
        pos, visible, edge_index = self.graph()
        assert_sources_visible(edge_index, visible)
        assert_no_self_edges(edge_index)
        assert_nearest(edge_index, pos, visible, self.k)
        assert_sorted(edge_index, pos)
        assert_ties_by_index(edge_index, pos, visible)
        self.before = set(zip(*edge_index.tolist(), strict=True))

    def graph(self):
        pos = torch.tensor([place for place, _ in self.stations], dtype=torch.float64).reshape(-1, 2)
        visible = torch.tensor([visible for _, visible in self.stations], dtype=torch.bool)
        return pos, visible, knn_edges(pos, self.k, visible=visible)

    def edges(self):
        return set(zip(*self.graph()[2].tolist(), strict=True))


ChangingNetwork.TestCase.settings = settings(stateful_step_count=15)
TestChangingNetwork = ChangingNetwork.TestCase
