"""From station data to a model that fills gaps: background, hidden measurements, networks and intervals."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import NamedTuple

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from aqnet_pyg.baselines import SpaceTimeFiller
from aqnet_pyg.baselines.coordinates import coordinates_of
from aqnet_pyg.baselines.space_time_filler import RMSE_WEIGHT
from aqnet_pyg.ensembles.gap_intervals import GapIntervals
from aqnet_pyg.ensembles.gap_model import GapModel, SpreadFiller, gap_positions
from aqnet_pyg.errors import InputError
from aqnet_pyg.gap_masks import LONGEST_OUTAGE, copied_gaps, network_outages
from aqnet_pyg.io.files import fingerprint
from aqnet_pyg.nn.gap_features import GapFeatures, GapInputs
from aqnet_pyg.nn.gap_network import GapNetwork, bounded
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.stations import POLLUTANTS, check_station_data
from aqnet_pyg.training.checkpoint import library_versions
from aqnet_pyg.training.gap_settings import GapSettings

log = logging.getLogger(__name__)

WEEK = 168
"""Hours of a part that a network is or is not trained on."""

WEIGHTS = tuple(number / 10 for number in range(10, -1, -1))
"""Weights of the departure of networks from the background that are tried; of equal ones, the largest."""

FOLDS = 5
"""Minimum number of folds of weeks; each network is trained without one of them, on which its intervals are calibrated."""


ERROR_SEED = 500
"""Added to the seeds of networks for those of their error networks."""

LEAST_ERROR = 1e-3
"""Added to the errors that are learned, in standard deviations of the pollutant."""


class GapExamples(NamedTuple):
    """Hidden measurements to learn from.

    Args:
        inputs: Inputs of the networks, in standard deviations of the pollutant.
        truth: The hidden measurements, in units of the data, shape ``[M]``.
        length: Length of the gap in hours, shape ``[M]``.
        nearest: Hours to the nearest own measurement, shape ``[M]``; infinite without any.
        hour: Hours since 1970-01-01 UTC, shape ``[M]``.
    """

    inputs: GapInputs
    truth: np.ndarray
    length: np.ndarray
    nearest: np.ndarray
    hour: np.ndarray


def fit_gaps(
    stations: xr.Dataset,
    target: str = "pm25",
    settings: GapSettings = GapSettings(),  # noqa: B008
    *,
    filler: SpreadFiller | None = None,
) -> GapModel:
    """Train and calibrate a model that fills the gaps of stations.

    Measurements are hidden as they really go missing: gaps of other days are copied, and all stations fail together for some
    hours. Networks learn the departure of the hidden measurements from the background. Each is trained without one part of the
    weeks (a fifth, or less with more than five networks), whose measurements choose the weights of the departure, train networks
    of the expected error, and calibrate the intervals.

    Args:
        stations: Station data of the training hours; hours that are not to be used are NaN or left out.
        target: Pollutant to fill.
        settings: Settings of masks and networks.
        filler: The background, fitted to the same stations in the same order before; default a new
            :class:`aqnet_pyg.baselines.SpaceTimeFiller`.

    Raises:
        InputError: If the target is missing, or too little was measured.
    """
    stations = check_station_data(stations)
    if target not in stations:
        raise InputError(f"target: {target!r} is not in the data; they have {', '.join(map(str, stations.data_vars))}.")
    variables = (target, *_other_pollutants(stations, target))
    arrays = [stations[name].compute().values for name in variables]
    values = arrays[0] = arrays[0].astype(np.float64)
    time = stations.time.values.astype("datetime64[h]")
    scaler = Scaler.fit(stations, variables)
    if filler is None:
        log.info("fitting the background to %d stations and %d hours of %s", values.shape[1], len(values), target)
        filler = SpaceTimeFiller().fit(coordinates_of(stations), values, time)
    examples = draw_examples(filler, arrays, time, scaler.std, settings)
    fold = _folds(examples.hour, max(FOLDS, settings.networks), settings.seed)
    networks = []
    for number in range(settings.networks):
        log.info("training network %d of %d on %d hidden measurements", number + 1, settings.networks, len(fold))
        networks.append(_trained(examples, fold != number, scaler.std[0], settings, 1000 * settings.seed + number))
    provenance = {
        "settings": asdict(settings),
        "versions": library_versions(),
        "data": stations.attrs.get("source", ""),
        "data_sha256": fingerprint(stations),
    }
    model = GapModel(filler, networks, scaler, None, target, tuple(stations.station.values), provenance=provenance)
    model, value, row = _weighted(model, examples, fold)
    log.info("training %d networks of the expected error", settings.networks)
    return _calibrated(model, examples, fold, value, row, settings)


def draw_examples(
    filler: SpreadFiller, arrays: Sequence[np.ndarray], time: np.ndarray, std: Sequence[float], settings: GapSettings
) -> GapExamples:
    """Hide measurements as they go missing, and compute the inputs of the networks from the others.

    Args:
        filler: The background.
        arrays: Measurements of the target and of the other pollutants, each of shape ``[time, station]``, NaN where missing.
        time: Consecutive hours in UTC, ``datetime64``, shape ``[time]``.
        std: Standard deviations of the pollutants.
        settings: Number of masks and targets, and seed.

    Raises:
        InputError: If nothing was hidden.
    """
    rng = np.random.default_rng(settings.seed)
    every = np.stack([np.isnan(array) for array in arrays], axis=-1)
    missing = every[..., 0]
    periods = _periods(missing)
    features = GapFeatures(filler.coordinates_, std[0], std[1:])
    estimates = 2 * sum(int(np.count_nonzero(missing[period])) for period in periods)  # a mask hides as many again
    masks = max(1, min(settings.masks, settings.most_estimates // max(estimates, 1)))
    parts: list[GapExamples] = []
    for number in range(masks):
        mask = copied_gaps(every, rng) | network_outages(every, rng, every=settings.outage_every)
        targets = _drawn(mask[..., 0], settings.most_targets // masks, rng)
        hidden = [np.where(mask[..., variable], np.nan, array) for variable, array in enumerate(arrays)]
        parts += [_examples(filler, features, arrays[0], hidden, time, targets, period) for period in periods]
        log.info("hid measurements: mask %d of %d", number + 1, masks)
    merged = GapExamples(
        GapInputs(*(np.concatenate(arrays) for arrays in zip(*(part.inputs for part in parts), strict=True))),
        *(np.concatenate(arrays) for arrays in zip(*(part[1:] for part in parts), strict=True)),
    )
    if not len(merged.truth):
        raise InputError("values: no measurement could be hidden to learn from; give more hours.")
    return merged


def _examples(
    filler: SpreadFiller,
    features: GapFeatures,
    truth: np.ndarray,
    hidden: Sequence[np.ndarray],
    time: np.ndarray,
    targets: np.ndarray,
    period: slice,
) -> GapExamples:
    """Examples in one period; ``hidden`` are the arrays without what a mask hides."""
    truth, time, targets = truth[period], time[period], targets[period]
    visible, *others = (array[period] for array in hidden)
    background, spread = filler.estimate(visible, time)
    targets = targets & np.isfinite(background)
    inputs = features(visible, time, background, spread, targets, others)
    hour = np.broadcast_to(time.astype("datetime64[h]").astype(np.int64)[:, None], targets.shape)
    positions = gap_positions(np.isnan(visible), targets)
    return GapExamples(inputs, truth[targets], *positions, hour[targets])


def _other_pollutants(stations: xr.Dataset, target: str) -> list[str]:
    """Pollutants besides the target that were measured."""
    return [name for name in POLLUTANTS if name != target and name in stations and bool(stations[name].notnull().any())]


def _periods(missing: np.ndarray) -> list[slice]:
    """Return the parts of the record between outages of all stations that are longer than the reach of an estimate."""
    hours = np.flatnonzero(~missing.all(axis=1))
    ends = np.flatnonzero(np.diff(hours) > LONGEST_OUTAGE)
    starts = [0, *(ends + 1)]
    return [
        slice(int(hours[start]), int(hours[end]) + 1)
        for start, end in zip(starts, [*ends, len(hours) - 1], strict=True)
    ]


def _drawn(mask: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Return the mask, or if it has more hours than ``most``, this number of them drawn at random."""
    hidden = np.flatnonzero(mask)
    if len(hidden) <= most:
        return mask
    drawn = np.zeros(mask.size, bool)
    drawn[rng.choice(hidden, most, replace=False)] = True
    return drawn.reshape(mask.shape)


