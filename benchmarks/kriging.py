"""Measure kriging from all stations against local kriging: seconds of processor time, ratios and peak memory.

OMP_NUM_THREADS=1 python benchmarks/kriging.py [--stations 584 2000 5000 20000] [--hours 168] [--dense 2000]

Stations are those of the simulated network, with others around them beyond its size; a twentieth of the values is missing. Each
line is measured in a separate process. Kriging from all stations is measured up to --dense stations.
"""

import argparse
import resource
import subprocess
import sys
import time

from ratios import cells, network


def tune(coordinates, values):
    from aqnet_pyg.baselines import OrdinaryKriging

    return lambda: OrdinaryKriging().fit(coordinates, values)


def leave_out(coordinates, values):
    from aqnet_pyg.baselines import OrdinaryKriging

    fitted = OrdinaryKriging(range_km=400, nugget=0.05).fit(coordinates, values)
    return lambda: fitted.leave_one_out(values[:12])


def predict(coordinates, values):
    from aqnet_pyg.baselines import LocalSillKriging

    fitted = LocalSillKriging(range_km=400, nugget=0.05).fit(coordinates, values)
    return lambda: fitted.predict(cells(), values, return_std=True)


PARTS = {"tune": tune, "leave out, 12 h": leave_out, "grid of 22,311 cells, with std": predict}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stations", type=int, nargs="+", default=[584, 2000, 5000, 20_000])
    parser.add_argument("--hours", type=int, default=168)
    parser.add_argument("--dense", type=int, default=2000)
    parser.add_argument("--only", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        from aqnet_pyg.baselines import kriging

        kriging.DENSE_STATIONS = int(options.only[1])
        run = PARTS[options.only[0]](*network(options.stations[0], options.hours))
        begun = time.process_time()
        run()
        print(time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
        return
    print(f"{'':<32}{'stations':>9}{'all':>10}{'local':>10}{'ratio':>8}{'peak, all':>12}{'local':>11}")
    for part in PARTS:
        for stations in options.stations:
            found = []
            for threshold in (stations, 0):
                if threshold > options.dense:
                    found.append((float("nan"), float("nan")))
                    continue
                command = [sys.executable, __file__, "--stations", str(stations), "--hours", str(options.hours)]
                command += ["--only", part, str(threshold)]
                output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                found.append(tuple(float(number) for number in output.split()))
            (dense, dense_peak), (local, local_peak) = found
            print(
                f"{part:<32}{stations:>9}{dense:>8.2f} s{local:>8.2f} s{dense / local:>8.1f}"
                f"{dense_peak:>8.2f} GiB{local_peak:>7.2f} GiB",
                flush=True,
            )


if __name__ == "__main__":
    main()
