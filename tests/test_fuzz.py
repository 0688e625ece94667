"""A short run of the fuzzer."""

import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture(scope="module")
def fuzz():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        import fuzz

        yield fuzz
        for name in ("fuzz", "fuzz_corpus"):
            sys.modules.pop(name, None)


def test_changes_without_a_meaning_change_no_number(fuzz):
    """Two pairs of each format."""
    failures = {f"{name}:{case}": fuzz.pair(name, case) for name in fuzz.corpus.TEXT for case in range(2)}
    assert not {case: failure for case, failure in failures.items() if failure}


def test_another_number_is_a_difference(fuzz, tmp_path):
    rng = np.random.default_rng(0)
    archive = fuzz.corpus.purpleair(fuzz.corpus.World.random(rng), rng)
    contents = archive.contents()
    results = []
    for number in range(2):
        folder = tmp_path / str(number)
        fuzz.corpus.write(contents, folder)
        path, options = fuzz.corpus.arguments(archive, folder)
        results.append(fuzz.outcome(archive.reader, path, options))
        lines = contents["data/history0.csv"].split(b"\n")
        fields = lines[1].split(b",")
        fields[2] = b"44.5"
        contents["data/history0.csv"] = b"\n".join([lines[0], b",".join(fields), *lines[2:]])
    assert not fuzz.differences(results[0], results[0])
    assert fuzz.differences(*results).startswith("pm25: ")
