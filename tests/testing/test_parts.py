"""Tests for parts of a network: parts of the package pass them, faulty parts fail them."""

import pytest
import torch
from testing.faulty_classes import faulty
from torch import nn

from aqnet_pyg.nn import DepartureHead, NoDeparture, TemporalEncoder
from aqnet_pyg.testing import EncoderTests, HeadTests, LossTests


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


def assert_fails(base, name, make):
    with pytest.raises((AssertionError, RuntimeError)):
        getattr(faulty(base, make=make), name)()


class Spoiled(nn.Module):
    """A part with a fault in its output."""

    def __init__(self, part, spoil):
        super().__init__()
        self.part, self.spoil = part, spoil
        self.unsaved = torch.rand(1)  # no buffer, so not in the state_dict

    def forward(self, first, *rest):
        return self.spoil(self, self.part(first, *rest), first)


SHARED = {
    "test_calls_are_reproducible": lambda self, out, x: out + torch.rand(1),
    "test_rows_are_independent": lambda self, out, x: out + 1e-3 * x.mean(),
    "test_order_of_rows_has_no_effect": lambda self, out, x: (
        out + torch.arange(len(out)).view(-1, *[1] * (out.ndim - 1))
    ),
    "test_rows_can_be_split": lambda self, out, x: out + len(out),
    "test_gradients_reach_the_weights": lambda self, out, x: out.detach(),
    "test_weights_can_be_saved_and_loaded": lambda self, out, x: out + self.unsaved,
    "test_shapes_and_finite_values": lambda self, out, x: out[:, 1:],
    "test_hidden_stations_have_no_effect_in_a_model": lambda self, out, x: out + torch.rand(1),
}
ENCODERS = SHARED | {"test_last_token_depends_on_the_last_hour": lambda self, out, x: out.flip(1) * 0 + out[:, :1]}
HEADS = SHARED | {"test_new_head_corrects_nothing": lambda self, out, x: out + 1}


class LinearPatches(nn.Module):
    """An encoder whose tokens depend on their own hours only."""

    def __init__(self, in_channels, channels, patch):
        super().__init__()
        self.pad, self.linear = patch, nn.Linear(in_channels * patch, channels)

    def forward(self, x):
        x = nn.functional.pad(x, (0, 0, -x.size(1) % self.pad, 0))
        return self.linear(x.unflatten(1, (-1, self.pad)).flatten(2))


@pytest.mark.parametrize("name", ENCODERS)
def test_a_faulty_encoder_fails(name):
    assert_fails(EncoderTests, name, make=lambda self, *sizes: Spoiled(LinearPatches(*sizes), ENCODERS[name]))


@pytest.mark.parametrize("name", HEADS)
def test_a_faulty_head_fails(name):
    assert_fails(HeadTests, name, make=lambda self, *sizes: Spoiled(DepartureHead(*sizes), HEADS[name]))


LOSSES = {
    "test_loss_is_finite": lambda predicted, measured: (predicted - measured).abs(),
    "test_exact_prediction_has_the_lowest_loss": lambda predicted, measured: -(predicted - measured).square().mean(),
    "test_order_of_values_has_no_effect": lambda predicted, measured: (
        (predicted - measured).abs() * torch.arange(len(predicted))
    ).sum(),
    "test_gradient_points_away_from_the_measurements": lambda predicted, measured: (
        predicted.mean() - measured.mean()
    ).abs(),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_faulty_loss_fails(name):
    assert_fails(LossTests, name, make=lambda self: LOSSES[name])


@pytest.mark.parametrize(
    ("base", "tried"),
    [(EncoderTests, ENCODERS), (HeadTests, HEADS), (LossTests, LOSSES)],
    ids=lambda each: str(each)[:20],
)
def test_every_test_has_a_faulty_part(base, tried):
    assert set(tried) == {name for name in dir(base) if name.startswith("test_")}


def test_a_head_that_does_not_start_at_zero():
    class Other(HeadTests):
        neutral = False

        def make(self, channels, step_dim, forecast):
            return DepartureHead(channels, step_dim, forecast)

    with pytest.raises(pytest.skip.Exception, match="does not guarantee neutral"):
        Other().test_new_head_corrects_nothing()
