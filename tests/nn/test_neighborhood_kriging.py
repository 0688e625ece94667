"""Kriging from the stations around each place, against the systems written out one by one."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aqnet_pyg.baselines.neighborhoods import FEWEST, NEIGHBORS, candidate_order
from aqnet_pyg.graph.sphere import unit_sphere
from aqnet_pyg.nn import neighborhood_kriging
from aqnet_pyg.nn.neighborhood_kriging import krige, neighborhoods
from aqnet_pyg.stations import EARTH_RADIUS_KM

NUGGET = torch.tensor(0.1, dtype=torch.float64)


def covariance(a, b):
    return 0.9 * torch.exp(-(a[..., :, None, :] - b[..., None, :, :]).norm(dim=-1) * EARTH_RADIUS_KM / 300)


def network(seed, missing, stations=150, steps=3):
    rng = np.random.default_rng(seed)
    pos = torch.from_numpy(rng.uniform([100, 25], [120, 45], (stations, 2)))
    valid = torch.from_numpy(rng.random((stations, steps)) >= missing)
    value = torch.from_numpy(rng.normal(10.0, 1.0, (stations, steps))).masked_fill(~valid, 0.0)
    return pos, value, valid


def one_by_one(pos, pos_dst, value, valid):
    order = candidate_order(tuple(pos.numpy().T), None if pos_dst is None else tuple(pos_dst.numpy().T))
    stations, places = unit_sphere(pos), unit_sphere(pos if pos_dst is None else pos_dst)
    out = torch.zeros(len(places), value.size(1), dtype=torch.float64)
    for place, candidates in enumerate(order):
        for step in range(value.size(1)):
            measuring = [station for station in candidates if station >= 0 and valid[station, step]]
            chosen = [station for station in candidates[:NEIGHBORS] if valid[station, step]]
            chosen = chosen if len(chosen) >= FEWEST else measuring[:NEIGHBORS]
            if chosen:
                matrix = torch.ones(len(chosen) + 1, len(chosen) + 1, dtype=torch.float64)
                matrix[-1, -1] = 0.0
                matrix[:-1, :-1] = covariance(stations[chosen], stations[chosen]) + NUGGET * torch.eye(len(chosen))
                right = torch.cat([covariance(stations[chosen], places[[place]])[:, 0], torch.ones(1)])
                out[place, step] = torch.linalg.solve(matrix, right)[:-1] @ value[chosen, step]
            else:
                others = valid[:, step].clone()
                if pos_dst is None:
                    others[place] = False
                out[place, step] = value[others, step].mean() if others.any() else 0.0
    return out


@pytest.mark.parametrize("places", [None, 20], ids=["stations", "cells"])
@settings(max_examples=10)
@given(seed=st.integers(0, 10_000), missing=st.sampled_from([0.0, 0.05, 0.3, 0.5, 0.9, 0.99, 1.0]))
def test_it_is_ordinary_kriging_from_the_chosen_stations(places, seed, missing):
    pos, value, valid = network(seed, missing)
    pos_dst = None if places is None else pos[:places] + 0.3
    got = krige(neighborhoods(pos, pos_dst, covariance, NUGGET), value, valid, pos, covariance, NUGGET)
    assert torch.allclose(got, one_by_one(pos, pos_dst, value, valid), atol=1e-8)


def test_regions_without_measurements_have_the_mean_or_what_is_far():
    pos, value, valid = network(0, 0.0)
    valid[40:], valid[:, 1] = False, False
    valid[0, 1] = True
    got = krige(neighborhoods(pos, None, covariance, NUGGET), value, valid, pos, covariance, NUGGET)
    assert torch.allclose(got[1:], one_by_one(pos, None, value, valid)[1:], atol=1e-8)
    assert torch.allclose(got[1:, 1], value[0, 1].expand(149))


@settings(max_examples=10)
@given(seed=st.integers(0, 10_000), missing=st.sampled_from([0.05, 0.5, 0.9, 0.99]), station=st.integers(0, 149))
def test_a_station_is_independent_of_its_own_value_and_of_values_that_are_not_valid(seed, missing, station):
    pos, value, valid = network(seed, missing)
    around = neighborhoods(pos, None, covariance, NUGGET)
    changed = torch.where(valid, value, -99.0)
    valid[station] = True
    before = krige(around, value, valid, pos, covariance, NUGGET)
    changed[station] = value[station] + 50.0
    assert torch.equal(krige(around, changed, valid, pos, covariance, NUGGET)[station], before[station])


def test_gradients_of_the_values_are_the_weights():
    pos, value, valid = network(3, 0.5)
    around = neighborhoods(pos, None, covariance, NUGGET)
    value.requires_grad_()
    out = krige(around, value, valid, pos, covariance, NUGGET)
    out[7, 0].backward()
    assert value.grad[7].eq(0).all()
    assert value.grad[~valid].eq(0).all()
    assert value.grad.sum().item() == pytest.approx(1.0)


def test_places_are_estimated_in_parts(monkeypatch):
    pos, value, valid = network(4, 0.4)
    around = neighborhoods(pos, None, covariance, NUGGET)
    whole = krige(around, value, valid, pos, covariance, NUGGET)
    monkeypatch.setattr(neighborhood_kriging, "_PLACES", 40)
    assert torch.allclose(krige(around, value, valid, pos, covariance, NUGGET), whole)
