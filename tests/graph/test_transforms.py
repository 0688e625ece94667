import pytest
import torch
from torch.utils.data.datapipes.datapipe import IterDataPipe
from torch_geometric.data import Data
from torch_geometric.transforms import BaseTransform

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import AddEdgeFeatures, ConnectNeighbours, Distance, HideRandomStations, hide


def window(stations=20):
    torch.manual_seed(0)
    return Data(
        x=torch.rand(stations, 6, 2) + 1,
        x_mask=torch.ones(stations, 6, 2, dtype=torch.bool),
        visible=torch.ones(stations, dtype=torch.bool),
        pos=torch.rand(stations, 2, dtype=torch.float64) * 5 + torch.tensor([110.0, 35.0]),
    )


def test_repr_is_faithful():
    assert repr(ConnectNeighbours(k=8)) == "ConnectNeighbours(k=8)"
    assert repr(ConnectNeighbours(k=8, kernel="scipy")) == "ConnectNeighbours(k=8, kernel='scipy')"
    assert repr(AddEdgeFeatures()) == "AddEdgeFeatures([Distance(), Bearing()])"
    assert repr(HideRandomStations(0.3, 50.0, 0.1)) == (
        "HideRandomStations(fraction=0.3, radius_km=50.0, region_probability=0.1)"
    )


@pytest.mark.parametrize("name", ["hide_random_stations", "connect_neighbours", "add_edge_features"])
def test_functional_names(name):
    assert name in IterDataPipe.functions


def test_hidden_stations_keep_nothing():
    data = hide(window(), torch.arange(20) < 5)
    assert (data.x[:5] == 0).all()
    assert not data.x_mask[:5].any()
    assert (data.x[5:] > 0).all()
    assert data.visible.tolist() == [False] * 5 + [True] * 15


def test_random_hiding_leaves_two_and_differs_between_draws():
    hiding = HideRandomStations(fraction=0.9, radius_km=200.0, region_probability=1.0)
    counts, template = set(), window()
    for _ in range(30):
        data = hiding(template.clone())
        counts.add(int(data.visible.sum()))
        assert data.visible.sum() >= 2
    assert len(counts) > 3


def test_edges_and_features_follow_visibility():
    data = hide(window(), torch.arange(20) < 5)
    data = AddEdgeFeatures([Distance()])(ConnectNeighbours(4)(data))
    assert isinstance(ConnectNeighbours(4), BaseTransform)
    assert (data.edge_index[0] >= 5).all()
    assert data.edge_attr.shape == (80, 1)
    assert data.edge_attr.dtype == torch.float32


def test_fraction_out_of_range():
    with pytest.raises(InputError, match="fraction"):
        HideRandomStations(fraction=1.0)
