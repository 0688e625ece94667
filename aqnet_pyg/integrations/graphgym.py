"""AQ-Net in GraphGym: importing this module registers data, network, encoder, head, loss and options as "aqnet".

:func:`aqnet_pyg.integrations.run_graphgym`, or ``python -m aqnet_pyg.integrations.graphgym --cfg graphgym.yaml``, trains and
tests as GraphGym's own main does. The model is either the whole network (``model: {type: aqnet}``), or GraphGym's design space
(``model: {type: gnn}``) between the temporal encoder and a linear head.

Needs yacs: ``pip install 'aqnet-pyg[graphgym]'``.
"""

from __future__ import annotations

import argparse
import logging
import os
import warnings
from collections.abc import Sequence
from pathlib import Path

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

from aqnet_pyg.datasets import StationDataset
from aqnet_pyg.errors import InputError, optional_imports
from aqnet_pyg.nn import AQNet, CyclicEncoding, TemporalEncoder
from aqnet_pyg.readers import read
from aqnet_pyg.resolver import build
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.simulation import simulate
from aqnet_pyg.splits import Split
from aqnet_pyg.training.data import StationDataModule
from aqnet_pyg.training.network import HUBER_DELTA
from aqnet_pyg.windows import Window

with optional_imports():
    from yacs.config import CfgNode

log = logging.getLogger(__name__)

FORMAT = "aqnet"
"""``dataset.format`` of station data; ``dataset.name`` is then a source, as on the command line."""

SPLITS = ("train", "val", "test")
"""Names of the splits in GraphGym."""


@register.register_config("aqnet")
def set_options(cfg: CfgNode) -> None:
    """Add the options ``aqnet.*``, with their defaults, to those of GraphGym.

    Args:
        cfg: The options.
    """
    cfg.aqnet = CfgNode()
    cfg.aqnet.path = ""  # archive; not used with simulated data
    cfg.aqnet.stations = ""  # station table or station lists, for archives that need them
    cfg.aqnet.days = 30  # length of simulated data
    cfg.aqnet.target = "pm25"
    cfg.aqnet.history = 24
    cfg.aqnet.horizon = 0  # hours to forecast; 0 reconstructs
    cfg.aqnet.margin = 6
    cfg.aqnet.stride = 1  # hours between the starts of training windows
    cfg.aqnet.hidden = 0.1  # fraction of the stations, or a file with their codes
    cfg.aqnet.k = 16
    cfg.aqnet.channels = 32
    cfg.aqnet.patch = 4
    for name in ("encoder", "interpolator", "head"):  # import paths of user-defined parts of the network
        cfg.aqnet[name] = ""


class SplitWindows(Dataset):
    """Windows for training, validation and test in one data set, as GraphGym requires.

    In training windows, every station is scored, and random stations are hidden at each access. In the others, the validation
    or hidden stations are hidden and scored.

    Args:
        splits: Windows for training, validation and test.
    """

    def __init__(self, splits: Sequence[StationDataset]) -> None:
        super().__init__()
        self.splits = list(splits)
        ends = [0]
        for windows in self.splits:
            ends.append(ends[-1] + len(windows))
        self.ends = ends
        features, steps = self.splits[0][0].x.size(2), self.splits[0].window.steps
        # GraphGym reads sizes and splits from this attribute.
        self._data = Data(x=torch.empty(0, features), y=torch.empty(0, steps))
        for name, start, end in zip(SPLITS, ends[:-1], ends[1:], strict=True):
            self._data[f"{name}_graph_index"] = torch.arange(start, end)

    @property
    def data(self) -> Data:
        """Sizes and splits."""
        return self._data

    def len(self) -> int:
        """Number of windows."""
        return self.ends[-1]

    def get(self, idx: int) -> Data:
        """Return a window, with the scored measurements as ``scored``, bool, shape ``[N, steps]``."""
        split = next(number for number, end in enumerate(self.ends[1:]) if idx < end)
        data = self.splits[split][idx - self.ends[split]]
        if split == 0:
            data.scored = data.y_mask
        return data


@register.register_loader("aqnet")
def load_windows(format: str, name: str, dataset_dir: str) -> SplitWindows | None:
    """Open a data set for GraphGym.

    Args:
        format: ``dataset.format``; None is returned for formats other than ``aqnet``.
        name: ``dataset.name``: ``simulated``, the name of a reader, or the import path of a user-defined reader.
        dataset_dir: Not used; the archive is ``aqnet.path``.

    Raises:
        InputError: If the source cannot be read, or a part is shorter than a window.
    """
    if format != FORMAT:
        return None
    options = cfg.aqnet
    stations = _open(name)
    split = Split.of(stations, options.hidden, cfg.seed, options.target)
    if not split.stations.hidden:
        raise InputError("aqnet.hidden: no station is hidden, so the test scores nothing; give a fraction or a list.")
    windows = StationDataModule(
        split.training_data(stations),
        split.validation_data(stations),
        split.stations.validation,
        _window(),
        target=options.target,
        k=options.k,
        stride=options.stride,
    )
    # Network and head need the scaler; GraphGym shares plain values only.
    scaler = windows.scaler
    cfg.share.aqnet_scaler = [list(scaler.variables), list(scaler.mean), list(scaler.std)]
    test = windows.evaluation_windows(stations.isel(time=split.time.test), split.stations.hidden)
    return SplitWindows([windows.train_windows, windows.validation_windows, test])


