"""Properties of every module in nn: reset_parameters, and construction by class path."""

import pytest
import torch
from nn.small_networks import FORECAST, RECONSTRUCT, WINDOWS, K, windows
from station_samples import random_station_data
from torch import nn

import aqnet_pyg.nn
from aqnet_pyg import InputError
from aqnet_pyg.nn import (
    AQNet,
    AttentionBlock,
    ClassicalKNN,
    CyclicEncoding,
    DepartureHead,
    FirstGuessDrift,
    GapNetwork,
    HourlyReadout,
    InverseDistance,
    KrigingBackground,
    LocalKriging,
    MeanReadout,
    MeasuredValues,
    MultiheadAttention,
    NeuralKNN,
    NoBackground,
    NoDeparture,
    NoEncoding,
    PooledReadout,
    StationForecast,
    TemporalEncoder,
)
from aqnet_pyg.nn.ablations import ABLATIONS
from aqnet_pyg.scaling import Scaler

SCALER = Scaler(("pm25", "o3"), (60.0, 80.0), (30.0, 20.0))

SINGLE_DRAW = {
    "AttentionBlock": lambda: AttentionBlock(8, heads=2),
    "ClassicalKNN": lambda: ClassicalKNN(K),
    "CyclicEncoding": CyclicEncoding,
    "DepartureHead": lambda: DepartureHead(8, 6, own_state=True),
    "FirstGuessDrift": lambda: FirstGuessDrift(2),
    "GapNetwork": lambda: GapNetwork(16, num_features=5),
    "HourlyReadout": lambda: HourlyReadout(RECONSTRUCT, 8, patch=4),
    "InverseDistance": InverseDistance,
    "KrigingBackground": KrigingBackground,
    "LocalKriging": LocalKriging,
    "MeanReadout": MeanReadout,
    "MeasuredValues": lambda: MeasuredValues(RECONSTRUCT),
    "MultiheadAttention": lambda: MultiheadAttention(8, heads=2),
    "NoBackground": NoBackground,
    "NoDeparture": NoDeparture,
    "NoEncoding": NoEncoding,
    "PooledReadout": lambda: PooledReadout(8, num_states=2),
    "StationForecast": lambda: StationForecast(FORECAST, 8, 6),
    "StationForecast-no-persistence": lambda: StationForecast(FORECAST, 8, 6, persistence=False),
}
"""Modules whose random numbers are drawn once in construction, so that a seeded reset is a seeded construction."""

DOUBLE_DRAW = {
    "NeuralKNN": lambda: NeuralKNN(8, 3, K),
    "TemporalEncoder": lambda: TemporalEncoder(5, 8),
    "AQNet-reconstruct": lambda: AQNet(RECONSTRUCT, SCALER, k=K, channels=8),
    "AQNet-forecast": lambda: AQNet(FORECAST, SCALER, k=K, channels=8),
    "AQNet-paper": lambda: AQNet.paper(FORECAST, SCALER, k=K),
} | {
    f"{name}-{window.task.name}": lambda options=options, window=window: options.get("make", AQNet)(window, SCALER, k=K)
    for name, options in ABLATIONS.items()
    for window in (RECONSTRUCT, FORECAST)
}
"""Modules whose constructor initializes layers and then resets them, as many in PyG do."""


def tensors_off(module):
    """The module with all parameters and buffers changed, as by training."""
    with torch.no_grad():
        for tensor in module.state_dict().values():
            tensor += 0.1 + torch.rand_like(tensor)
    return module


def seeded_reset(module):
    torch.manual_seed(7)
    module.reset_parameters()
    return module.state_dict()


def assert_same(first, second):
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name


@pytest.mark.parametrize("make", (SINGLE_DRAW | DOUBLE_DRAW).values(), ids=SINGLE_DRAW | DOUBLE_DRAW)
def test_reset_depends_on_the_seed_only(make):
    new, trained = make(), make()
    first, second = ({name: tensor.clone() for name, tensor in each.state_dict().items()} for each in (new, trained))
    after = seeded_reset(tensors_off(trained))
    assert_same(after, seeded_reset(new))
    for name, tensor in first.items():
        if torch.equal(tensor, second[name]):  # not random
            assert torch.equal(after[name], tensor), name
        elif tensor.numel() > 100:
            assert after[name].std().item() == pytest.approx(tensor.std().item(), rel=0.3), name


