"""Mutated and rewritten archives against every reader: `python benchmarks/fuzz.py {pairs,inputs} [--count N] [--seed S]`.

`pairs` writes a valid archive twice, the second time with changes that have no meaning (order of columns and rows, quotes, ends
of lines, byte order mark, parts, compression), and compares what is read bit for bit. `inputs` damages valid files and options;
reading them may succeed or raise InputError. Each case is reproduced by its number: `--case FORMAT:NUMBER`.
"""

import argparse
import gzip
import io
import logging
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import fuzz_corpus as corpus
import numpy as np
import xarray as xr
from fuzz_corpus import Archive, Sheet

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import ReadReport, read

CHANGES = ("columns", "rows", "quotes", "line ends", "last line end", "byte order mark", "parts")
"""Changes without a meaning of a text table."""

PACKING = ("folder", "zip", "nested zip", "gzip")
"""Changes without a meaning of the files."""


class Outcome(NamedTuple):
    """Result of reading an archive: station data, or the refusal."""

    data: xr.Dataset | None
    report: ReadReport | None
    refusal: str


def outcome(reader: str, path, options) -> Outcome:
    """Read an archive; only InputError is a refusal."""
    try:
        data, report = read(reader, path, **options)
    except InputError as error:
        return Outcome(None, None, str(error))
    return Outcome(data, report, "")


def differences(first: Outcome, second: Outcome) -> str:
    """Return the first difference of two results in words; empty if they are equal."""
    if (first.data is None) != (second.data is None):
        return f"only one of them is refused: {first.refusal or second.refusal}"
    if first.data is None or second.data is None:
        return ""
    one, other = (result.data.sortby("station") for result in (first, second))
    if sorted(map(str, one.data_vars)) != sorted(map(str, other.data_vars)):
        return f"variables {sorted(map(str, one.data_vars))} and {sorted(map(str, other.data_vars))}"
    for name in ("station", "time", "longitude", "latitude", *map(str, one.data_vars)):
        a, b = one[name].values, other[name].values
        if a.shape != b.shape:
            return f"{name}: shapes {a.shape} and {b.shape}"
        same = a == b if a.dtype.kind not in "f" else (a == b) | (np.isnan(a) & np.isnan(b))
        if not same.all():
            where = tuple(int(axis[0]) for axis in np.nonzero(~same))
            return f"{name}: {a[where]} and {b[where]} at {where}"
    counts = [
        (dict(result.report.masked), result.report.duplicates, result.report.absent_hours) for result in (first, second)
    ]
    return "" if counts[0] == counts[1] else f"counts of the read report: {counts[0]} and {counts[1]}"


def rewritten(archive: Archive, rng: np.random.Generator) -> tuple[dict[str, bytes], list[str]]:
    """Return the files of an archive after random changes without a meaning, and the names of the changes."""
    chosen = [change for change in CHANGES if rng.random() < 0.35]
    packing = str(rng.choice(PACKING)) if rng.random() < 0.4 else ""
    data: dict[str, bytes] = {}
    for sheet in archive.sheets:
        data |= _texts(sheet, chosen, rng)
    tables = {}
    for sheet in archive.tables:
        (content,) = _texts(sheet, [change for change in chosen if change != "parts"], rng).values()
        tables[sheet.name] = content
    if packing == "folder":
        data = {f"a/{name}": content for name, content in data.items()}
    elif packing == "gzip":
        data = {f"{name}.gz": gzip.compress(content) for name, content in data.items()}
    elif packing:
        data = {"archive.zip": _zip(data)}
        data = {"outer.zip": _zip(data)} if packing == "nested zip" else data
    files = {f"data/{name}": content for name, content in data.items()} | tables | archive.files
    return files, chosen + [packing] * bool(packing)


