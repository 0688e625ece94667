"""Compare speed and memory of graph construction with the bare kernels, and edges with brute force on real networks.

python benchmarks/graph.py [--sizes N ...] [--threads N] [--rounds N] [--stations FILE.csv ...]

Points are random, 25 by 15 degrees in northern China. Times are medians in milliseconds. Ratios are medians of the ratios
within rounds; each round times everything once, so that other load affects all alike. The bare
kernel is torch_cluster.knn on points of the unit sphere, which uses one thread, as torch does here by default. SciPy's tree
uses all threads. With --stations, lists of stations with longitude and latitude, only equality is tested.
"""

import argparse
import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: see aqnet_pyg/commands/main.py

import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import torch_cluster
from sklearn.neighbors import BallTree

from aqnet_pyg.graph import EdgeFeatures, Edges, available_kernels, knn, knn_edges, unit_sphere
from aqnet_pyg.stations import EARTH_RADIUS_KM

K = 16
MOST = 32  # largest k that is compared with brute force
BARE = "torch_cluster.knn, k = 16"


def random_points(number):
    random = torch.Generator().manual_seed(0)
    return torch.rand(number, 2, dtype=torch.float64, generator=random) * torch.tensor([25.0, 15.0]) + torch.tensor(
        [100.0, 30.0]
    )


def connect(pos, features, kernel=None):
    """Return edges and their features, with distances computed once."""
    found = knn(pos, K, kernel=kernel)
    return found.edge_index, features(found)


def compare(title, tasks, rounds, again=1):
    """Time tasks in turn, each ``again`` times in a row, and print them relative to the first."""
    seconds = {name: [] for name in tasks}
    for task in tasks.values():
        task()
    for _ in range(rounds):
        for name, task in tasks.items():
            for _ in range(again):
                begun = time.perf_counter()
                task()
                took = time.perf_counter() - begun
            seconds[name].append(took)
    first = seconds[next(iter(tasks))]
    print(f"\n{title}, {rounds} rounds")
    for name, took in seconds.items():
        ratio = statistics.median(mine / its for mine, its in zip(took, first, strict=True))
        print(f"  {name:<48}{statistics.median(took) * 1e3:>12.3f} ms{ratio:>8.2f} x", flush=True)


def edges(number, rounds):
    pos, features = random_points(number), EdgeFeatures()
    sphere = unit_sphere(pos)
    tasks = {
        BARE: lambda: torch_cluster.knn(sphere, sphere, K),
        "knn_edges": lambda: knn_edges(pos, K),
        "knn, distances and bearings": lambda: connect(pos, features),
        "the same from existing edges": lambda: features(Edges(knn_edges(pos, K), pos)),
        "knn, distances and bearings, kernel='scipy'": lambda: connect(pos, features, "scipy"),
    }
    compare(f"{number:,} points", tasks, rounds)


def ball_tree(number, rounds):
    pos, features = random_points(number), EdgeFeatures()
    radians = np.radians(pos.numpy()[:, ::-1])
    tasks = {
        "knn, distances and bearings": lambda: connect(pos, features),
        "scikit-learn BallTree, haversine, distances": lambda: BallTree(radians, metric="haversine").query(
            radians, K + 1
        ),
    }
    compare(f"{number:,} points", tasks, rounds)


def windows(rounds, number=584, count=64):
    pos, random = random_points(number), torch.Generator().manual_seed(1)
    for title, hidden in (
        ("30 % hidden in each", torch.tensor(0.3)),
        ("from none to half hidden", torch.rand(count, 1, generator=random) / 2),
    ):
        visible = torch.rand(count, number, generator=random) >= hidden
        tasks = {
            "one call": lambda visible=visible: knn_edges(pos, K, visible=visible),
            f"{count} calls": lambda visible=visible: [knn_edges(pos, K, visible=mask) for mask in visible],
        }
        compare(f"{count} windows of {number} stations, {title}", tasks, rounds, again=3)


def memory(what, number):
    """Print the peak memory of a process that performs one task, beyond the points themselves."""
    pos, features = random_points(number), EdgeFeatures()
    connect(pos[:100], features)
    sphere = unit_sphere(pos)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tasks = {
        BARE: lambda: torch_cluster.knn(sphere, sphere, K),
        "knn_edges": lambda: knn_edges(pos, K),
        "knn, distances and bearings": lambda: connect(pos, features),
    }
    if what is None:
        print(f"{number:,} points, peak memory beyond the points themselves")
        for name in tasks:
            subprocess.run([sys.executable, __file__, "--sizes", str(number), "--memory", name], check=True)
        return
    kept = tasks[what]()
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**20
    size = sum(part.nbytes for part in (kept if isinstance(kept, tuple) else (kept,))) / 2**30
    print(f"  {what:<48}{peak:>12.2f} GiB, of which the result {size:.2f} GiB", flush=True)


def brute_force(pos, k):
    """Return neighbors by a float64 haversine of every pair, ordered by distance (to the millimeter) and index."""
    longitude, latitude = np.radians(pos.numpy().T)
    nearest = []
    for here in np.array_split(np.arange(len(pos)), len(pos) // 500 + 1):
        half = np.sin((latitude[here, None] - latitude) / 2) ** 2
        half += np.cos(latitude[here, None]) * np.cos(latitude) * np.sin((longitude[here, None] - longitude) / 2) ** 2
        millimeters = np.round(2 * np.sqrt(half.clip(0, 1)) * EARTH_RADIUS_KM * 1e6)
        millimeters[np.arange(len(here)), here] = np.inf
        nearest.append(millimeters.argsort(axis=1, kind="stable")[:, :k])
    return torch.from_numpy(np.concatenate(nearest))


def equality(name, pos):
    nearest = brute_force(pos, min(MOST, len(pos) - 1))  # at most the number of other stations
    for kernel in available_kernels():
        same = sum(
            torch.equal(knn_edges(pos, k, kernel=kernel)[0].view(len(pos), -1), nearest[:, :k])
            for k in range(1, MOST + 1)
        )
        print(f"  {name:<50}{len(pos):>8,} points, {kernel:<14}equal for {same} of k = 1 ... {MOST}", flush=True)


def read_stations(path):
    table = pd.read_csv(path).rename(columns={"经度": "longitude", "纬度": "latitude"})[["longitude", "latitude"]]
    return torch.from_numpy(table.apply(pd.to_numeric, errors="coerce").dropna().to_numpy(np.float64, copy=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[584, 10_000, 100_000, 1_000_000])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=300, help="at most")
    parser.add_argument("--stations", nargs="+", default=[])
    parser.add_argument("--memory", help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.memory:
        memory(options.memory, options.sizes[0])
    elif options.stations:
        print("edges and their order, compared with a float64 haversine of every pair")
        for path in options.stations:
            equality("/".join(Path(path).parts[-2:]), read_stations(path))
        equality("random", random_points(10_000))
    else:
        # First, because a process inherits the peak memory of its parent.
        memory(None, max(options.sizes))
        print(f"\ntorch {torch.__version__}, torch-cluster {torch_cluster.__version__}, {options.threads} thread(s)")
        for number in options.sizes:
            edges(number, max(3, min(options.rounds, 200_000 // number)))
        if 100_000 in options.sizes:
            ball_tree(100_000, 3)
        windows(min(options.rounds, 15))


if __name__ == "__main__":
    main()
