"""Networks that fill gaps as rows of the tables, trained on the training and validation hours of a case only."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

import xarray as xr

from aqnet_pyg.baselines import SpaceTimeFiller
from aqnet_pyg.baselines.coordinates import coordinates_of, values_of
from aqnet_pyg.evaluation.gap_methods import Filled, Filling
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.io.files import output_folder
from aqnet_pyg.training.checkpoint import load_gap_model, save_model
from aqnet_pyg.training.gap_fitting import fit_gaps
from aqnet_pyg.training.gap_settings import GapSettings


class NetworkFilling(Filling):
    """The ensemble of networks, or the first of them alone, with calibrated intervals.

    Both rows share one training, whose checkpoint is in the folder of the options; all seeds share the background.

    Args:
        options: Training options.
        ensemble: All networks, not only the first.
    """

    stochastic = True

    def __init__(self, options: MethodOptions, *, ensemble: bool) -> None:
        super().__init__()
        self.options, self.ensemble = options, ensemble

    def fit(self, training: xr.Dataset, target: str, seed: int) -> Self:
        """Train the ensemble, or load it if the other row has trained it; arguments as for :meth:`Filling.fit`."""
        path = output_folder(self.options.folder) / f"gaps-{seed}.ckpt"
        if path.exists():
            model = load_gap_model(path)
        else:
            arrays = values_of(training, target), training.time.values
            filler = self.options.tuned.fit(SpaceTimeFiller(), coordinates_of(training), *arrays)
            settings = GapSettings(seed=seed)
            if self.options.steps is not None:
                settings = replace(settings, steps=self.options.steps)
            model = fit_gaps(training, target, settings, filler=filler)
            save_model(model, path)
        self.model = model if self.ensemble else replace(model, networks=model.networks[:1])
        self.chosen = {"networks": len(self.model.networks)}
        return self

    def fill(self, measured: xr.Dataset) -> Filled:
        """Fill all gaps; arguments as for :meth:`Filling.fill`."""
        values, *others = (values_of(measured, name) for name in (self.model.target, *self.model.others))
        value, lower, upper, _ = self.model.fill(values, measured.time.values, others)
        return Filled(value, lower, upper)