def _zip(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _texts(sheet: Sheet, chosen: list[str], rng: np.random.Generator) -> dict[str, bytes]:
    """Contents of a table by the names of its files, after the changes."""
    if "columns" in chosen and sheet.groups != ():
        sheet = _other_columns(sheet, rng)
    parts = [sheet.rows]
    if "parts" in chosen and "{part}" in sheet.name and len(sheet.rows) > 3:
        cut = int(rng.integers(2, len(sheet.rows) - 1))  # a single row can be an hour or a day
        parts = [sheet.rows[:cut], sheet.rows[cut:]]
    if "rows" in chosen:
        parts = [[rows[row] for row in rng.permutation(len(rows))] for rows in parts]
    mark = "byte order mark" in chosen and sheet.encoding == "utf-8"
    style = {
        "quoting": "quotes" in chosen,
        "newline": "\r\n" if "line ends" in chosen else "\n",
        "last": "last line end" not in chosen,
    }
    return {
        sheet.name.format(part=number): b"\xef\xbb\xbf" * mark + replace(sheet, rows=rows).text(**style)
        for number, rows in enumerate(parts)
    }


def _other_columns(sheet: Sheet, rng: np.random.Generator) -> Sheet:
    """The table with its groups of columns in a random order, after the fixed ones."""
    fixed = sheet.fixed
    ends = fixed + np.cumsum([0, *(sheet.groups or [1] * (len(sheet.header) - fixed))])
    order = [*range(fixed)]
    order += [int(column) for group in rng.permutation(len(ends) - 1) for column in range(ends[group], ends[group + 1])]
    return replace(
        sheet,
        header=[sheet.header[column] for column in order],
        rows=[[row[column] for column in order] for row in sheet.rows],
    )


def pair(format_name: str, case: int) -> str:
    """Read an archive and its rewritten form; return the difference in words, empty if there is none."""
    rng = np.random.default_rng([case, sorted(corpus.TEXT).index(format_name)])
    archive = corpus.TEXT[format_name](corpus.World.random(rng), rng)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus.write(archive.contents(), folder / "first")
        files, changes = rewritten(archive, rng)
        corpus.write(files, folder / "second")
        results = []
        for part in ("first", "second"):
            path, options = corpus.arguments(archive, folder / part)
            results.append(outcome(archive.reader, path, options))
    difference = differences(*results)
    return difference and f"{', '.join(changes)}: {difference}"


def main() -> None:
    """Run a number of cases, print a line for each kind of failure, and exit with status 1 if there is one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["pairs", "inputs"])
    parser.add_argument("--count", type=int, default=1000, help="number of cases over all formats")
    parser.add_argument("--seed", type=int, default=0, help="number of the first case of each format")
    parser.add_argument("--formats", nargs="*", help="default: all")
    parser.add_argument("--case", help="one case, FORMAT:NUMBER")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    run, formats = {"pairs": (pair, list(corpus.TEXT))}[options.what]
    if options.case:
        name, _, number = options.case.partition(":")
        print(run(name, int(number)) or "no failure")
        return
    formats = options.formats or formats
    failures: dict[str, list[str]] = {}
    start, slowest = time.perf_counter(), (0.0, "")
    for number in range(options.count):
        name, case = formats[number % len(formats)], options.seed + number // len(formats)
        before = time.perf_counter()
        try:
            failure = run(name, case)
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            failure = f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}: {str(error)[:150]}"
        slowest = max(slowest, (time.perf_counter() - before, f"{name}:{case}"))
        if failure:
            failures.setdefault(f"{name}: {failure.split(' at ')[0][:160]}", []).append(f"{name}:{case}")
    for kind, cases in sorted(failures.items(), key=lambda item: -len(item[1])):
        print(f"{len(cases):6} {kind} (--case {cases[0]})")
    found = sum(map(len, failures.values()))
    print(
        f"{options.count:,} {options.what} of {len(formats)} formats, {found:,} failures; "
        f"{time.perf_counter() - start:.0f} s, slowest {slowest[0]:.1f} s ({slowest[1]})"
    )
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
