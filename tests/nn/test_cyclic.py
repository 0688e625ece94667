import pandas as pd
import torch
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.nn import CyclicEncoding, NoEncoding


@given(st.integers(0, 600_000))
def test_same_hour_of_the_day_and_week(hour):
    encode = CyclicEncoding((24.0, 168.0))
    now, in_a_week = encode(torch.tensor([hour, hour + 168]), torch.zeros(2))
    assert torch.allclose(now, in_a_week, atol=1e-6)
    assert torch.allclose(now.square().view(2, 2).sum(0), torch.ones(2), atol=1e-6)


def test_local_midnight_is_the_top_of_the_circle():
    midnight = pd.Timestamp("2017-01-01 00:00", tz="Asia/Shanghai").timestamp() / 3600
    encoded = CyclicEncoding((24.0,))(torch.tensor([int(midnight)]), torch.tensor([8.0]))
    assert torch.allclose(encoded, torch.tensor([[0.0, 1.0]]), atol=1e-6)


def test_no_encoding_is_empty():
    assert NoEncoding()(torch.zeros(2, 5), torch.zeros(2, 5)).shape == (2, 5, NoEncoding.dim)


def test_repr():
    assert repr(CyclicEncoding((24.0,))) == "CyclicEncoding(periods=(24.0,))"
