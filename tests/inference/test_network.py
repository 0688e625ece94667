"""Names of devices."""

import pytest
import torch

from aqnet_pyg.inference.network import torch_device


@pytest.mark.parametrize(("there", "auto"), [(True, "cuda"), (False, "cpu")])
def test_auto_is_a_gpu_where_there_is_one(there, auto, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    assert [torch_device(name) for name in ("auto", "cpu", "gpu")] == [auto, "cpu", "cuda"]
