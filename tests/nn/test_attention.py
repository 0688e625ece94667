import torch

from aqnet_pyg.nn import AttentionBlock, MultiheadAttention


@torch.no_grad()
def test_weights_and_masked_keys():
    attention, queries, keys = MultiheadAttention(8, heads=2), torch.rand(3, 2, 8), torch.rand(3, 5, 8)
    bias = torch.tensor([[0.0, 0.0, -torch.inf, 0.0, 0.0]])
    out, weights = attention(queries, keys, bias, return_weights=True)
    assert torch.allclose(out, attention(queries, keys, bias), atol=1e-6)
    assert weights.shape == (3, 2, 2, 5)
    assert torch.allclose(weights.sum(dim=-1), torch.ones(3, 2, 2))
    assert (weights[..., 2] == 0).all()
    changed = keys.index_fill(1, torch.tensor([2]), 9.0)
    assert torch.equal(attention(queries, changed, bias), attention(queries, keys, bias))


@torch.no_grad()
def test_block_does_not_depend_on_the_order_of_tokens():
    block, x = AttentionBlock(8, heads=2), torch.rand(3, 5, 8)
    order = torch.randperm(5)
    assert torch.allclose(block(x)[:, order], block(x[:, order]), atol=1e-6)
    assert torch.allclose(block(x), block(x, return_weights=True)[0], atol=1e-6)


def test_training_computes_the_same_as_prediction():
    attention, queries, keys = MultiheadAttention(8, heads=2), torch.rand(3, 2, 8), torch.rand(3, 5, 8)
    bias = torch.tensor([[0.0, 1.0, -torch.inf, 0.0, 0.0]])
    trained = attention(queries, keys, bias)
    with torch.no_grad():
        torch.testing.assert_close(trained, attention(queries, keys, bias))
    trained.sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in attention.parameters())


def test_repr():
    assert repr(MultiheadAttention(8, heads=2)) == "MultiheadAttention(8, heads=2)"
    assert repr(AttentionBlock(8, heads=2)) == "AttentionBlock(8, heads=2)"
