"""Base classes of tests for parts of a network: inherit one, say how your own part is made, and its tests are yours.

Interpolators and graphs have theirs in :mod:`aqnet_pyg.testing.base`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

import pytest
import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from aqnet_pyg.testing.base import PropertyTests
from aqnet_pyg.testing.models import assert_no_leak_through_part, assert_state_dict_restores, perturbed

SEEDS = st.integers(0, 2**16)


class _RowTests(PropertyTests):
    """Tests of a module that looks at each row (a station, a target) by itself."""

    examples = 15
    seed = SEEDS
    rows = st.integers(1, 6)

    def _moved(self) -> nn.Module:
        """The part with weights a little off where they start, so that a start at zero hides nothing."""
        return perturbed(self._new().eval())

    @abstractmethod
    def _new(self) -> nn.Module:
        """The part, with weights as they start."""

    @abstractmethod
    def _inputs(self, rows: int, seed: int) -> list[Tensor]:
        """Arguments of a call, each with so many rows."""

    def test_asking_twice_gives_the_same(self, rows: int, seed: int) -> None:
        """In evaluation nothing is random, bit for bit; and the inputs are left as they were."""
        part, inputs = self._moved(), self._inputs(rows, seed)
        before = [each.clone() for each in inputs]
        assert torch.equal(part(*inputs), part(*inputs)), "the same inputs gave something else the second time."
        assert all(map(torch.equal, inputs, before)), "the inputs were changed."

    def test_rows_know_nothing_of_each_other(self, rows: int, seed: int) -> None:
        """One that changes is of no account to the others, bit for bit: what a hidden one measured has no way to them."""
        part, inputs = self._moved(), self._inputs(rows + 1, seed)
        row = seed % (rows + 1)
        others = torch.arange(rows + 1) != row
        changed = [each.clone() for each in inputs]
        for each in changed:
            each[row] = -3.0
        before, after = part(*inputs)[others], part(*changed)[others]
        assert torch.equal(before, after), f"row {row} was changed, and so was what the others get."

    def test_the_order_of_rows_does_not_matter(self, rows: int, seed: int) -> None:
        """Up to rounding."""
        part, inputs = self._moved(), self._inputs(rows, seed)
        order = torch.randperm(rows, generator=torch.Generator().manual_seed(seed))
        _close(part(*inputs)[order], part(*(each[order] for each in inputs)), "another order of rows")

    def test_rows_can_be_asked_in_parts(self, rows: int, seed: int) -> None:
        """Up to rounding, also none of them."""
        part, inputs = self._moved(), self._inputs(rows, seed)
        half = rows // 2
        parts = [part(*(each[some] for each in inputs)) for some in (slice(0, half), slice(half, None))]
        _close(part(*inputs), torch.cat(parts), "asking for rows in parts")

    def test_gradients_flow(self, rows: int, seed: int) -> None:
        """They are finite, and reach a weight, if there is any."""
        part, inputs = self._moved(), [each.requires_grad_() for each in self._inputs(rows, seed)]
        out = part(*inputs)
        if not out.requires_grad:
            assert not list(part.parameters()), "nothing of the weights is in what is returned."
            return
        out.square().sum().backward()
        gradients = {name: weight.grad for name, weight in part.named_parameters() if weight.grad is not None}
        assert gradients or not list(part.parameters()), "no weight has a gradient."
        for name, gradient in [*gradients.items(), *((f"input {n}", each.grad) for n, each in enumerate(inputs))]:
            assert gradient is None or torch.isfinite(gradient).all(), f"the gradient of {name} is not finite."

    def test_weights_can_be_saved_and_loaded(self) -> None:
        """Into a part that was made anew, without pickle; it then says the same, bit for bit."""
        inputs = self._inputs(3, 0)
        assert_state_dict_restores(lambda: self._new().eval(), lambda part: part(*inputs))


class EncoderTests(_RowTests):
    """Tests of a temporal encoder for :class:`aqnet_pyg.nn.AQNet`. Override :meth:`make`.

    The call is ``(N, history, in_channels) → (N, ceil(history / patch), channels)``, each station by itself; see
    :class:`aqnet_pyg.nn.TemporalEncoder`.
    """

    in_channels = 10
    channels = 8
    patch = 4
    history = 12
    hours = st.integers(1, 30)

    @abstractmethod
    def make(self, in_channels: int, channels: int, patch: int) -> nn.Module:
        """An encoder.

        Args:
            in_channels: Features of an hour.
            channels: Size of the tokens.
            patch: Hours to a token.
        """

    def test_shapes_and_finite_values(self, rows: int, hours: int, seed: int) -> None:
        """Also of a history that is no multiple of the patch, and of no station."""
        encoder = self._moved()
        for count in (0, rows):
            out = encoder(self._hours(count, hours, seed))
            expected = (count, -(-hours // self.patch), self.channels)
            assert out.shape == expected, (
                f"{hours} hours of {count} stations became {tuple(out.shape)}, not {expected}."
            )
            assert torch.isfinite(out).all(), (
                f"the tokens of station {int((~torch.isfinite(out)).nonzero()[0, 0])} are not finite."
            )

    def test_the_newest_hour_is_in_the_last_token(self, seed: int) -> None:
        """A forecast begins there."""
        encoder, hours = self._moved(), self._hours(2, self.history + 1, seed)
        changed = hours.clone()
        changed[:, -1] += 1.0
        assert not torch.equal(encoder(hours)[:, -1], encoder(changed)[:, -1]), (
            "the last token is the same whatever was measured in the newest hour."
        )

    def test_in_a_model_hidden_stations_do_not_matter(self) -> None:
        """What they measured, or anybody after the history, changes no prediction bit for bit."""
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
    ``(M, steps, channels)``, and features of the steps, ``(M, steps, step_dim)``; see
    :class:`aqnet_pyg.nn.DepartureHead`.

    Set ``neutral = False`` if it does not start at zero; an untrained model is then not its interpolator.
    """

    channels = 8
    step_dim = 5
    steps = 6
    neutral = True

    @abstractmethod
    def make(self, channels: int, step_dim: int, forecast: bool) -> nn.Module:
        """A head.

        Args:
            channels: Size of the states.
            step_dim: Number of features of a step.
            forecast: Whether it is given the target's own states.
        """

    def test_shapes_and_finite_values(self, rows: int, seed: int) -> None:
        """With and without the target's own states, and for no target."""
        for forecast in (False, True):
            head = self.make(self.channels, self.step_dim, forecast).eval()
            for count in (0, rows):
                state, step_features, own_state = self._inputs(count, seed)
                out = head(state, step_features, own_state) if forecast else head(state, step_features)
                expected = (count, self.steps)
                assert out.shape == expected, f"the correction has shape {tuple(out.shape)}; expected {expected}."
                assert torch.isfinite(out).all(), "the correction is not finite."

    def test_at_the_start_it_corrects_nothing(self, rows: int, seed: int) -> None:
        """So that an untrained model is its interpolator."""
        if not self.neutral:
            pytest.skip(f"{type(self).__name__} does not promise neutral")
        assert not self._new().eval()(*self._inputs(rows, seed)).any(), "a new head corrects something; start at zero."

    def test_in_a_model_hidden_stations_do_not_matter(self) -> None:
        """What they measured, or anybody after the history, changes no prediction bit for bit."""
        assert_no_leak_through_part(
            head=lambda sizes: self.make(sizes.channels, sizes.step_dim, sizes.window.task == "forecast")
        )

    def _new(self) -> nn.Module:
        return self.make(self.channels, self.step_dim, True)

    def _inputs(self, rows: int, seed: int) -> list[Tensor]:
        random = torch.Generator().manual_seed(seed)
        sizes = (self.channels, self.step_dim, self.channels)
        return [torch.randn(rows, self.steps, size, generator=random) for size in sizes]


