"""Score how far a perfect first guess would bring kriging on the simulated network, at hidden stations and on the true grid.

OMP_NUM_THREADS=1 python benchmarks/first_guess_oracle.py [--regime random] [--folds 5]

Rows: kriging; with the simulated first guess; with the true field, averaged to the cells of the first guess; with the true field.
The last two are unknown in practice. Folds and hours are those of the protocol first-guess.
"""

import argparse
from pathlib import Path

import numpy as np

from aqnet_pyg.baselines import FirstGuessKriging, OrdinaryKriging
from aqnet_pyg.evaluation.first_guess_methods import FirstGuessMethod
from aqnet_pyg.evaluation.protocol import Request
from aqnet_pyg.evaluation.protocols.first_guess import DAYS, START, FirstGuess
from aqnet_pyg.evaluation.reconstruction_methods import InterpolatorMethod
from aqnet_pyg.simulation import simulate


def fields_of(cases):
    """Return the first guess, the true field in its cells, and the true field, in all hours."""
    right = cases[0].fields["right"]
    truth = simulate(max(part.stop for part in DAYS.values()), START, first_guess=True)[1]
    coarse = truth
    for name in ("latitude", "longitude"):
        axis = right[name].values
        half = (axis[1] - axis[0]) / 2
        edges = np.append(axis - half, axis[-1] + half)
        coarse = coarse.groupby_bins(name, edges, labels=axis).mean().rename({f"{name}_bins": name})
    coarse = coarse.astype(np.float32).transpose(*right.dims)
    return {
        "first guess": right,
        "truth in cells of the first guess": coarse.interpolate_na("latitude").interpolate_na("longitude"),
        "truth": truth,
    }


def main():
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--regime", choices=["random", "blocked"], default="random")
    parser.add_argument("--folds", type=int, default=5)
    args = parser.parse_args()
    cases = FirstGuess().cases(Request(Path(), None, regime=args.regime, source="simulated"))[: args.folds]
    rows = {"none": None, **fields_of(cases)}
    print("| first guess | RMSE at hidden stations | % | RMSE on the true grid | % |\n|---|---:|---:|---:|---:|", flush=True)
    reference = None
    for name, field in rows.items():
        errors = [], []
        for case in cases:
            method = InterpolatorMethod(OrdinaryKriging()) if field is None else FirstGuessMethod(FirstGuessKriging())
            method.first_guess = field
            method.fit(case.training_data(), case.validation_data(), case.target, 0)
            truths = case.truth(), case.grid_truth.values.reshape(len(case.hours), -1)
            for part, places, truth in zip(errors, (case.targets, case.cells), truths, strict=True):
                part.append((method.predict(case.measured(), places, case.hours).value - truth).ravel())
        rmse = np.array([np.sqrt(np.nanmean(np.concatenate(part) ** 2)) for part in errors])
        reference = rmse if reference is None else reference
        columns = (f"{one:.2f} | {100 * (one / base - 1):+.1f}" for one, base in zip(rmse, reference, strict=True))
        print("|", name, "|", " | ".join(columns), "|", flush=True)


if __name__ == "__main__":
    main()
