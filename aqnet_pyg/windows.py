"""Tasks, and windows: the hours that a model reads, and those that it predicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aqnet_pyg.errors import InputError

TaskName = Literal["reconstruct", "forecast"]
"""Names of the tasks."""


@dataclass(frozen=True)
class Task:
    """Kind of prediction: how tasks differ, beyond the hours of a window.

    Args:
        name: Name in settings, checkpoints and products.
        noun: Noun for titles.
        product: Noun for the product.
        ahead: Whether the predicted hours follow the history, or are hours of it.
        own_history: Whether the prediction at a visible station uses its own measurements; otherwise it is interpolated from
            the other stations, as at a hidden one.
        history: Default hours of input.
    """

    name: TaskName
    noun: str
    product: str
    ahead: bool
    own_history: bool
    history: int


RECONSTRUCT = Task("reconstruct", "reconstruction", "reanalysis", ahead=False, own_history=False, history=24)
FORECAST = Task("forecast", "forecast", "forecast", ahead=True, own_history=True, history=336)

TASKS: dict[str, Task] = {task.name: task for task in (RECONSTRUCT, FORECAST)}
"""Tasks by name."""


@dataclass(frozen=True)
class Window:
    """Consecutive hours of input, and the steps that are predicted from them.

    With a ``horizon`` the task is *forecast*: the steps are the hours after the history. Without, it is *reconstruct*:
    the steps are the hours of the history itself, except ``margin`` hours at each end, which are context only.

    Args:
        history: Hours of input.
        horizon: Hours to forecast, 0 to reconstruct.
        margin: Context hours at each end of a reconstruction.

    Raises:
        InputError: If no step is left, or a forecast has a margin.
    """

    history: int
    horizon: int = 0
    margin: int = 0

    def __post_init__(self) -> None:
        if self.history < 1 or self.horizon < 0 or self.margin < 0:
            raise InputError(f"{self}: hours cannot be negative, and the history needs at least one.")
        if self.horizon and self.margin:
            raise InputError(f"{self}: a forecast has no margin; set margin to 0.")
        if self.steps < 1:
            raise InputError(f"{self}: two margins leave no hour to reconstruct; make the history longer.")

    @property
    def task(self) -> Task:
        """:data:`FORECAST` with a horizon, otherwise :data:`RECONSTRUCT`."""
        return FORECAST if self.horizon else RECONSTRUCT

    @property
    def length(self) -> int:
        """Hours from the first of the history to the last of the horizon."""
        return self.history + self.horizon

    @property
    def steps(self) -> int:
        """Number of hours predicted."""
        return self.horizon or self.history - 2 * self.margin

    @property
    def first_step(self) -> int:
        """Position of the first predicted hour in the window."""
        return self.history if self.horizon else self.margin

    @property
    def stride(self) -> int:
        """Hours between windows that predict every hour once, or between daily forecasts."""
        return 24 if self.horizon else self.steps

    @property
    def time_dim(self) -> str:
        """Dimension of a product along which windows follow each other."""
        return "forecast_reference_time" if self.horizon else "time"

    def shape(self, windows: int) -> tuple[int, ...]:
        """Return the shape along time of a number of windows: ``[hours]``, or ``[windows, steps]`` of a forecast.

        Args:
            windows: Number of windows.
        """
        return (windows, self.steps) if self.horizon else (windows * self.steps,)
