"""AQ-Net in GraphGym: importing this module registers data, network, encoder, head, loss and options under "aqnet".

:func:`run`, or ``python -m aqnet_pyg.integrations.graphgym --cfg graphgym.yaml``, is GraphGym's own main. There are two ways in:
the whole network (``model: {type: aqnet}``), or GraphGym's design space (``model: {type: gnn}``) between our temporal encoder
and our head.

Needs yacs: ``pip install 'aqnet-pyg[graphgym]'``.
"""

from __future__ import annotations

import argparse
import logging
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import xarray as xr
from lightning.pytorch import seed_everything
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import Data, Dataset
from torch_geometric.graphgym import register
from torch_geometric.graphgym.cmd_args import parse_args
from torch_geometric.graphgym.config import cfg, dump_cfg, load_cfg, set_cfg, set_out_dir, set_run_dir
from torch_geometric.graphgym.logger import set_printing
from torch_geometric.graphgym.model_builder import create_model
from torch_geometric.graphgym.train import GraphGymDataModule
from torch_geometric.graphgym.train import train as train_model
from torch_geometric.graphgym.utils.comp_budget import params_count
from torch_geometric.graphgym.utils.device import auto_select_device
from torch_geometric.transforms import Compose

from aqnet_pyg.commands.settings import SourceSettings
from aqnet_pyg.commands.sources import open_source
from aqnet_pyg.datasets import Scaler, StationDataset
from aqnet_pyg.errors import InputError, optional_imports
from aqnet_pyg.graph import BuildGraph, HideRandomStations, KNNGraphBuilder
from aqnet_pyg.nn import AQNet, CyclicEncoding, TemporalEncoder
from aqnet_pyg.resolver import build
from aqnet_pyg.splits import TimeSplit, choose_hidden, split_stations
from aqnet_pyg.stations import pollutants_in
from aqnet_pyg.training.network import HUBER_DELTA
from aqnet_pyg.windows import Window

with optional_imports():
    from yacs.config import CfgNode

__all__ = [
    "AQNetEncoder",
    "AQNetHead",
    "AQNetNetwork",
    "SplitWindows",
    "aqnet_huber",
    "load_windows",
    "run",
    "set_options",
]

FORMAT = "aqnet"
"""``dataset.format`` of our data; ``dataset.name`` is then a source, as on the command line."""

PARTS = ("train", "val", "test")


@register.register_config("aqnet")
def set_options(cfg: CfgNode) -> None:
    """Add the options ``aqnet.*``, with their defaults, to those of GraphGym.

    Args:
        cfg: The options.
    """
    cfg.aqnet = CfgNode()
    cfg.aqnet.path = ""  # of the archive; the simulated network needs none
    cfg.aqnet.stations = ""  # station table or lists, where the archive needs one
    cfg.aqnet.days = 30  # of the simulated network
    cfg.aqnet.target = "pm25"
    cfg.aqnet.history = 24
    cfg.aqnet.horizon = 0  # hours to forecast; 0 reconstructs
    cfg.aqnet.margin = 6
    cfg.aqnet.stride = 1  # hours between training windows
    cfg.aqnet.hidden = 0.1  # fraction of the stations, or a file with their codes
    cfg.aqnet.k = 16
    cfg.aqnet.channels = 32
    cfg.aqnet.patch = 4
    for name in ("encoder", "interpolator", "head"):  # of the network: paths of your own classes
        cfg.aqnet[name] = ""


class SplitWindows(Dataset):
    """Windows of the three parts one after another, the way GraphGym wants a data set to be split.

    Training windows are of the training stations, some of which are hidden anew at each access; in the others the validation
    stations, and the hidden ones, are hidden.

    Args:
        parts: Windows for training, validation and test.
    """

    def __init__(self, parts: Sequence[StationDataset]) -> None:
        super().__init__()
        self.parts = list(parts)
        ends = [0]
        for part in self.parts:
            ends.append(ends[-1] + len(part))
        self.ends = ends
        features, steps = self.parts[0][0].x.size(2), self.parts[0].window.steps
        # GraphGym looks here for sizes and splits.
        self._data = Data(x=torch.empty(0, features), y=torch.empty(0, steps))
        for name, start, end in zip(PARTS, ends[:-1], ends[1:], strict=True):
            self._data[f"{name}_graph_index"] = torch.arange(start, end)

    @property
    def data(self) -> Data:
        """Sizes and splits."""
        return self._data

    def len(self) -> int:
        """Number of windows."""
        return self.ends[-1]

    def get(self, idx: int) -> Data:
        """A window, with what is scored in it as ``scored``, bool, shape ``[N, steps]``."""
        part = next(number for number, end in enumerate(self.ends[1:]) if idx < end)
        windows = self.parts[part]
        data = windows[idx - self.ends[part]]
        hidden = torch.ones_like(windows.hidden) if part == 0 else windows.hidden
        data.scored = data.y_mask & hidden[:, None]
        return data