class LossTests(PropertyTests):
    """Tests of a loss for :func:`aqnet_pyg.training.train`. Override :meth:`make`.

    The call is ``(predicted, measured) → scalar``, both of shape ``[n]`` in standard deviations of the pollutant.
    """

    examples = 15
    seed = SEEDS
    count = st.integers(1, 20)

    @abstractmethod
    def make(self) -> Callable[[Tensor, Tensor], Tensor]:
        """A loss."""

    def test_it_is_a_finite_number(self, count: int, seed: int) -> None:
        """Of any number of values, large errors too."""
        predicted, measured = self._values(count, seed)
        for factor in (0.0, 1.0, 1e3):
            loss = self.make()(factor * predicted, measured)
            assert loss.shape == (), f"the loss has shape {tuple(loss.shape)}; expected a scalar."
            assert torch.isfinite(loss), f"the loss is {loss.item()} for predictions up to {factor:g} off."

    def test_nothing_is_better_than_the_truth(self, count: int, seed: int) -> None:
        """The loss of the measurements themselves is the least."""
        predicted, measured = self._values(count, seed)
        best, other = self.make()(measured, measured), self.make()(predicted, measured)
        assert best <= other + 1e-6, f"the truth has a loss of {best:.4g}, another prediction {other:.4g}."

    def test_the_order_of_values_does_not_matter(self, count: int, seed: int) -> None:
        """Up to rounding."""
        predicted, measured = self._values(count, seed)
        order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
        _close(
            self.make()(predicted, measured), self.make()(predicted[order], measured[order]), "another order of values"
        )

    def test_its_gradient_points_away_from_the_truth(self, count: int, seed: int) -> None:
        """So that a small step against it comes nearer, or stays."""
        predicted, measured = self._values(count, seed)
        predicted.requires_grad_()
        self.make()(predicted, measured).backward()
        gradient = predicted.grad
        assert gradient is not None, "the predictions have no gradient."
        assert torch.isfinite(gradient).all(), "the gradient is not finite."
        assert gradient.any(), "the gradient is zero although the predictions are wrong."
        away = gradient * (predicted.detach() - measured)
        assert (away >= -1e-6).all(), f"value {int((away < -1e-6).nonzero()[0, 0])} would be led away from the truth."

    def _values(self, count: int, seed: int) -> tuple[Tensor, Tensor]:
        random = torch.Generator().manual_seed(seed)
        measured = torch.randn(count, generator=random)
        return measured + torch.randn(count, generator=random), measured


def _close(expected: Tensor, got: Tensor, what: str) -> None:
    assert expected.shape == got.shape, f"{what} changed the shape from {tuple(expected.shape)} to {tuple(got.shape)}."
    off = (expected - got).abs() > 1e-5 * (1 + expected.abs())
    assert not off.any(), f"{what} changed what is returned; expected no change beyond rounding."
