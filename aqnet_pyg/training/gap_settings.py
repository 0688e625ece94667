"""Settings of the training of a gap model; importing this module does not import torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GapSettings:
    """Settings of :func:`aqnet_pyg.training.fit_gaps`.

    Args:
        networks: Networks of the ensemble; with 0 the background is the estimate.
        masks: Masks of hidden measurements that the networks learn from, each with its own copied gaps and outages.
        outage_every: Mean number of hours for each outage of all stations in a mask.
        most_estimates: About the largest number of estimates of the background in all masks; of larger data
            fewer masks are drawn, but one.
        most_targets: Largest number of hidden measurements to learn from, drawn from those of all masks.
        channels: Size of the hidden layers of a network.
        dropout: Probability of their dropout.
        steps: Optimizer steps of a network.
        batch: Targets of a step.
        learning_rate: Of AdamW at the first step; it decays as a cosine.
        weight_decay: Of AdamW.
        huber: Error at which the loss turns from a square to an absolute value, in standard deviations of the pollutant.
        square: Weight of the squared error in the loss, besides.
        largest: Errors in this square are limited to this number of standard deviations.
        seed: Random seed.
    """

    networks: int = 5
    masks: int = 16
    outage_every: float = 225.0
    most_estimates: int = 3_000_000
    most_targets: int = 500_000
    channels: int = 128
    dropout: float = 0.3
    steps: int = 1200
    batch: int = 1024
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    huber: float = 0.06
    square: float = 0.16
    largest: float = 1.2
    seed: int = 0
