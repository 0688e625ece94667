"""Measure the peak memory of opening and training on five simulated years of 584 stations.

python benchmarks/memory.py FOLDER [--days N]

FOLDER stores the simulated data set (about 0.5 GB for five years) for reuse. Each line is measured in a separate process.
"""

import argparse
import resource
import subprocess
import sys
import time


def simulate_and_store(folder, days):
    from aqnet_pyg.datasets import SimulatedNorthChina

    SimulatedNorthChina(folder, days=days, start="2013-01-01", truth=False)


def open_and_train(folder, days):
    from torch_geometric.loader import DataLoader
    from torch_geometric.transforms import Compose

    from aqnet_pyg.datasets import SimulatedNorthChina
    from aqnet_pyg.graph import AddEdgeFeatures, ConnectNeighbors
    from aqnet_pyg.nn import AQNet
    from aqnet_pyg.windows import Window

    window = Window(336, horizon=24)
    graph = Compose([ConnectNeighbors(16), AddEdgeFeatures()])
    dataset = SimulatedNorthChina(
        folder, "train", days=days, start="2013-01-01", truth=False, window=window, transform=graph
    )
    model = AQNet(window, dataset.scaler)
    for step, batch in enumerate(DataLoader(dataset, batch_size=2, shuffle=True)):
        (model(batch) - batch.y)[batch.y_mask].abs().mean().backward()
        if step == 4:
            break


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--days", type=int, default=1826)
    parser.add_argument("--only", help=argparse.SUPPRESS)
    options = parser.parse_args()
    parts = {"simulate and store": simulate_and_store, "open, five training steps": open_and_train}
    if options.only:
        begun = time.perf_counter()
        parts[options.only](options.folder, options.days)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"{options.only:<28}{time.perf_counter() - begun:>8.0f} s{peak:>8.2f} GiB peak", flush=True)
        return
    for name in parts:
        subprocess.run(
            [sys.executable, __file__, options.folder, "--days", str(options.days), "--only", name], check=True
        )


if __name__ == "__main__":
    main()
