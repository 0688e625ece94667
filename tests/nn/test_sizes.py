from nn.small_networks import FORECAST, RECONSTRUCT

from aqnet_pyg import Window
from aqnet_pyg.graph import KNNGraphBuilder
from aqnet_pyg.nn import Sizes
from aqnet_pyg.scaling import Scaler

SCALER = Scaler(("pm25", "o3"), (60.0, 80.0), (30.0, 20.0))
KNOWN = Scaler(("t2m",), (0.0,), (1.0,))


def test_reconstruction_has_hourly_states():
    sizes = Sizes.of(RECONSTRUCT, SCALER, KNNGraphBuilder(4), 6, 8, 4, None)
    assert (sizes.steps, sizes.steps_per_state, sizes.num_states, sizes.own_state) == (12, 1, 12, False)
    assert (sizes.in_channels, sizes.step_dim, sizes.edge_dim, sizes.k) == (10, 6, 3, 4)


def test_forecast_has_a_state_a_day_or_one():
    sizes = Sizes.of(FORECAST, SCALER, KNNGraphBuilder(4), 6, 8, 4, KNOWN)
    assert (sizes.steps, sizes.steps_per_state, sizes.num_states, sizes.own_state) == (48, 24, 2, True)
    assert sizes.step_dim == 6 + 2
    sizes = Sizes.of(Window(24, horizon=30), SCALER, KNNGraphBuilder(4), 6, 8, 4, None)
    assert (sizes.steps_per_state, sizes.num_states) == (30, 1)
