import torch

from aqnet_pyg.nn import GapNetwork
from aqnet_pyg.nn.gap_features import NUM_FEATURES


def test_untrained_the_departure_is_zero():
    departure = GapNetwork(16)(torch.randn(7, NUM_FEATURES))
    assert torch.equal(departure, torch.zeros(7))


def test_every_parameter_is_trained():
    network = GapNetwork(16, dropout=0.0)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    features = torch.randn(50, NUM_FEATURES)
    for _ in range(3):
        optimizer.zero_grad()
        (network(features) - features[:, 0]).square().mean().backward()
        optimizer.step()
    assert all(parameter.grad.any() for parameter in network.parameters())
