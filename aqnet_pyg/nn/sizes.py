"""The sizes that the parts of a network share: what a part of one's own is built from."""

from __future__ import annotations

from dataclasses import dataclass

from aqnet_pyg.graph import GraphBuilder
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.windows import Window

__all__ = ["Sizes"]


@dataclass(frozen=True)
class Sizes:
    """Sizes of the tensors between the parts of :class:`aqnet_pyg.nn.AQNet`.

    Args:
        window: Hours read and predicted.
        in_channels: Features of an hour of the history.
        channels: Of tokens and states.
        patch: Hours to a token.
        steps: Hours predicted.
        group: Steps that share a state.
        groups: States of a station, ``steps / group``.
        step_dim: What is known of a step: the encoding of time, and covariates with their masks.
        edge_dim: Features of an edge.
        k: Largest number of neighbors of a target.
    """

    window: Window
    in_channels: int
    channels: int
    patch: int
    steps: int
    group: int
    groups: int
    step_dim: int
    edge_dim: int
    k: int

    @classmethod
    def of(
        cls,
        window: Window,
        scaler: Scaler,
        graph: GraphBuilder,
        clock_dim: int,
        channels: int,
        patch: int,
        known: Scaler | None,
    ) -> Sizes:
        """Of a network with these settings; arguments as there.

        Args:
            window: Hours read and predicted.
            scaler: Of the variables read.
            graph: How edges are made.
            clock_dim: Size of the encoding of time.
            channels: Size of states and tokens.
            patch: Hours to a token.
            known: Of the covariates.
        """
        group = _group(window)
        return cls(
            window=window,
            in_channels=2 * len(scaler.variables) + clock_dim,
            channels=channels,
            patch=patch,
            steps=window.steps,
            group=group,
            groups=window.steps // group,
            step_dim=clock_dim + (0 if known is None else 2 * len(known.variables)),
            edge_dim=graph.dim,
            k=graph.k,
        )


def _group(window: Window) -> int:
    """Steps that share a state: one to reconstruct; a day to forecast, or the whole horizon where it is shorter."""
    if window.task == "reconstruct":
        return 1
    return 24 if window.steps % 24 == 0 else window.steps