@pytest.mark.parametrize("make", SINGLE_DRAW.values(), ids=SINGLE_DRAW)
def test_a_seeded_reset_is_a_seeded_construction(make):
    torch.manual_seed(7)
    new = make().state_dict()
    assert_same(new, seeded_reset(tensors_off(make())))


def test_reset_forgets_what_was_set_from_data():
    background, forecast = KrigingBackground(100.0, 0.2), StationForecast(FORECAST, 8, 6)
    background.set_covariance(50.0, 0.5)
    background.reset_parameters()
    assert (background.range_km, background.nugget) == (100.0, 0.2)
    start = forecast.weight.clone()
    forecast.set_regression(torch.ones_like(start), torch.ones(48))
    forecast.reset_parameters()
    assert torch.equal(forecast.weight, start)
    assert not forecast.bias.any()


def subclasses(kind):
    for each in kind.__subclasses__():
        yield each
        yield from subclasses(each)


def test_every_module_has_reset_parameters_and_is_tested():
    modules = {each for each in subclasses(nn.Module) if each.__module__.startswith("aqnet_pyg.nn.")}
    tested = {type(part) for make in (SINGLE_DRAW | DOUBLE_DRAW).values() for part in make().modules()}
    assert modules <= tested
    assert all(callable(getattr(each, "reset_parameters", None)) for each in modules)


PARTS = {
    "graph": ("aqnet_pyg.graph.KNNGraphBuilder",),
    "time_encoding": (CyclicEncoding, NoEncoding),
    "encoder": (TemporalEncoder,),
    "readout": (HourlyReadout, PooledReadout, MeanReadout),
    "station_values": (MeasuredValues, StationForecast),
    "background": (KrigingBackground, NoBackground),
    "interpolator": (NeuralKNN, ClassicalKNN),
    "head": (DepartureHead, NoDeparture),
}
NOT_PARTS = {AQNet, AttentionBlock, FirstGuessDrift, GapNetwork, MultiheadAttention, LocalKriging, InverseDistance}
OTHER_TASK = {("reconstruct", StationForecast), ("forecast", HourlyReadout), ("forecast", MeasuredValues)}


@pytest.fixture(scope="module")
def data():
    return {window: windows(random_station_data(hours=window.length), window) for window in (RECONSTRUCT, FORECAST)}


@WINDOWS
@pytest.mark.parametrize(("name", "part"), [(name, part) for name, parts in PARTS.items() for part in parts])
@torch.no_grad()
def test_every_part_can_be_made_by_its_class_path(name, part, window, data):
    dataset = data[window]
    path = part if isinstance(part, str) else f"aqnet_pyg.nn.{part.__name__}"

    def build():
        return AQNet(window, dataset.scaler, k=K, channels=8, **{name: path})

    if (window.task.name, part) in OTHER_TASK:
        with pytest.raises(InputError, match="window: "):
            build()
        return
    model, default = build(), AQNet(window, dataset.scaler, k=K, channels=8)
    assert type(getattr(model, name)).__name__ == path.rsplit(".", 1)[1]
    predicted, expected = model(dataset[0]), default(dataset[0])
    assert predicted.shape == expected.shape
    assert torch.isfinite(predicted).all()
    if type(getattr(model, name)) is type(getattr(default, name)):
        shapes, expected_shapes = ({n: v.shape for n, v in each.state_dict().items()} for each in (model, default))
        assert shapes == expected_shapes
        assert torch.equal(predicted, expected)  # untrained, random parameters do not contribute


def test_every_public_part_is_tested():
    public = {getattr(aqnet_pyg.nn, name) for name in aqnet_pyg.nn.__all__}
    modules = {each for each in public if isinstance(each, type) and issubclass(each, nn.Module)}
    assert modules - NOT_PARTS == {part for parts in PARTS.values() for part in parts if not isinstance(part, str)}
