"""Base classes of tests for further parts of a network: temporal encoders, heads and losses."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

import pytest
import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from aqnet_pyg.testing.base import PropertyTests
from aqnet_pyg.testing.models import assert_no_leak_through_part, assert_state_dict_restores, perturbed

_SEEDS = st.integers(0, 2**16)


class _RowTests(PropertyTests):
    """Tests of a module that processes each row (a station, a target) independently."""

    examples = 15
    seed = _SEEDS
    rows = st.integers(1, 6)

    def _moved(self) -> nn.Module:
        """The module with perturbed weights, so that weights that start at zero do not hide an effect."""
        return perturbed(self._new().eval())

    @abstractmethod
    def _new(self) -> nn.Module:
        """A new module with its initial weights."""

    @abstractmethod
    def _inputs(self, rows: int, seed: int) -> list[Tensor]:
        """Arguments of a call, each with this number of rows."""

    def test_calls_are_reproducible(self, rows: int, seed: int) -> None:
        """In evaluation mode, a second call gives the same output bit for bit, and inputs are not modified."""
        part, inputs = self._moved(), self._inputs(rows, seed)
        before = [each.clone() for each in inputs]
        assert torch.equal(part(*inputs), part(*inputs)), "a second call with the same inputs gave another output."
        assert all(map(torch.equal, inputs, before)), "the inputs were modified."

    def test_rows_are_independent(self, rows: int, seed: int) -> None:
        """Changing one row has no effect on the others, bit for bit, so that hidden values cannot reach them."""
        part, inputs = self._moved(), self._inputs(rows + 1, seed)
        row = seed % (rows + 1)
        others = torch.arange(rows + 1) != row
        changed = [each.clone() for each in inputs]
        for each in changed:
            each[row] = -3.0
        before, after = part(*inputs)[others], part(*changed)[others]
        assert torch.equal(before, after), f"changing row {row} changed the output of other rows."

    def test_order_of_rows_has_no_effect(self, rows: int, seed: int) -> None:
        """Up to rounding."""
        part, inputs = self._moved(), self._inputs(rows, seed)
        order = torch.randperm(rows, generator=torch.Generator().manual_seed(seed))
        _close(part(*inputs)[order], part(*(each[order] for each in inputs)), "another order of rows")

    def test_rows_can_be_split(self, rows: int, seed: int) -> None:
        """In two calls, one of which may have no row; up to rounding."""
        part, inputs = self._moved(), self._inputs(rows, seed)
        half = rows // 2
        parts = [part(*(each[some] for each in inputs)) for some in (slice(0, half), slice(half, None))]
        _close(part(*inputs), torch.cat(parts), "splitting the rows")

    def test_gradients_reach_the_weights(self, rows: int, seed: int) -> None:
        """Gradients are finite, and at least one weight has one, if there are weights."""
        part, inputs = self._moved(), [each.requires_grad_() for each in self._inputs(rows, seed)]
        out = part(*inputs)
        if not out.requires_grad:
            assert not list(part.parameters()), "the output does not depend on the weights."
            return
        out.square().sum().backward()
        gradients = {name: weight.grad for name, weight in part.named_parameters() if weight.grad is not None}
        assert gradients or not list(part.parameters()), "no weight has a gradient."
        for name, gradient in [*gradients.items(), *((f"input {n}", each.grad) for n, each in enumerate(inputs))]:
            assert gradient is None or torch.isfinite(gradient).all(), f"the gradient of {name} is not finite."

    def test_weights_can_be_saved_and_loaded(self) -> None:
        """A new module with the saved weights gives the same output bit for bit, without pickle."""
        inputs = self._inputs(3, 0)
        assert_state_dict_restores(lambda: self._new().eval(), lambda part: part(*inputs))


class EncoderTests(_RowTests):
    """Tests of a temporal encoder for :class:`aqnet_pyg.nn.AQNet`. Override :meth:`make`.

    The call is ``(N, history, in_channels) → (N, ceil(history / patch), channels)``, independently for each station; see
    :class:`aqnet_pyg.nn.TemporalEncoder`.
    """

    in_channels = 10
    channels = 8
    patch = 4
    history = 12
    hours = st.integers(1, 30)

    @abstractmethod
    def make(self, in_channels: int, channels: int, patch: int) -> nn.Module:
        """Make the encoder.

        Args:
            in_channels: Number of features of an hour.
            channels: Number of channels of the tokens.
            patch: Number of hours per token.
        """

    def test_shapes_and_finite_values(self, rows: int, hours: int, seed: int) -> None:
        """Also for a history that is not a multiple of the patch, and without stations."""
        encoder = self._moved()
        for count in (0, rows):
            out = encoder(self._hours(count, hours, seed))
            expected = (count, -(-hours // self.patch), self.channels)
            assert out.shape == expected, (
                f"the output for {hours} hours of {count} stations has shape {tuple(out.shape)}; expected {expected}."
            )
            assert torch.isfinite(out).all(), (
                f"the tokens of station {int((~torch.isfinite(out)).nonzero()[0, 0])} are not finite."
            )

    def test_last_token_depends_on_the_last_hour(self, seed: int) -> None:
        """The forecast starts from it."""
        encoder, hours = self._moved(), self._hours(2, self.history + 1, seed)
        changed = hours.clone()
        changed[:, -1] += 1.0
        assert not torch.equal(encoder(hours)[:, -1], encoder(changed)[:, -1]), (
            "the last token does not depend on the last hour."
        )

    def test_hidden_stations_have_no_effect_in_a_model(self) -> None:
        """Values at hidden stations, or after the history, change no prediction bit for bit."""
        assert_no_leak_through_part(encoder=lambda sizes: self.make(sizes.in_channels, sizes.channels, sizes.patch))

    def _new(self) -> nn.Module:
        return self.make(self.in_channels, self.channels, self.patch)

    def _inputs(self, rows: int, seed: int) -> list[Tensor]:
        return [self._hours(rows, self.history, seed)]

    def _hours(self, rows: int, hours: int, seed: int) -> Tensor:
        return torch.randn(rows, hours, self.in_channels, generator=torch.Generator().manual_seed(seed))


class HeadTests(_RowTests):
    """Tests of a head for :class:`aqnet_pyg.nn.AQNet`. Override :meth:`make`.

    The call is ``(state, step_features, own_state=None) → (M, steps)``: states at the targets and, in a forecast, their own,
    ``(M, num_states, channels)``, each of ``steps / num_states`` consecutive steps, and features of the steps,
    ``(M, steps, step_dim)``; see :class:`aqnet_pyg.nn.DepartureHead`.

    Set ``neutral = False`` if the initial correction is not zero; an untrained model then differs from its interpolator.
    """

    channels = 8
    step_dim = 5
    steps = 6
    num_states = 2
    neutral = True

    @abstractmethod
    def make(self, channels: int, step_dim: int, forecast: bool) -> nn.Module:
        """Make the head.

        Args:
            channels: Number of channels of the states.
            step_dim: Number of features of a step.
            forecast: Whether the states of the targets themselves are passed.
        """

    def test_shapes_and_finite_values(self, rows: int, seed: int) -> None:
        """With and without the states of the targets themselves, and without targets."""
        for forecast in (False, True):
            head = self.make(self.channels, self.step_dim, forecast).eval()
            for count in (0, rows):
                state, step_features, own_state = self._inputs(count, seed)
                out = head(state, step_features, own_state) if forecast else head(state, step_features)
                expected = (count, self.steps)
                assert out.shape == expected, f"the correction has shape {tuple(out.shape)}; expected {expected}."
                assert torch.isfinite(out).all(), "the correction is not finite."

    def test_new_head_corrects_nothing(self, rows: int, seed: int) -> None:
        """An untrained model equals its interpolator."""
        if not self.neutral:
            pytest.skip(f"{type(self).__name__} does not guarantee neutral")
        assert not self._new().eval()(*self._inputs(rows, seed)).any(), "the correction of a new head is not zero."

    def test_hidden_stations_have_no_effect_in_a_model(self) -> None:
        """Values at hidden stations, or after the history, change no prediction bit for bit."""
        assert_no_leak_through_part(head=lambda sizes: self.make(sizes.channels, sizes.step_dim, sizes.own_state))

    def _new(self) -> nn.Module:
        return self.make(self.channels, self.step_dim, True)

    def _inputs(self, rows: int, seed: int) -> list[Tensor]:
        random = torch.Generator().manual_seed(seed)
        states, steps = (self.num_states, self.channels), (self.steps, self.step_dim)
        return [torch.randn(rows, *size, generator=random) for size in (states, steps, states)]


class LossTests(PropertyTests):
    """Tests of a loss for :func:`aqnet_pyg.training.train`. Override :meth:`make`.

    The call is ``(predicted, measured) → scalar``, both of shape ``[n]`` in standard deviations of the pollutant.
    """

    examples = 15
    seed = _SEEDS
    count = st.integers(1, 20)

    @abstractmethod
    def make(self) -> Callable[[Tensor, Tensor], Tensor]:
        """Make the loss."""

    def test_loss_is_finite(self, count: int, seed: int) -> None:
        """A finite scalar for any number of values, also with large errors."""
        predicted, measured = self._values(count, seed)
        for factor in (0.0, 1.0, 1e3):
            loss = self.make()(factor * predicted, measured)
            assert loss.shape == (), f"the loss has shape {tuple(loss.shape)}; expected a scalar."
            assert torch.isfinite(loss), f"the loss is {loss.item()} for errors of order {factor:g}."

    def test_exact_prediction_has_the_lowest_loss(self, count: int, seed: int) -> None:
        """The loss is lowest for the measurements themselves."""
        predicted, measured = self._values(count, seed)
        best, other = self.make()(measured, measured), self.make()(predicted, measured)
        assert best <= other + 1e-6, (
            f"the loss of the measurements is {best:.4g}, that of another prediction {other:.4g}."
        )

    def test_order_of_values_has_no_effect(self, count: int, seed: int) -> None:
        """Up to rounding."""
        predicted, measured = self._values(count, seed)
        order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
        _close(
            self.make()(predicted, measured), self.make()(predicted[order], measured[order]), "another order of values"
        )

    def test_gradient_points_away_from_the_measurements(self, count: int, seed: int) -> None:
        """A small step along the negative gradient does not increase an error."""
        predicted, measured = self._values(count, seed)
        predicted.requires_grad_()
        self.make()(predicted, measured).backward()
        gradient = predicted.grad
        assert gradient is not None, "the predictions have no gradient."
        assert torch.isfinite(gradient).all(), "the gradient is not finite."
        assert gradient.any(), "the gradient is zero although the predictions are wrong."
        away = gradient * (predicted.detach() - measured)
        assert (away >= -1e-6).all(), (
            f"the gradient of value {int((away < -1e-6).nonzero()[0, 0])} points towards its measurement."
        )

    def _values(self, count: int, seed: int) -> tuple[Tensor, Tensor]:
        random = torch.Generator().manual_seed(seed)
        measured = torch.randn(count, generator=random)
        return measured + torch.randn(count, generator=random), measured


def _close(expected: Tensor, got: Tensor, what: str) -> None:
    assert expected.shape == got.shape, f"{what} changed the shape from {tuple(expected.shape)} to {tuple(got.shape)}."
    off = (expected - got).abs() > 1e-5 * (1 + expected.abs())
    assert not off.any(), f"{what} changed the output; expected equality up to rounding."
