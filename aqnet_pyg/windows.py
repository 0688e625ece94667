"""Windows: the hours that a model reads, and those that it predicts."""

from __future__ import annotations

from dataclasses import dataclass

from aqnet_pyg.errors import InputError


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
    def task(self) -> str:
        """``"forecast"`` or ``"reconstruct"``."""
        return "forecast" if self.horizon else "reconstruct"

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
