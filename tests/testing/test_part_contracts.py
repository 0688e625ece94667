"""The tests for parts of a network, inherited by the package's own parts, and by faulty ones, whom they find out."""

import pytest
import torch
from hypothesis import Phase, settings
from torch import nn

from aqnet_pyg.graph import KNNGraphBuilder
from aqnet_pyg.nn import DepartureHead, NoDeparture, TemporalEncoder
from aqnet_pyg.testing import EncoderTests, GraphBuilderTests, HeadTests, LossTests


class TestTemporalEncoder(EncoderTests):
    def make(self, in_channels, channels, patch):
        return TemporalEncoder(in_channels, channels, patch)


class TestDepartureHead(HeadTests):
    def make(self, channels, step_dim, forecast):
        return DepartureHead(channels, step_dim, forecast)


class TestNoDeparture(HeadTests):
    def make(self, channels, step_dim, forecast):
        return NoDeparture()


class TestHuber(LossTests):
    def make(self):
        return nn.HuberLoss(delta=0.3)


class TestNeighborGraph(GraphBuilderTests):
    k = 3
    ordered = True

    def make(self):
        return KNNGraphBuilder(3)


def found_out(base, name, **members):
    """Whether a subclass fails a test; no failing example is shrunk or kept."""
    before = settings.get_current_profile_name()
    settings.register_profile("found out", settings(database=None, phases=[Phase.generate]))
    settings.load_profile("found out")
    try:
        faulty = type("Faulty", (base,), members)()
        with pytest.raises((AssertionError, RuntimeError)):
            getattr(faulty, name)()
    finally:
        settings.load_profile(before)


class Spoiled(nn.Module):
    """A part, and what is done to what it returns."""

    def __init__(self, part, spoil):
        super().__init__()
        self.part, self.spoil = part, spoil
        self.forgotten = torch.rand(1)  # no buffer, so it is not saved

    def forward(self, first, *rest):
        return self.spoil(self, self.part(first, *rest), first)


SHARED = {
    "test_asking_twice_gives_the_same": lambda self, out, x: out + torch.rand(1),
    "test_rows_know_nothing_of_each_other": lambda self, out, x: out + 1e-3 * x.mean(),
    "test_the_order_of_rows_does_not_matter": lambda self, out, x: (
        out + torch.arange(len(out)).view(-1, *[1] * (out.ndim - 1))
    ),
    "test_rows_can_be_asked_in_parts": lambda self, out, x: out + len(out),
    "test_gradients_flow": lambda self, out, x: out.detach(),
    "test_weights_can_be_saved_and_loaded": lambda self, out, x: out + self.forgotten,
    "test_shapes_and_finite_values": lambda self, out, x: out[:, 1:],
    "test_in_a_model_hidden_stations_do_not_matter": lambda self, out, x: out + torch.rand(1),
}
ENCODERS = SHARED | {"test_the_newest_hour_is_in_the_last_token": lambda self, out, x: out.flip(1) * 0 + out[:, :1]}
HEADS = SHARED | {"test_at_the_start_it_corrects_nothing": lambda self, out, x: out + 1}


class AtOnce(nn.Module):
    """An encoder without a memory: each token knows its own hours only."""

    def __init__(self, in_channels, channels, patch):
        super().__init__()
        self.pad, self.linear = patch, nn.Linear(in_channels * patch, channels)

    def forward(self, x):
        x = nn.functional.pad(x, (0, 0, -x.size(1) % self.pad, 0))
        return self.linear(x.unflatten(1, (-1, self.pad)).flatten(2))


@pytest.mark.parametrize("name", ENCODERS)
def test_a_faulty_encoder_is_found_out(name):
    found_out(EncoderTests, name, make=lambda self, *sizes: Spoiled(AtOnce(*sizes), ENCODERS[name]))


@pytest.mark.parametrize("name", HEADS)
def test_a_faulty_head_is_found_out(name):
    found_out(HeadTests, name, make=lambda self, *sizes: Spoiled(DepartureHead(*sizes), HEADS[name]))


LOSSES = {
    "test_it_is_a_finite_number": lambda predicted, measured: (predicted - measured).abs(),
    "test_nothing_is_better_than_the_truth": lambda predicted, measured: -(predicted - measured).square().mean(),
    "test_the_order_of_values_does_not_matter": lambda predicted, measured: (
        (predicted - measured).abs() * torch.arange(len(predicted))
    ).sum(),
    "test_its_gradient_points_away_from_the_truth": lambda predicted, measured: (
        predicted.mean() - measured.mean()
    ).abs(),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_faulty_loss_is_found_out(name):
    found_out(LossTests, name, make=lambda self: LOSSES[name])


class FaultyGraph(KNNGraphBuilder):
    def __init__(self, name):
        super().__init__(3)
        self.name = name
        self.k = 2 if name == "test_no_target_has_more_than_k_neighbors" else 3

    def __call__(self, pos, visible, pos_dst=None):
        k, self.k = self.k, 3
        seen = visible if self.name != "test_cells_listen_to_visible_stations" else torch.ones_like(visible)
        edges, features = super().__call__(pos, seen if pos_dst is not None else visible, pos_dst)
        self.k = k
        return edges, features[:, 1:] if self.name == "test_features_fit_the_edges" else features


@pytest.mark.parametrize(
    "name",
    [
        "test_features_fit_the_edges",
        "test_no_target_has_more_than_k_neighbors",
        "test_cells_listen_to_visible_stations",
    ],
)
def test_a_faulty_graph_is_found_out(name):
    found_out(GraphBuilderTests, name, make=lambda self: FaultyGraph(name))


@pytest.mark.parametrize(
    ("base", "tried"),
    [(EncoderTests, ENCODERS), (HeadTests, HEADS), (LossTests, LOSSES)],
    ids=lambda each: str(each)[:20],
)
def test_every_test_is_tried_above(base, tried):
    assert set(tried) == {name for name in dir(base) if name.startswith("test_")}


def test_a_head_that_does_not_start_at_zero_may_say_so():
    class Other(HeadTests):
        neutral = False

        def make(self, channels, step_dim, forecast):
            return DepartureHead(channels, step_dim, forecast)

    with pytest.raises(pytest.skip.Exception, match="does not promise neutral"):
        Other().test_at_the_start_it_corrects_nothing()
