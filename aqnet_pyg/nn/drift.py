"""The share of first guesses in a concentration, beyond which a network interpolates."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn


class FirstGuessDrift(nn.Module):
    r"""Weighted sum of first guesses, which are the last of the covariates.

    A network interpolates what stations measured beyond it, as kriging with external drift does
    (:class:`aqnet_pyg.baselines.FirstGuessKriging`). The factors are not learned by gradient descent but set by
    :meth:`set_factors`, in training by generalized least squares; initially they are zero.

    Args:
        count: Number of first guesses.

    **Shapes:** standardized covariates, zero where missing, and their mask ``(N, steps, 2 C)`` → ``(N, steps)``, in standard
    deviations of the pollutant.
    """

    factors: Tensor

    def __init__(self, count: int) -> None:
        super().__init__()
        self.register_buffer("factors", torch.zeros(count))

    def reset_parameters(self) -> None:
        """Set the factors to zero."""
        self.factors.zero_()

    def set_factors(self, factors: Tensor) -> None:
        """Set the factors of standardized first guesses, shape ``(count,)``."""
        self.factors.copy_(factors)

    def forward(self, known: Tensor, estimate: Callable[[Tensor, Tensor], Tensor | None]) -> Tensor:
        """Add up the first guesses.

        Args:
            known: Covariates and their mask.
            estimate: Estimate of the sum where first guesses are missing: called with the sum, and whether they are there; None
                if there is none.
        """
        values, masks = known.chunk(2, dim=2)
        count = len(self.factors)
        drift = values[..., -count:] @ self.factors
        present = ((masks[..., -count:] > 0) | (self.factors == 0)).all(dim=2)
        estimated = None if present.all() else estimate(drift, present)
        return drift if estimated is None else torch.where(present, drift, estimated)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({len(self.factors)})"