@register.register_loader("aqnet")
def load_windows(format: str, name: str, dataset_dir: str) -> SplitWindows | None:
    """Open a data set for GraphGym.

    Args:
        format: ``dataset.format``; of another than ``aqnet`` nothing is said.
        name: ``dataset.name``: ``simulated``, the name of a reader, or the path of your own.
        dataset_dir: Not used; the archive is ``aqnet.path``.

    Raises:
        InputError: If the source cannot be read, or a part is shorter than a window.
    """
    if format != FORMAT:
        return None
    ours = cfg.aqnet
    source = SourceSettings(name, ours.path or None, ours.stations or None)
    simulated = {"days": ours.days, "seed": cfg.seed, "truth": False} if name == "simulated" else {}
    stations = open_source(source, **simulated).data
    codes = [str(code) for code in stations.station.values]
    split = split_stations(codes, choose_hidden(codes, ours.hidden, cfg.seed), seed=cfg.seed)
    if not split.hidden:
        raise InputError(
            "aqnet.hidden: no station is hidden, so the test has nothing to score; give a fraction or a list."
        )
    hours, window = TimeSplit.by_fraction(stations.sizes["time"]), _window()
    visible, validation = list(split.visible), list(split.validation)
    training = stations.sel(station=visible).isel(time=hours.train)
    scaler = Scaler.fit(training, pollutants_in(stations))
    # What the network and the head have to know, as plain values beside GraphGym's own.
    cfg.share.aqnet_scaler = [list(scaler.variables), list(scaler.mean), list(scaler.std)]
    connect = BuildGraph(KNNGraphBuilder(ours.k))

    def windows(data: xr.Dataset, hidden: Sequence[str], transform: Any, stride: int) -> StationDataset:
        shared = {"scaler": scaler, "target": ours.target, "hidden": hidden, "transform": transform, "stride": stride}
        return StationDataset(data, window, **shared)

    apart = window.steps if window.task == "reconstruct" else 24
    others = stations.sel(station=visible + validation).isel(time=hours.validation)
    return SplitWindows(
        [
            windows(training, (), Compose([HideRandomStations(), connect]), ours.stride),
            windows(others, validation, connect, apart),
            windows(stations.isel(time=hours.test), split.hidden, connect, apart),
        ]
    )


@register.register_network("aqnet")
class AQNetNetwork(nn.Module):
    """The whole network, with the options ``aqnet.*``.

    Args:
        dim_in: Not used: the sizes are those of the data.
        dim_out: Likewise.

    **Shapes:** a batch of windows → predictions and measurements ``[n]`` of what is scored, standardized.
    """

    def __init__(self, dim_in: int, dim_out: int) -> None:
        super().__init__()
        ours, scaler = cfg.aqnet, _scaler()
        parts = {name: ours[name] for name in ("encoder", "interpolator", "head") if ours[name]}
        self.model = AQNet(
            _window(), scaler, target=ours.target, k=ours.k, channels=ours.channels, patch=ours.patch, **parts
        )

    def forward(self, batch: Data) -> tuple[Tensor, Tensor]:
        """Predict."""
        return _scored(batch, _standardized(self.model(batch)))


