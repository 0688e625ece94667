import pytest
import torch

from aqnet_pyg.nn import DepartureHead, NoDeparture


@torch.no_grad()
def test_correction_is_zero_at_initialization_and_depends_on_every_input():
    head, inputs = DepartureHead(8, 6, own_state=True), [torch.rand(3, 2, 8), torch.rand(3, 10, 6), torch.rand(3, 2, 8)]
    assert torch.equal(head(*inputs), torch.zeros(3, 10))
    assert torch.equal(NoDeparture()(*inputs), torch.zeros(3, 10))
    torch.nn.init.normal_(head.layers[2].weight)
    for number in range(3):
        changed = [each + (position == number) for position, each in enumerate(inputs)]
        assert not torch.allclose(head(*changed), head(*inputs))


def test_without_own_state():
    assert DepartureHead(8, 6)(torch.rand(3, 5, 8), torch.rand(3, 5, 6)).shape == (3, 5)


@torch.no_grad()
@pytest.mark.parametrize("own_state", [False, True])
def test_steps_that_share_a_state_are_computed_as_if_each_had_its_own(own_state):
    head = DepartureHead(8, 6, own_state)
    torch.nn.init.normal_(head.layers[2].weight)
    state, step_features, own = torch.randn(3, 2, 8), torch.randn(3, 10, 6), torch.randn(3, 2, 8)
    parts = [state.repeat_interleave(5, dim=1), step_features, own.repeat_interleave(5, dim=1)][: 2 + own_state]
    expected = head.layers(torch.cat(parts, dim=2)).squeeze(2)
    torch.testing.assert_close(head(state, step_features, own if own_state else None), expected)
