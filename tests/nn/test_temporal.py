import pytest
import torch

from aqnet_pyg.errors import InputError
from aqnet_pyg.nn import HourlyReadout, MeanReadout, PooledReadout, TemporalEncoder
from aqnet_pyg.windows import Window


@pytest.mark.parametrize(("history", "patch", "tokens"), [(24, 4, 6), (25, 4, 7), (24, 1, 24)])
def test_encoder_shapes_and_weights(history, patch, tokens):
    encoder = TemporalEncoder(5, channels=8, patch=patch, heads=2)
    out, weights = encoder(torch.rand(3, history, 5), return_weights=True)
    assert out.shape == (3, tokens, 8)
    assert weights.shape == (3, 2, tokens, tokens)
    assert torch.allclose(weights.sum(-1), torch.ones(3, 2, tokens), atol=1e-5)


def test_returning_weights_does_not_change_the_output():
    encoder, x = TemporalEncoder(5, channels=8), torch.rand(3, 24, 5)
    assert torch.allclose(encoder(x), encoder(x, return_weights=True)[0], atol=1e-5)


def test_hourly_readout_cuts_the_center():
    readout = HourlyReadout(Window(25, margin=6), 8, patch=4)
    tokens = torch.rand(2, 7, 8)  # 25 hours in patches of 4, padded at the front
    assert readout(tokens).shape == (2, 13, 8)
    last = HourlyReadout(Window(25), 8, patch=4)
    changed = tokens.clone()
    changed[:, -1] += torch.randn(8)
    differs = (last(tokens) != last(changed)).any(dim=2).any(dim=0)
    assert differs.tolist() == [False] * 21 + [True] * 4


def test_pooled_and_mean_readout():
    state, weights = PooledReadout(8, num_states=2)(torch.rand(3, 6, 8), return_weights=True)
    assert state.shape == (3, 2, 8)
    assert weights.shape == (3, 4, 2, 6)
    assert MeanReadout()(torch.rand(3, 6, 8)).shape == (3, 1, 8)
    with pytest.raises(InputError, match="num_states"):
        PooledReadout(8, num_states=0)


def test_repr():
    assert repr(TemporalEncoder(5, 8)) == "TemporalEncoder(5, 8, patch=4)"
    assert repr(HourlyReadout(Window(24), 8, patch=4)) == "HourlyReadout(8, patch=4)"
    assert repr(PooledReadout(8, num_states=2)) == "PooledReadout(8, num_states=2)"
    assert repr(MeanReadout()) == "MeanReadout(num_states=1)"
