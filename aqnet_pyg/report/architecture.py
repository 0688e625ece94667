"""Diagram of the architecture of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from torch import Tensor, nn
from torch_geometric.data import Data

from aqnet_pyg.inference import TrainedModel
from aqnet_pyg.nn import AQNet
from aqnet_pyg.report.style import INK, new_figure, pollutant_name, unit_text
from aqnet_pyg.stations import POLLUTANTS

PARTS = ("time_encoding", "encoder", "readout", "station_values", "background", "interpolator", "head")
"""Parts of the network whose outputs are recorded."""

LINE, BOX, GAP, MARGIN = 0.19, 2.95, 0.45, 0.3
"""Height of a line, width of a box, gap between boxes and outer margin, in inches."""

LEARNED, FIXED, DATA = "#d6e6f4", "#fbe3c3", "0.94"
"""Colors of boxes: parts with trainable parameters, parts without, and data."""

MAX_CHARACTERS = 40
"""Characters that fit into a line of a box beside the number of parameters."""


def plot_architecture(model: TrainedModel | AQNet, *, title: str | None = None) -> Figure:
    """Draw the parts of a network: their classes, layers with numbers of parameters, and output shapes.

    Shapes are those of a forward pass over synthetic stations, for one station or target; custom parts are drawn as well.

    Args:
        model: A network, or a trained model that is a single network; it is not changed.
        title: Title; ``None`` for the class, the task and the number of parameters.

    Returns:
        The figure.

    Raises:
        InputError: If the model is not a single network.
    """
    calibrated = TrainedModel.of(model).intervals is not None
    model = TrainedModel.of(model).network
    outputs = _forward_outputs(model)
    boxes = _boxes(model, outputs, calibrated)
    above = max(boxes["history"].height + GAP + boxes["time_encoding"].height, *(boxes[name].height for name in _ABOVE))
    below = max(boxes["background"].height + GAP + boxes["graph"].height, *(boxes[name].height for name in _BELOW))
    bus_height, floor = 0.5, MARGIN + 0.35
    width = 4 * BOX + 3 * GAP + 2 * MARGIN
    height = floor + below + 0.75 + bus_height + 0.45 + above + 0.5
    figure = new_figure(width + 0.2, height + 0.5)
    ax = figure.add_subplot()
    ax.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    ax.axis("off")

    left = [MARGIN + number * (BOX + GAP) for number in range(4)]
    bus = floor + below + 0.75
    ceiling = bus + bus_height + 0.45
    _band(ax, (0.05, 0.3, width - 0.1, below + 0.75), "interpolate and decode, for each target: station or grid cell")
    _band(ax, (0.05, ceiling - 0.15, width - 0.1, above + 0.55), "encode, for each visible station")
    at = {
        "history": (left[0], ceiling + above - boxes["history"].height),
        "time_encoding": (left[0], ceiling),
        "background": (left[0], floor + below - boxes["background"].height),
        "graph": (left[0], floor),
    }
    for names, base, tall in ((_ABOVE, ceiling, above), (_BELOW, floor, below)):
        for x, name in zip(left[1:], names, strict=True):
            at[name] = x, base + (tall - boxes[name].height) / 2
    for name, (x, y) in at.items():
        boxes[name].draw(ax, x, y)
    ax.add_patch(
        FancyBboxPatch((left[0], bus), width - 2 * MARGIN, bus_height, "round,pad=0,rounding_size=0.08", **_edge(DATA))
    )
    ax.text(width / 2, bus + bus_height / 2, _shared_text(model, outputs), ha="center", va="center", fontsize=9)

    def side(name: str, right: bool) -> tuple[float, float]:
        x, y = at[name]
        return x + BOX * right, y + boxes[name].height / 2

    for source, target in _ARROWS:
        _arrow(ax, side(source, True), side(target, False))
    for name in ("readout", "station_values"):
        x, y = at[name]
        _arrow(ax, (x + BOX / 2, y), (x + BOX / 2, bus + bus_height))
    for name in ("background", "interpolator", "head"):
        x, y = at[name]
        _arrow(ax, (x + BOX / 2, bus), (x + BOX / 2, y + boxes[name].height))
    ax.text(
        *(
            width / 2,
            0.12,
            "blue: trained;  orange: no trainable parameters, estimated from the data or fixed;  gray: data",
        ),
        ha="center",
        va="center",
        fontsize=8.5,
        color=INK,
    )
    total = sum(parameter.numel() for parameter in model.parameters())
    ax.set_title(title or f"{type(model).__name__}, {model.window.task.noun}: {total:,} parameters", fontsize=12)
    return figure


_ABOVE, _BELOW = ("encoder", "readout", "station_values"), ("interpolator", "head", "output")
_ARROWS = (
    *(("history", "encoder"), ("time_encoding", "encoder"), ("encoder", "readout"), ("readout", "station_values")),
    *(("background", "interpolator"), ("graph", "interpolator"), ("interpolator", "head"), ("head", "output")),
)


@dataclass(frozen=True)
class _Box:
    """Box of a part.

    Args:
        role: Function of the part, the heading.
        kind: Class of the part.
        lines: Layers and tensors, with the number of parameters of each (or None).
        output: Shape of the output.
        color: Color of the box.
    """

    role: str
    kind: str
    lines: Sequence[tuple[str, int | None]]
    output: str
    color: str

    @property
    def height(self) -> float:
        return LINE * (len(self.lines) + 2 + bool(self.output)) + 0.2

    def draw(self, ax: Axes, x: float, y: float) -> None:
        ax.add_patch(FancyBboxPatch((x, y), BOX, self.height, "round,pad=0,rounding_size=0.08", **_edge(self.color)))
        texts: list[tuple[str, dict[str, Any]]] = [
            (self.role, {"fontsize": 9.5, "fontweight": "bold"}),
            (_shortened(self.kind, MAX_CHARACTERS + 8), {"fontsize": 8.5, "style": "italic"}),
            *((_shortened(text), {"fontsize": 8}) for text, _ in self.lines),
        ]
        if self.output:
            texts.append((f"→ {self.output}", {"fontsize": 8.5, "color": "#0072b2"}))
        for number, (text, style) in enumerate(texts):
            ax.text(x + 0.1, y + self.height - 0.1 - LINE * (number + 0.5), text, va="center", **style)
        for number, (_, count) in enumerate(self.lines):
            if count is not None:
                height = y + self.height - 0.1 - LINE * (number + 2.5)
                ax.text(x + BOX - 0.1, height, f"{count:,}", ha="right", va="center", fontsize=8)


def _forward_outputs(model: AQNet) -> dict[str, Any]:
    """Return the output of each part in a forward pass over synthetic stations."""
    outputs: dict[str, Any] = {}

    def keep(name: str) -> Any:
        return lambda part, inputs, output: outputs.update({name: output})

    hooks = [getattr(model, name).register_forward_hook(keep(name)) for name in PARTS]
    training = model.training
    try:
        with torch.no_grad():
            model.eval()(_synthetic_window(model))
    finally:
        model.train(training)
        for hook in hooks:
            hook.remove()
    return outputs


def _synthetic_window(model: AQNet) -> Data:
    """Return a window with random values and one hidden station."""
    window, count = model.window, model.graph.k + 2
    generator = torch.Generator().manual_seed(0)
    pos = 100 + 10 * torch.rand(count, 2, generator=generator, dtype=torch.float64) * torch.tensor([1.0, -1.0])
    pos[:, 1] -= 60
    visible = torch.arange(count) > 0
    edge_index, edge_attr = model.graph(pos, visible)
    x = torch.randn(count, window.history, len(model.scaler.variables), generator=generator)
    data = Data(
        x=x,
        x_mask=torch.ones_like(x, dtype=torch.bool),
        visible=visible,
        pos=pos,
        time=torch.arange(window.length)[None],
        utc_offset=torch.zeros(1, window.length),
        edge_index=edge_index,
        edge_attr=edge_attr,
    )
    if model.known is not None:
        data.known = torch.zeros(count, window.steps, 2 * len(model.known.variables))
    return data.to(next((tensor.device for tensor in model.parameters()), "cpu"))


def _boxes(model: AQNet, outputs: dict[str, Any], calibrated: bool) -> dict[str, _Box]:
    window, variables = model.window, model.scaler.variables
    roles = {
        "time_encoding": "time encoding",
        "encoder": "temporal encoder",
        "readout": "readout",
        "station_values": "station values",
        "background": "background",
        "interpolator": "neighbors",
        "head": "correction",
    }
    boxes = {}
    for name, role in roles.items():
        part = getattr(model, name)
        color = LEARNED if any(parameter.numel() for parameter in part.parameters()) else FIXED
        boxes[name] = _Box(role, type(part).__name__, _contents(part), _shape(outputs.get(name)), color)
    names = ", ".join(variables)
    boxes["history"] = _Box(
        "history",
        names,
        [("values and masks, standardized", None)],
        f"{window.history} h × {2 * len(variables)}",
        DATA,
    )
    features = getattr(model.graph, "features", None)
    features = getattr(features, "features", [])
    edges = [(f"{type(feature).__name__}", None) for feature in features]
    boxes["graph"] = _Box(
        "graph", type(model.graph).__name__, edges, f"{model.graph.k} edges × {model.graph.dim}", FIXED
    )
    interval = "90 % interval: " + ("calibrated" if calibrated else "not calibrated")
    units = unit_text(POLLUTANTS[model.target].units) if model.target in POLLUTANTS else ""
    boxes["output"] = _Box(
        f"{pollutant_name(model.target)} at the target", units, [(interval, None)], f"{window.steps} h", DATA
    )
    return boxes


def _contents(part: nn.Module) -> list[tuple[str, int | None]]:
    """Return a line for each child, parameter and buffer of a part, with its number of parameters."""
    lines: list[tuple[str, int | None]] = [
        (f"{name}: {_layer(child)}", sum(parameter.numel() for parameter in child.parameters()))
        for name, child in part.named_children()
    ]
    lines += [(f"{name}: {_dims(tensor)}", tensor.numel()) for name, tensor in part.named_parameters(recurse=False)]
    for name, tensor in part.named_buffers(recurse=False):
        lines.append((f"{name}: {_dims(tensor)}, fixed" if tensor.dim() else f"{name} = {tensor.item():.4g}", None))
    return lines


def _layer(layer: nn.Module) -> str:
    """Return a short description of a layer."""
    if isinstance(layer, nn.Linear):
        return f"Linear {layer.in_features} → {layer.out_features}"
    if isinstance(layer, nn.LSTM):
        many = f", {layer.num_layers} layers" if layer.num_layers > 1 else ""
        return f"LSTM {layer.input_size} → {layer.hidden_size}{many}"
    if isinstance(layer, nn.Sequential):
        linear = [each for each in list(layer)[::2] if isinstance(each, nn.Linear)]
        if linear and len(linear) == (len(layer) + 1) // 2:
            return " → ".join(str(size) for size in (linear[0].in_features, *(each.out_features for each in linear)))
    if isinstance(layer, nn.ModuleList):
        return f"{len(layer)} × {_layer(layer[0])}" if len(layer) else "none"
    heads = getattr(layer, "heads", None) or getattr(getattr(layer, "attention", None), "heads", None)
    return type(layer).__name__ + (f", {heads} heads" if heads else "")


def _shape(value: Any) -> str:
    """Return the shape of an output for one station, target or hour."""
    if isinstance(value, Tensor):
        return _dims(value[0] if value.dim() < 3 or value.size(0) > 1 else value[0, 0])
    if value is None:
        return "no output"
    if hasattr(value, "_fields"):
        return ", ".join(f"{name} {_shape(getattr(value, name))}" for name in ("value", "state"))
    return _shape(value[0])


def _shared_text(model: AQNet, outputs: dict[str, Any]) -> str:
    known = "" if model.known is None else f", {len(model.known.variables)} covariates"
    return (
        f"from each visible station:  state {_shape(outputs['readout'])},  values {_shape(outputs['station_values'])};  "
        f"for each step:  time{known}"
    )


def _dims(tensor: Tensor) -> str:
    return " × ".join(map(str, tensor.shape)) or "1"


def _shortened(text: str, length: int = MAX_CHARACTERS) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _edge(color: str) -> dict[str, Any]:
    return {"facecolor": color, "edgecolor": INK, "linewidth": 0.8}


def _band(ax: Axes, place: tuple[float, float, float, float], text: str) -> None:
    x, y, width, height = place
    style: dict[str, Any] = {"facecolor": "none", "edgecolor": "0.75", "linewidth": 0.8, "linestyle": "--"}
    ax.add_patch(FancyBboxPatch((x, y), width, height, "round,pad=0,rounding_size=0.1", **style))
    ax.text(x + width - 0.12, y + height - 0.16, text, ha="right", va="center", fontsize=9, color=INK)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    ax.add_patch(
        FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=10, color=INK, linewidth=1.0, shrinkA=0, shrinkB=0)
    )
