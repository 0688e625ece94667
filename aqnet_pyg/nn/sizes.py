"""Sizes of the tensors that the parts of a network exchange."""

from __future__ import annotations

from dataclasses import dataclass

from aqnet_pyg.graph import GraphBuilder
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.windows import Window


@dataclass(frozen=True)
class Sizes:
    """Sizes of the tensors between the parts of :class:`aqnet_pyg.AQNet`; a part can take any of them by name.

    Args:
        window: Hours read and predicted.
        in_channels: Number of features of an hour of the history.
        channels: Size of tokens and states.
        patch: Hours per token.
        steps: Number of hours predicted.
        steps_per_state: Number of consecutive steps that share a state.
        num_states: Number of states of a station, ``steps / steps_per_state``.
        step_dim: Number of features of a step: the encoding of time, and covariates with their masks.
        own_state: Whether the head is given the temporal state of the target itself, as in a forecast.
        edge_dim: Number of edge features, that of first guesses included.
        k: Largest number of neighbors of a target.
    """

    window: Window
    in_channels: int
    channels: int
    patch: int
    steps: int
    steps_per_state: int
    num_states: int
    step_dim: int
    own_state: bool
    edge_dim: int
    k: int

    @classmethod
    def of(
        cls,
        window: Window,
        scaler: Scaler,
        graph: GraphBuilder,
        time_dim: int,
        channels: int,
        patch: int,
        known: Scaler | None,
        first_guess: bool = False,
    ) -> Sizes:
        """Sizes of a network with these settings.

        Args:
            window: Hours read and predicted.
            scaler: Standardization of the input variables.
            graph: Builder of edges and their features.
            time_dim: Size of the encoding of time.
            channels: Size of states and tokens.
            patch: Hours per token.
            known: Standardization of the covariates.
            first_guess: Whether there are first guesses among them.
        """
        steps_per_state = _steps_per_state(window)
        return cls(
            window=window,
            in_channels=2 * len(scaler.variables) + time_dim,
            channels=channels,
            patch=patch,
            steps=window.steps,
            steps_per_state=steps_per_state,
            num_states=window.steps // steps_per_state,
            step_dim=time_dim + (0 if known is None else 2 * len(known.variables)),
            own_state=window.task.own_history,
            edge_dim=graph.dim + first_guess,
            k=graph.k,
        )


def _steps_per_state(window: Window) -> int:
    """One for hours of the history; for a forecast a day, or the whole horizon if it is not a number of whole days."""
    if not window.horizon:
        return 1
    return 24 if window.steps % 24 == 0 else window.steps
