import torch

from aqnet_pyg.nn import DepartureHead, NoDeparture


@torch.no_grad()
def test_correction_is_zero_at_initialization_and_depends_on_every_input():
    head, inputs = DepartureHead(8, 6, own_state=True), [torch.rand(3, 5, width) for width in (8, 6, 8)]
    assert torch.equal(head(*inputs), torch.zeros(3, 5))
    assert torch.equal(NoDeparture()(*inputs), torch.zeros(3, 5))
    torch.nn.init.normal_(head.layers[2].weight)
    for number in range(3):
        changed = [each + (position == number) for position, each in enumerate(inputs)]
        assert not torch.allclose(head(*changed), head(*inputs))


def test_without_own_state():
    assert DepartureHead(8, 6)(torch.rand(3, 5, 8), torch.rand(3, 5, 6)).shape == (3, 5)