@register.register_node_encoder("aqnet")
class AQNetEncoder(nn.Module):
    """The temporal encoder (or ``aqnet.encoder``) as a node encoder: the history of a station becomes its features.

    A hidden station has no history, so it starts at zero; edges come from visible stations only.

    Args:
        emb_dim: Size of the features.

    **Shapes:** ``batch.x`` ``(N, history, variables)`` → ``(N, emb_dim)``.
    """

    def __init__(self, emb_dim: int) -> None:
        super().__init__()
        self.window, self.clock = _window(), CyclicEncoding()
        sizes = {
            "in_channels": 2 * len(_scaler().variables) + self.clock.dim,
            "channels": emb_dim,
            "patch": cfg.aqnet.patch,
        }
        own = cfg.aqnet.encoder
        self.encoder = build(own, "aqnet.encoder", sizes) if own else TemporalEncoder(**sizes)

    def forward(self, batch: Data) -> Data:
        """Encode."""
        clock = self.clock(batch.time, batch.utc_offset)[:, : self.window.history]
        graph = (
            torch.zeros(len(batch.x), dtype=torch.long, device=batch.x.device) if batch.batch is None else batch.batch
        )
        hours = torch.cat([batch.x, batch.x_mask.to(batch.x.dtype), clock[graph]], dim=-1)
        batch.x = self.encoder(hours).mean(dim=1) * batch.visible[:, None]
        return batch


@register.register_head("aqnet")
class AQNetHead(nn.Module):
    """From features of nodes to the predicted hours; loss and scores are of what was measured at targets only.

    Args:
        dim_in: Size of the features.
        dim_out: Hours predicted.

    **Shapes:** ``batch.x`` ``(N, dim_in)`` → predictions and measurements ``[n]`` of what is scored, standardized.
    """

    def __init__(self, dim_in: int, dim_out: int) -> None:
        super().__init__()
        self.linear = nn.Linear(dim_in, _window().steps)

    def forward(self, batch: Data) -> tuple[Tensor, Tensor]:
        """Predict."""
        return _scored(batch, self.linear(batch.x))


@register.register_loss("aqnet_huber")
def aqnet_huber(pred: Tensor, true: Tensor) -> tuple[Tensor, Tensor] | None:
    """The loss of :class:`aqnet_pyg.training.TrainingModule`, where ``model.loss_fun`` is ``aqnet_huber``.

    Args:
        pred: Standardized predictions, shape ``[n]``.
        true: Measurements, likewise.

    Returns:
        The loss, a scalar, and the predictions as they are; None for other losses.
    """
    if cfg.model.loss_fun != "aqnet_huber":
        return None
    return F.huber_loss(pred, true, delta=HUBER_DELTA), pred


def run(cfg_file: str | Path, options: Sequence[str] = ()) -> Path:
    """Train and test once, as GraphGym's main does.

    Args:
        cfg_file: A YAML file of options.
        options: Names and values one after another, which go before the file, such as ``("optim.max_epoch", "5")``.

    Returns:
        The folder with the results of GraphGym: options, and scores of each epoch in standard deviations of the pollutant.
    """
    set_cfg(cfg)
    load_cfg(cfg, argparse.Namespace(cfg_file=str(cfg_file), opts=list(options)))
    set_out_dir(cfg.out_dir, str(cfg_file))
    dump_cfg(cfg)
    set_run_dir(cfg.out_dir)
    set_printing()
    seed_everything(cfg.seed, verbose=False)
    auto_select_device()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*does not have many workers.*")
        data = GraphGymDataModule()
        model = create_model()
        cfg.params = params_count(model)
        train_model(model, data, logger=True, trainer_config={"enable_progress_bar": False})
    return Path(cfg.run_dir)


def _window() -> Window:
    return Window(cfg.aqnet.history, cfg.aqnet.horizon, 0 if cfg.aqnet.horizon else cfg.aqnet.margin)


def _scaler() -> Scaler:
    if "aqnet_scaler" not in cfg.share:
        raise InputError(
            f"dataset.format: it is {cfg.dataset.format!r}; use 'aqnet', and open the data before the model."
        )
    return Scaler(*map(tuple, cfg.share.aqnet_scaler))


def _standardized(values: Tensor) -> Tensor:
    scaler = _scaler()
    column = scaler.variables.index(cfg.aqnet.target)
    return (values - scaler.mean[column]) / scaler.std[column]


def _scored(batch: Data, predicted: Tensor) -> tuple[Tensor, Tensor]:
    return predicted[batch.scored], _standardized(batch.y)[batch.scored]


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    arguments = parse_args()
    print(f"Results are in {run(arguments.cfg_file, arguments.opts)}.")
