"""Neighbors for several visibility masks in one call, where a mask hides a region, nearly all stations, or k is large."""

import numpy as np
import pytest
import torch

from aqnet_pyg.graph import knn_edges, visibility_masks


def mask_by_mask(pos, k, visible):
    return torch.cat([knn_edges(pos, k, visible=mask) + row * len(pos) for row, mask in enumerate(visible)], dim=1)


@pytest.mark.parametrize("chunk", [1, 5, 40])
@pytest.mark.parametrize("seed", range(4))
def test_masks_that_hide_a_region_or_nearly_all_extend_the_search(monkeypatch, seed, chunk):
    rng = np.random.default_rng(seed)
    pos = torch.from_numpy(rng.uniform([100, 30], [125, 45], (150, 2)))
    visible = torch.from_numpy(rng.random((6, 150)) < rng.random((6, 1)))
    visible[0] = pos[:, 0] > 115
    visible[1, 3:] = False
    monkeypatch.setattr(visibility_masks, "_CHUNK", chunk * 100)
    assert torch.equal(knn_edges(pos, 8, visible=visible), mask_by_mask(pos, 8, visible))


@pytest.mark.parametrize("stations", [200, 700])
def test_more_neighbors_than_a_byte_can_count(stations):
    pos = torch.from_numpy(np.random.default_rng(0).uniform([100, 30], [125, 45], (stations, 2)))
    visible = torch.arange(stations) % torch.tensor([[1], [40]]) == 0
    assert torch.equal(knn_edges(pos, 300, visible=visible), mask_by_mask(pos, 300, visible))