def _folds(hour: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Fold of each example, whole weeks at random, or shorter parts of a short record; shape ``[M]``."""
    length = max(1, min(WEEK, int(np.ptp(hour) + 1) // (2 * folds)))
    _, part = np.unique(hour // length, return_inverse=True)
    numbers = np.random.default_rng(seed).permutation(int(part.max()) + 1) % folds
    return numbers[part]


def _trained(examples: GapExamples, chosen: np.ndarray, std: float, settings: GapSettings, seed: int) -> GapNetwork:
    """A network of the departure, trained on some of the examples."""
    arrays = (*examples.inputs[1:3], examples.truth / std)
    background, scale, truth = (torch.from_numpy(array[chosen]).float() for array in arrays)

    def loss(departure: Tensor, rows: Tensor) -> Tensor:
        return _loss(background[rows] + scale[rows] * departure - truth[rows], settings)

    return _optimized(examples.inputs.features[chosen], loss, settings.steps, settings, seed)


def _trained_on_errors(
    inputs: GapInputs, error: np.ndarray, std: float, settings: GapSettings, seed: int
) -> GapNetwork:
    """A network of the expected error, by the likelihood of a Laplace distribution with this scale."""
    size, scale = (torch.from_numpy(array).float() for array in (np.abs(error) / std + LEAST_ERROR, inputs.scale))

    def loss(logarithm: Tensor, rows: Tensor) -> Tensor:
        expected = scale[rows].log() + bounded(logarithm)
        return (size[rows] * torch.exp(-expected) + expected).mean()

    return _optimized(inputs.features, loss, settings.steps // 2, settings, seed)


def _optimized(
    features: np.ndarray, loss: Callable[[Tensor, Tensor], Tensor], steps: int, settings: GapSettings, seed: int
) -> GapNetwork:
    """A network of least loss, a function of its results and of the rows that they are for."""
    inputs = torch.from_numpy(features)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = GapNetwork(settings.channels, settings.dropout, inputs.size(1)).train()
        optimizer = torch.optim.AdamW(
            network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(steps, 1))
        for _ in range(steps):
            rows = torch.randint(len(inputs), (settings.batch,))
            result = loss(network(inputs[rows]), rows)
            optimizer.zero_grad()
            result.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def _loss(error: Tensor, settings: GapSettings) -> Tensor:
    """Mean absolute error that is smooth at zero, and some of the squared error; the factor is that of the tuning."""
    smooth = torch.sqrt(error.square() + settings.huber**2) - settings.huber
    square = error.clamp(-settings.largest, settings.largest).square()
    return 8 * (smooth + settings.square * square).mean()


def _left_out(model: GapModel, examples: GapExamples, fold: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Estimates of each network in the weeks that it was not trained on, and their rows, both of shape ``[m]``."""
    values, rows = [], []
    for number, network in enumerate(model.networks):
        these = np.flatnonzero(fold == number)
        single = replace(model, networks=[network])
        rows.append(these)
        values.append(single.estimates(GapInputs(*(array[these] for array in examples.inputs))))
    if not model.networks:
        return model.estimates(examples.inputs), np.arange(len(fold))
    return np.concatenate(values), np.concatenate(rows)


def _weighted(model: GapModel, examples: GapExamples, fold: np.ndarray) -> tuple[GapModel, np.ndarray, np.ndarray]:
    """The model with the weights of least error in the weeks that networks were not trained on.

    Returns:
        The model, its estimates in these weeks, and their rows, both of shape ``[m]``.
    """
    value, row = _left_out(model, examples, fold)
    background, alone = examples.inputs.background[row] * model.scaler.std[0], examples.inputs.alone[row]
    truth = examples.truth[row]
    weights = [1.0, 1.0]
    for position, these in enumerate((~alone, alone)):
        if these.any():
            departure, error = (value - background)[these], (truth - background)[these]
            weights[position] = min(WEIGHTS, key=lambda weight: _error(weight * departure - error))
            value[these] = background[these] + weights[position] * departure
    near, far = weights
    log.info("weight of the networks: %g where a neighbor measured, %g where none did", near, far)
    return replace(model, weights=(near, far)), value, row


def _calibrated(
    model: GapModel, examples: GapExamples, fold: np.ndarray, value: np.ndarray, row: np.ndarray, settings: GapSettings
) -> GapModel:
    """The model with error networks and intervals; both are of estimates in weeks that no network was trained on."""
    inputs = GapInputs(*(array[row] for array in examples.inputs))
    truth, std = examples.truth[row], model.scaler.std[0]
    expected, networks = model.expected_errors(inputs), []
    for number in range(len(model.networks)):
        learned, left = fold[row] != number, np.flatnonzero(fold[row] == number)
        if learned.any():
            chosen = GapInputs(*(array[learned] for array in inputs))
            seed = 1000 * settings.seed + ERROR_SEED + number
            networks.append(_trained_on_errors(chosen, (value - truth)[learned], std, settings, seed))
            single = replace(model, error_networks=networks[-1:])
            expected[left] = single.expected_errors(GapInputs(*(array[left] for array in inputs)))
    intervals = GapIntervals().fit(value, expected, examples.length[row], examples.nearest[row], truth)
    return replace(model, error_networks=networks, intervals=intervals)


def _error(error: np.ndarray) -> float:
    """The criterion of the background: mean absolute error, and some of the root-mean-square error."""
    return float(np.abs(error).mean() + RMSE_WEIGHT * np.sqrt(np.square(error).mean()))
