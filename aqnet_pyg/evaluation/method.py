"""Base class of the methods that protocols compare."""

from __future__ import annotations

from typing import Any


class Method:
    """Base class of the methods in the rows of the tables: ``Reconstruction``, ``Forecast`` and ``Filling``.

    Attributes:
        stochastic: Whether results depend on the seed.
        chosen: The selected hyper-parameters, by name.
    """

    stochastic: bool = False

    def __init__(self) -> None:
        self.chosen: dict[str, Any] = {}


def fitted_parameters(estimator: Any) -> dict[str, Any]:
    """Return the selected hyper-parameters of an estimator: its attributes that end in ``_`` and are numbers or text.

    Args:
        estimator: A fitted estimator of :mod:`aqnet_pyg.baselines`.
    """
    found = {name: value for name, value in vars(estimator).items() if name.endswith("_") and not name.startswith("_")}
    return {name: value for name, value in found.items() if isinstance(value, bool | int | float | str)}
