"""The classical kNN as a convolution of PyG."""

import pytest
import torch
from nn.knn_arguments import CELLS, STEPS, K, Values, knn_arguments
from torch import nn
from torch_geometric.nn import MessagePassing
from torch_geometric.testing import assert_module

from aqnet_pyg import InputError
from aqnet_pyg.nn import ClassicalKNN, InverseDistance, LocalKriging, NeuralKNN, parameter_groups


@pytest.mark.parametrize("targets", [None, CELLS])
@pytest.mark.parametrize("weights", [InverseDistance(), LocalKriging()])
@torch.no_grad()
def test_assert_module(weights, targets):
    state, value, valid, pos, edge_index, edge_attr = knn_arguments(targets)
    module = Values(ClassicalKNN(K, weights), state, valid, pos)
    size = (len(value) if targets is None else targets, STEPS)
    # Edges have attributes, which sparse layouts do not hold.
    options = {"expected_size": size, "test_sparse_layouts": [], "atol": 1e-5}
    assert_module(module, value, edge_index, edge_attr=edge_attr, **options)


@torch.no_grad()
def test_weighted_mean_of_the_neighbors():
    pos = torch.tensor([[10.0, 50.0], [10.0, 51.0], [10.0, 50.5]], dtype=torch.float64)  # the last one is in the middle
    edge_index, edge_attr = torch.tensor([[0, 1], [2, 2]]), torch.zeros(2, 0)
    value = torch.tensor([[1.0, 1.0], [3.0, 0.0], [0.0, 0.0]])
    valid = torch.tensor([[True, True], [True, False], [False, False]])
    state = torch.tensor([2.0, 4.0, 0.0]).view(3, 1, 1)
    out = ClassicalKNN(2, InverseDistance())(state, value, valid, pos, edge_index, edge_attr)
    assert out.value[2].tolist() == pytest.approx([2.0, 1.0], abs=1e-4)
    assert out.spread[2, 0].item() == pytest.approx((1 + 0.05**2) ** 0.5, abs=1e-4)
    assert out.state[2].item() == pytest.approx((3.0 + 2.0) / 2, abs=1e-3)  # mean of the weights of both steps
    assert out.valid.tolist() == [[False, False], [False, False], [True, True]]


def test_a_background_replaces_the_mean():
    background = torch.randn(CELLS, STEPS)
    assert torch.equal(ClassicalKNN(K)(*knn_arguments(CELLS), background).value, background)


def test_too_many_neighbors_are_refused():
    with pytest.raises(InputError, match="a target has 5 neighbors, but this model takes at most k = 4"):
        ClassicalKNN(4)(*knn_arguments())


def test_repr():
    assert repr(ClassicalKNN(4, InverseDistance())) == "ClassicalKNN(k=4, weights=InverseDistance(power=2.0))"
    assert repr(ClassicalKNN(4)) == "ClassicalKNN(k=4, weights=LocalKriging(ranges_km=(30.0, 300.0), nugget=0.05))"


def test_construction_leaves_other_classes_alone():
    ClassicalKNN(K)
    NeuralKNN(8, 3, K)
    for kind in (ClassicalKNN, NeuralKNN):
        assert kind._orig_propagate is MessagePassing.propagate


def test_parameter_groups():
    model = nn.ModuleDict({"conv": NeuralKNN(8, 3, K), "other": nn.Linear(2, 2)})
    others, classical = parameter_groups(model, 0.01)
    assert classical["lr"] == 0.1
    assert classical["weight_decay"] == 0.0
    names = {parameter: name for name, parameter in model.named_parameters()}
    prefix = "conv.weights."
    assert [names[each] for each in classical["params"]] == [each for each in names.values() if each.startswith(prefix)]
    assert [names[each] for each in others["params"]] == [
        each for each in names.values() if not each.startswith(prefix)
    ]
