"""The neural kNN as a convolution of PyG: shapes, assert_module, compilation, explanation."""

import pytest
import torch
from nn.knn_arguments import CELLS, CHANNELS, STEPS, K, Values, knn_arguments
from torch import nn
from torch_geometric.explain import Explainer, GNNExplainer
from torch_geometric.testing import assert_module

from aqnet_pyg.nn import ClassicalKNN, InverseDistance, LocalKriging, NeuralKNN


def perturbed_conv(seed=0, **options):
    torch.manual_seed(seed)
    conv = NeuralKNN(CHANNELS, 3, K, **options)
    nn.init.normal_(conv.departure.weight)
    return conv


def test_shapes_and_repr():
    conv = perturbed_conv()
    out = conv(*knn_arguments(CELLS))
    assert out.value.shape == out.spread.shape == out.valid.shape == (CELLS, STEPS)
    assert out.state.shape == (CELLS, STEPS, CHANNELS)
    assert (out.spread > 0).all()
    assert (
        repr(conv) == "NeuralKNN(8, k=5, steps_per_state=1, weights=LocalKriging(ranges_km=(30.0, 300.0), nugget=0.05))"
    )


@pytest.mark.parametrize("targets", [None, CELLS])
@torch.no_grad()
def test_assert_module(targets):
    state, value, valid, pos, edge_index, edge_attr = knn_arguments(targets)
    module = Values(perturbed_conv(), state, valid, pos)
    size = (len(value) if targets is None else targets, STEPS)
    # Edges have attributes, which sparse layouts do not hold.
    options = {"expected_size": size, "test_sparse_layouts": [], "atol": 1e-5}
    out = assert_module(module, value, edge_index, edge_attr=edge_attr, **options)
    assert out.isfinite().all()


def test_reset_brings_back_the_classical_value():
    conv, classical = perturbed_conv(), ClassicalKNN(K, LocalKriging())
    assert not torch.allclose(conv(*knn_arguments()).value, classical(*knn_arguments()).value, atol=1e-3)
    conv.reset_parameters()
    assert torch.allclose(conv(*knn_arguments()).value, classical(*knn_arguments()).value, atol=1e-5)


def test_groups_of_steps_share_a_state():
    conv = perturbed_conv(steps_per_state=3, context=0)
    state, *rest = knn_arguments(CELLS)
    out = conv(state[:, :2], *rest)
    assert out.value.shape == (CELLS, STEPS)
    assert out.state.shape == (CELLS, 2, CHANNELS)


def test_a_target_without_neighbors_is_not_valid():
    state, value, valid, pos, edge_index, edge_attr = knn_arguments(CELLS)
    keep = edge_index[1] != 2
    out = perturbed_conv()(state, value, valid, pos, edge_index[:, keep], edge_attr[keep])
    assert out.valid.any(dim=1).tolist() == [True, True, False, True, True, True, True]
    assert torch.isfinite(out.value).all()


def test_gradients_reach_every_parameter():
    conv = perturbed_conv()
    out = conv(*knn_arguments())
    (out.value.square().sum() + out.state.square().sum()).backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in conv.parameters())


@pytest.mark.filterwarnings("ignore")
def test_it_compiles_without_a_graph_break():
    conv, arguments = perturbed_conv(), knn_arguments(CELLS)
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


def test_gnn_explainer_masks_the_edges_to_the_station():
    state, value, _, pos, edge_index, edge_attr = knn_arguments()
    ClassicalKNN(K, InverseDistance())  # compiles `propagate` of the parent class first
    conv = perturbed_conv()
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


@torch.no_grad()
def test_tokens_of_neighbors_are_one_linear_layer_of_edge_state_and_values():
    conv, classical = perturbed_conv(), ClassicalKNN(K)
    state, value, valid, pos, edge_index, edge_attr = knn_arguments(CELLS)
    edge_index, edge_attr = edge_index[:, 1:], edge_attr[1:]  # one free slot
    seen = {}
    conv.blocks[0].register_forward_pre_hook(lambda block, inputs: seen.update(tokens=inputs[0]))
    conv(state, value, valid, pos, edge_index, edge_attr)
    tokens = seen["tokens"].view(CELLS, STEPS, 1 + K, CHANNELS)
    classical.correct = lambda *arguments: seen.update(classical=arguments)
    classical(state, value, valid, pos, edge_index, edge_attr)
    states, use, edges, weight, _, deviation, spread = seen["classical"]
    scaled = nn.functional.pad((deviation / spread[:, None]).clamp(-10, 10), (2, 2)).unfold(2, 5, 1)
    edges = edges[:, :, None].expand(-1, -1, STEPS, -1)
    parts = [edges, states, scaled, K * weight[..., None], use[..., None].float()]
    expected = conv.embed_neighbor(torch.cat(parts, dim=-1)).transpose(1, 2)
    present = use.transpose(1, 2)
    assert torch.allclose(tokens[:, :, 1:][present], expected[present], atol=1e-5)


@torch.no_grad()
def test_the_order_of_edges_does_not_matter():
    conv = perturbed_conv()
    *rest, edge_index, edge_attr = knn_arguments(CELLS)
    mixed = torch.randperm(edge_index.size(1))
    assert torch.allclose(
        conv(*rest, edge_index[:, mixed], edge_attr[mixed]).value, conv(*rest, edge_index, edge_attr).value, atol=1e-5
    )