@register.register_network("aqnet")
class AQNetNetwork(nn.Module):
    """The whole network, with the options ``aqnet.*``.

    Args:
        dim_in: Not used: sizes come from the options and the data.
        dim_out: Not used.

    **Shapes:** a batch of windows → standardized predictions and measurements ``[n]``, where scored.
    """

    def __init__(self, dim_in: int, dim_out: int) -> None:
        super().__init__()
        options = cfg.aqnet
        parts = {name: options[name] for name in ("encoder", "interpolator", "head") if options[name]}
        self.model = AQNet(
            _window(),
            _scaler(),
            target=options.target,
            k=options.k,
            channels=options.channels,
            patch=options.patch,
            **parts,
        )

    def forward(self, batch: Data) -> tuple[Tensor, Tensor]:
        """Predict the stations of a batch of windows."""
        return _scored(batch, _standardized(self.model(batch)))


@register.register_node_encoder("aqnet")
class AQNetEncoder(nn.Module):
    """The temporal encoder (or ``aqnet.encoder``) as a node encoder: encodes the history of each station.

    Features of hidden stations are zero; edges come from visible stations only.

    Args:
        emb_dim: Size of the features.

    **Shapes:** ``batch.x`` ``(N, history, variables)`` → ``(N, emb_dim)``.
    """

    def __init__(self, emb_dim: int) -> None:
        super().__init__()
        self.window, self.time_encoding = _window(), CyclicEncoding()
        sizes = {
            "in_channels": 2 * len(_scaler().variables) + self.time_encoding.dim,
            "channels": emb_dim,
            "patch": cfg.aqnet.patch,
        }
        path = cfg.aqnet.encoder
        self.encoder = build(path, "aqnet.encoder", sizes) if path else TemporalEncoder(**sizes)

    def forward(self, batch: Data) -> Data:
        """Replace ``batch.x`` by the features."""
        time_encoding = self.time_encoding(batch.time, batch.utc_offset)[:, : self.window.history]
        graph = (
            torch.zeros(len(batch.x), dtype=torch.long, device=batch.x.device) if batch.batch is None else batch.batch
        )
        hours = torch.cat([batch.x, batch.x_mask.to(batch.x.dtype), time_encoding[graph]], dim=-1)
        batch.x = self.encoder(hours).mean(dim=1) * batch.visible[:, None]
        return batch


@register.register_head("aqnet")
class AQNetHead(nn.Module):
    """Linear layer from node features to the predicted hours; loss and scores are computed at targets with measurements.

    Args:
        dim_in: Size of the features.
        dim_out: Not used: the size is the number of predicted hours.

    **Shapes:** ``batch.x`` ``(N, dim_in)`` → standardized predictions and measurements ``[n]``, where scored.
    """

    def __init__(self, dim_in: int, dim_out: int) -> None:
        super().__init__()
        self.linear = nn.Linear(dim_in, _window().steps)

    def forward(self, batch: Data) -> tuple[Tensor, Tensor]:
        """Predict the stations of a batch of windows."""
        return _scored(batch, self.linear(batch.x))


@register.register_loss("aqnet_huber")
def aqnet_huber(pred: Tensor, true: Tensor) -> tuple[Tensor, Tensor] | None:
    """Huber loss as in :class:`aqnet_pyg.training.TrainingModule`, if ``model.loss_fun`` is ``aqnet_huber``.

    Args:
        pred: Standardized predictions, shape ``[n]``.
        true: Standardized measurements, shape ``[n]``.

    Returns:
        The loss, a scalar, and the predictions, unchanged; None for other losses.
    """
    if cfg.model.loss_fun != "aqnet_huber":
        return None
    return F.huber_loss(pred, true, delta=HUBER_DELTA), pred


def run_graphgym(cfg_file: str | Path, options: Sequence[str] = ()) -> Path:
    """Train and test AQ-Net, or a model of GraphGym's design space, once, as GraphGym's main does.

    Needs yacs: ``pip install 'aqnet-pyg[graphgym]'``.

    Args:
        cfg_file: A YAML file of options.
        options: Alternating names and values that take precedence over the file, such as ``("optim.max_epoch", "5")``.

    Returns:
        The folder with GraphGym's results: options, and scores of each epoch in standard deviations of the pollutant.

    Raises:
        InputError: If the source cannot be read, or a part of the data is shorter than a window.
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


def _open(name: str) -> xr.Dataset:
    options = cfg.aqnet
    if name == "simulated":
        return simulate(days=options.days, seed=cfg.seed, truth=False)[0]
    if not options.path:
        raise InputError(
            f"aqnet.path: the source {name!r} needs the file, zip or folder of the archive; give its path."
        )
    stations, report = read(name, options.path, **({"stations": options.stations} if options.stations else {}))
    log.info("%s", report)
    return stations


def _window() -> Window:
    return Window(cfg.aqnet.history, cfg.aqnet.horizon, 0 if cfg.aqnet.horizon else cfg.aqnet.margin)


def _scaler() -> Scaler:
    if "aqnet_scaler" not in cfg.share:
        raise InputError(
            f"dataset.format: {cfg.dataset.format!r} has no scaler; use 'aqnet', and create the data set before the model."
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
    print(f"Results are in {run_graphgym(arguments.cfg_file, arguments.opts)}.")
