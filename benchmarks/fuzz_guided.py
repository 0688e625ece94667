"""Coverage-guided fuzzing of a reader with atheris (pip install atheris): inputs that reach new code are changed again.

python benchmarks/fuzz_guided.py FORMAT [--runs 5000] [--seed 0]

FORMAT is a key of ``fuzz_corpus.ALL``, or ``all``, which takes one after the other in a process each. The largest file of a valid
archive is the first input. Reading may succeed or raise InputError; else the status is 1, with the input in ``crash-...``.
"""

import argparse
import contextlib
import logging
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import atheris
import numpy as np

with atheris.instrument_imports(include=["aqnet_pyg"]):
    import fuzz_corpus as corpus
    from fuzz import SECONDS, time_limit

    from aqnet_pyg.errors import InputError
    from aqnet_pyg.readers import read


def main():
    """Fuzz one format, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("format", choices=[*corpus.ALL, "all"])
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.format == "all":
        command = [sys.executable, __file__]
        options = ["--runs", str(args.runs), "--seed", str(args.seed)]
        failed = [name for name in corpus.ALL if subprocess.run([*command, name, *options], check=False).returncode]
        print(f"{len(corpus.ALL)} formats, {args.runs:,} inputs each; failures: {', '.join(failed) or 'none'}")
        sys.exit(bool(failed))
    rng = np.random.default_rng(args.seed)
    archive = corpus.ALL[args.format](corpus.World.random(rng), rng)
    contents = archive.contents()
    largest = max(contents, key=lambda name: len(contents[name]))
    warnings.simplefilter("ignore")
    logging.disable()
    sys.unraisablehook = lambda failure: None  # of h5netcdf, as in aqnet_pyg.commands.main
    with tempfile.TemporaryDirectory() as name:
        folder, seeds = Path(name, "archive"), Path(name, "seeds")
        corpus.write(contents, folder)
        seeds.mkdir()
        (seeds / "valid").write_bytes(contents[largest])
        path, options = corpus.arguments(archive, folder)

        def read_one(data):
            (folder / largest).write_bytes(data)
            with time_limit(SECONDS), contextlib.suppress(InputError):
                read(archive.reader, path, **options)

        limits = [
            f"-runs={args.runs}",
            f"-seed={args.seed + 1}",
            f"-max_len={2 * len(contents[largest])}",
            "-print_final_stats=1",
        ]
        atheris.Setup([sys.argv[0], str(seeds), *limits], read_one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
