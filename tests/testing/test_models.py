"""Assertions on the parts of a network accept correct parts and reject faulty ones."""

import pytest
import torch
from torch import nn

from aqnet_pyg.nn import DepartureHead
from aqnet_pyg.testing import assert_no_leak_through_part, assert_state_dict_restores
from aqnet_pyg.testing.models import perturbed


class Unsaved(nn.Linear):
    """A layer with a weight that is not in its state_dict."""

    def __init__(self):
        super().__init__(2, 2)
        self.scale = torch.rand(1)

    def forward(self, x):
        return super().forward(x) * self.scale


def test_weights_must_be_in_the_state_dict():
    assert_state_dict_restores(lambda: nn.Linear(2, 2), lambda module: module(torch.ones(1, 2)))
    with pytest.raises(AssertionError, match="store everything that is learned in parameters or buffers"):
        assert_state_dict_restores(Unsaved, lambda module: module(torch.ones(1, 2)))


class Random(DepartureHead):
    """A head whose output depends on more than its inputs."""

    def forward(self, *inputs):
        return super().forward(*inputs) + torch.rand(1)


def test_a_part_must_not_change_predictions_by_other_than_its_inputs():
    def made(head):
        return lambda sizes: head(sizes.channels, sizes.step_dim, sizes.own_state)

    assert_no_leak_through_part(head=made(DepartureHead))
    with pytest.raises(AssertionError, match="expected the same, bit for bit"):
        assert_no_leak_through_part(head=made(Random))


def test_perturbed_weights_are_reproducible():
    layers = [nn.Linear(2, 2) for _ in range(2)]
    layers[1].load_state_dict(layers[0].state_dict())
    before = layers[0].weight.clone()
    one, other = map(perturbed, layers)
    assert torch.equal(one.weight, other.weight)
    assert not torch.equal(one.weight, before)
