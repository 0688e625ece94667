"""Edge features that decrease with distance."""

import numpy as np
import pytest
import torch

from aqnet_pyg.baselines import IDW
from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import GaussianWeight, InverseDistanceWeight, knn


def test_inverse_distance_weights_are_those_of_the_baseline():
    rng = np.random.default_rng(0)
    pos, cells = (torch.from_numpy(rng.uniform([110, 35], [112, 37], (n, 2))) for n in (30, 9))
    values = rng.normal(size=30)
    baseline = IDW(k=5, power=2.0).fit(tuple(pos.numpy().T), values[None]).predict(tuple(cells.numpy().T), values[None])
    edges = knn(pos, 5, pos_dst=cells)
    weight = InverseDistanceWeight(2.0)(edges)[:, 0].double()
    ours = torch.zeros(9, dtype=torch.float64).index_add_(
        0, edges.edge_index[1], weight * torch.from_numpy(values)[edges.edge_index[0]]
    )
    np.testing.assert_allclose(ours, np.asarray(baseline)[0], rtol=1e-5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GaussianWeight(0.0), "length_km: got 0.0"),
        (lambda: InverseDistanceWeight(-1.0), "power: got -1.0"),
    ],
)
def test_parameters_out_of_range_raise_an_error(make, message):
    with pytest.raises(InputError, match=message):
        make()
