"""The convolution on its own, with the tools that PyG users bring."""

import pytest
import torch
from torch import nn
from torch_geometric.explain import Explainer, GNNExplainer

from aqnet_pyg.graph import EdgeFeatures, Edges, knn_edges
from aqnet_pyg.nn import ClassicalKNN, InverseDistance, LocalKriging, NeuralKNN

STATIONS, CELLS, STEPS, CHANNELS, K = 20, 7, 6, 8, 5


def inputs(targets=None, seed=0):
    torch.manual_seed(seed)
    pos = torch.rand(STATIONS, 2, dtype=torch.float64) * 5 + torch.tensor([110.0, 35.0])
    there = pos if targets is None else torch.rand(targets, 2, dtype=torch.float64) * 5 + torch.tensor([110.0, 35.0])
    edge_index = knn_edges(pos, K, pos_dst=None if targets is None else there)
    edge_attr = EdgeFeatures()(Edges(edge_index, pos, there))
    valid = torch.rand(STATIONS, STEPS) < 0.8
    value = torch.randn(STATIONS, STEPS) * valid
    return (
        torch.randn(STATIONS, STEPS, CHANNELS),
        value,
        valid,
        pos if targets is None else (pos, there),
        edge_index,
        edge_attr,
    )


def lively(seed=0, **options):
    torch.manual_seed(seed)
    conv = NeuralKNN(CHANNELS, 3, K, **options)
    nn.init.normal_(conv.departure.weight)
    return conv


def test_shapes_repr_and_bipartite():
    conv = lively()
    out = conv(*inputs(CELLS))
    assert out.value.shape == out.spread.shape == out.valid.shape == (CELLS, STEPS)
    assert out.state.shape == (CELLS, STEPS, CHANNELS)
    assert (out.spread > 0).all()
    assert repr(ClassicalKNN(4, InverseDistance())) == "ClassicalKNN(k=4, weights=InverseDistance(power=2.0))"
    assert (
        repr(conv) == "NeuralKNN(8, k=5, steps_per_state=1, weights=LocalKriging(ranges_km=(30.0, 300.0), nugget=0.05))"
    )


def test_order_of_edges_has_no_effect():
    conv = lively()
    state, value, valid, pos, edge_index, edge_attr = inputs(CELLS)
    order = torch.randperm(edge_index.size(1))
    shuffled = conv(state, value, valid, pos, edge_index[:, order], edge_attr[order])
    assert torch.allclose(conv(state, value, valid, pos, edge_index, edge_attr).value, shuffled.value, atol=1e-5)


def test_reset_brings_back_the_classical_value():
    conv, classical = lively(), ClassicalKNN(K, LocalKriging())
    assert not torch.allclose(conv(*inputs()).value, classical(*inputs()).value, atol=1e-3)
    conv.reset_parameters()
    assert torch.allclose(conv(*inputs()).value, classical(*inputs()).value, atol=1e-5)


def test_a_background_takes_the_place_of_the_mean():
    background = torch.randn(CELLS, STEPS)
    assert torch.equal(ClassicalKNN(K, LocalKriging())(*inputs(CELLS), background).value, background)


def test_groups_of_steps_share_a_state():
    conv = lively(steps_per_state=3, context=0)
    state, *rest = inputs(CELLS)
    out = conv(state[:, :2], *rest)
    assert out.value.shape == (CELLS, STEPS)
    assert out.state.shape == (CELLS, 2, CHANNELS)


def test_a_target_without_neighbors_is_not_known():
    state, value, valid, pos, edge_index, edge_attr = inputs(CELLS)
    keep = edge_index[1] != 2
    out = lively()(state, value, valid, pos, edge_index[:, keep], edge_attr[keep])
    assert out.valid.any(dim=1).tolist() == [True, True, False, True, True, True, True]
    assert torch.isfinite(out.value).all()


def test_gradients_reach_every_parameter():
    conv = lively()
    out = conv(*inputs())
    (out.value.square().sum() + out.state.square().sum()).backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in conv.parameters())


@pytest.mark.filterwarnings("ignore")
def test_it_compiles_without_a_graph_break():
    conv, arguments = lively(), inputs(CELLS)
    compiled = torch.compile(conv, fullgraph=True, backend="aot_eager")
    assert torch.allclose(compiled(*arguments).value, conv(*arguments).value, atol=1e-5)


class Head(nn.Module):
    """The interpolator as a head over flat features, which is what explainers of PyG take."""

    def __init__(self, conv, pos, edge_attr):
        super().__init__()
        self.conv, self.pos, self.edge_attr = conv, pos, edge_attr

    def forward(self, x, edge_index):
        state, value = x[:, : STEPS * CHANNELS].unflatten(1, (STEPS, CHANNELS)), x[:, STEPS * CHANNELS :]
        return self.conv(
            state, value, torch.ones_like(value, dtype=torch.bool), self.pos, edge_index, self.edge_attr
        ).value


def test_gnn_explainer_finds_the_station_that_matters():
    state, value, _, pos, edge_index, edge_attr = inputs()
    ClassicalKNN(K, InverseDistance())  # a parent class that was in use before must not matter
    conv = lively()
    explainer = Explainer(
        Head(conv, pos, edge_attr),
        GNNExplainer(epochs=30),
        explanation_type="model",
        node_mask_type="attributes",
        edge_mask_type="object",
        model_config={"mode": "regression", "task_level": "node", "return_type": "raw"},
    )
    x = torch.cat([state.flatten(1), value], dim=1)
    explanation = explainer(x, edge_index, index=4)
    assert explanation.edge_mask.shape == (edge_index.size(1),)
    assert (explanation.edge_mask[edge_index[1] != 4] == 0).all()
    assert (explanation.edge_mask[edge_index[1] == 4] > 0).any()
    assert explanation.node_mask.shape == x.shape
