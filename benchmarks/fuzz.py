"""Mutated and rewritten archives against every reader: `python benchmarks/fuzz.py {pairs,inputs} [--count N] [--seed S]`.

`pairs` writes a valid archive twice, the second time with changes that have no meaning (order of columns and rows, quotes, ends
of lines, byte order mark, parts, compression), and compares what is read bit for bit. `inputs` damages valid files and options;
reading them may succeed or raise InputError. Each case is reproduced by its number: `--case FORMAT:NUMBER`.
"""

import argparse
import gzip
import io
import json
import logging
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import fuzz_corpus as corpus
import numpy as np
import xarray as xr
from fuzz_corpus import Archive, Sheet

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import ReadReport, read
from aqnet_pyg.stations import check_station_data

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


FIELDS = (
    *(
        "",
        " ",
        "-",
        "NaN",
        "nan",
        "inf",
        "-inf",
        "1e309",
        "-1",
        "0",
        "1e-320",
        "99999999999999999999",
        "1_000",
        "0x10",
        "١٢",
    ),
    *(
        "=1+1",
        "1,5",
        "1.5.2",
        "12;5",
        '"',
        "'",
        "\\",
        "\t",
        "\u0000",
        "\ufeff",
        "ü",
        "北京",
        "\U0001f600",
        "a" * 10_000,
    ),
    *(
        "0000-00-00",
        "2023-02-30",
        "2023-13-01 25:61",
        "1677-01-01",
        "9999-12-31 23:59",
        "24:00",
        "-1:00",
        "20230227T",
        "1e18",
    ),
    *(
        "NULL",
        "None",
        "true",
        "%s",
        "{}",
        "../../x",
        "181",
        "-91",
        "1e400",
        "12 34",
        "μg/m³",
        "ppb",
        "mg/m3",
        "PM2.5",
        "O3",
    ),
)
"""Texts in the place of a field."""

FILES = (
    b"",
    b"\n",
    b"\x00" * 100,
    b"<html><body>404</body></html>",
    b"PK\x03\x04",
    b"\x1f\x8b\x08",
    b"\xff\xfe",
    b"PAR1",
    b"a",
    b",,,\n" * 50,
)
"""Contents in the place of a file."""


def damaged(archive: Archive, rng: np.random.Generator) -> tuple[dict[str, bytes], dict[str, object]]:
    """Return the files of an archive after one to three damages, and options that replace those of the archive."""
    files, changed = archive.contents(), {}
    for _ in range(int(rng.choice([1, 1, 2, 3]))):
        name = str(rng.choice(sorted(files)))
        kind = rng.random()
        if kind < 0.03:
            del files[name]
            if not files:
                return {}, changed
        elif kind < 0.07:
            files[name] = FILES[int(rng.integers(len(FILES)))]
        elif kind < 0.1:
            files[name] = files[str(rng.choice(sorted(files)))]
        elif kind < 0.13:
            option = str(rng.choice(["time_zone", "resolution", "encoding", "start", "end"]))
            changed[option] = str(rng.choice(["", "nowhere", "day", "10min", "2023-02-30", "2023-02-27", "utf-8"]))
        elif kind < 0.35 or b"\x00" in files[name][:500]:
            files[name] = _bytes_damaged(files[name], rng)
        else:
            files[name] = _lines_damaged(files[name], rng)
    return files, changed


def _bytes_damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """Flip, cut, repeat, insert or overwrite some bytes."""
    data = bytearray(content)
    if not data:
        return bytes(rng.integers(0, 256, 20, np.uint8))
    kind, at, length = int(rng.integers(6)), int(rng.integers(len(data))), int(rng.integers(1, 30))
    if kind == 0:
        for place in rng.integers(0, len(data), int(rng.integers(1, 8))):
            data[place] ^= 1 << int(rng.integers(8))
    elif kind == 1:
        del data[at:]
    elif kind == 2:
        del data[at : at + length]
    elif kind == 3:
        data[at:at] = data[at : at + length] * int(rng.integers(1, 20))
    elif kind == 4:
        data[at : at + length] = bytes(rng.integers(0, 256, length, np.uint8))
    else:
        data[at : at + 4] = rng.choice(np.array([0, 2**31 - 1, 2**32 - 1, 2**16], np.uint32)).tobytes()
    return bytes(data)


def _lines_damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """Replace, remove, repeat or move fields and lines, or encode the text in another way."""
    lines = content.split(b"\n")
    row = int(rng.integers(min(len(lines), 4))) if rng.random() < 0.3 else int(rng.integers(len(lines)))
    separator = max((b",", b";", b"|", b"\t", b" "), key=lines[row].count)
    fields = lines[row].split(separator)
    column = int(rng.integers(len(fields)))
    kind = int(rng.integers(11))
    if kind <= 3:
        fields[column] = FIELDS[int(rng.integers(len(FIELDS)))].encode()
    elif kind == 4:
        del fields[column]
    elif kind == 5:
        fields.insert(column, fields[int(rng.integers(len(fields)))])
    elif kind == 6:
        rng.shuffle(fields)
    lines[row] = separator.join(fields)
    if kind == 7:
        del lines[row]
    elif kind == 8:
        lines[row:row] = [lines[int(rng.integers(len(lines)))]] * int(rng.integers(1, 4))
    elif kind == 9:  # a whole column
        value = FIELDS[int(rng.integers(len(FIELDS)))].encode()
        split = [line.split(separator) for line in lines]
        lines = [
            separator.join([*cells[:column], value, *cells[column + 1 :]]) if number and len(cells) > column else line
            for number, (line, cells) in enumerate(zip(lines, split, strict=True))
        ]
    elif kind == 10:
        codec = str(rng.choice(["utf-16", "utf-32", "utf-8-sig", "gb18030", "cp037", "latin-1"]))
        return b"\n".join(lines).decode("utf-8", "replace").encode(codec, "replace")
    return b"\n".join(lines)


def input_case(format_name: str, case: int) -> str:
    """Read a damaged archive; only InputError may be raised, within a time and with a message that names something."""
    rng = np.random.default_rng([case, 1, sorted(corpus.ALL).index(format_name)])
    archive = corpus.ALL[format_name](corpus.World.random(rng), rng)
    files, changed = damaged(archive, rng)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus.write(files, folder)
        path, options = corpus.arguments(archive, folder)
        with time_limit(SECONDS):
            try:
                data, report = read(archive.reader, path, **options | changed)
            except InputError as error:
                message = str(error)
                return "" if 20 < len(message) < 1500 else f"message of {len(message)} characters"
        check_station_data(data)
        for values in data.data_vars.values():
            if values.dtype.kind == "f" and np.isinf(values.values).any():
                return f"{values.name} is infinite"
        str(report), json.dumps(report.to_dict())
    return ""


SECONDS = 30
"""Longest processor time of a case."""

GIGABYTES = 6
"""Address space of the process."""


@contextmanager
def time_limit(seconds: int):
    """Raise TimeoutError after some seconds of processor time."""

    def stop(*_):
        raise TimeoutError(f"more than {seconds} s of processor time")

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def main() -> None:
    """Run a number of cases, print a line for each kind of failure, and exit with status 1 if there is one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["pairs", "inputs"])
    parser.add_argument("--count", type=int, default=1000, help="number of cases over all formats")
    parser.add_argument("--seed", type=int, default=0, help="number of the first case of each format")
    parser.add_argument("--formats", nargs="*", help="default: all")
    parser.add_argument("--seconds", type=float, default=np.inf, help="time after which no further case is started")
    parser.add_argument("--case", help="one case, FORMAT:NUMBER")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (GIGABYTES << 30, GIGABYTES << 30))
    warnings.simplefilter("ignore")
    run, formats = {"pairs": (pair, list(corpus.TEXT)), "inputs": (input_case, list(corpus.ALL))}[options.what]
    if options.case:
        name, _, number = options.case.partition(":")
        print(run(name, int(number)) or "no failure")
        return
    formats = options.formats or formats
    failures: dict[str, list[str]] = {}
    start, slowest = time.perf_counter(), (0.0, "")
    done = 0
    for number in range(options.count):
        if time.perf_counter() - start > options.seconds:
            break
        done += 1
        name, case = formats[number % len(formats)], options.seed + number // len(formats)
        before = time.process_time()
        try:
            failure = run(name, case)
        except Exception as error:
            own = [place for place in traceback.extract_tb(error.__traceback__) if "aqnet_pyg" in place.filename]
            where = f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "the fuzzer"
            failure = f"{type(error).__name__} in {where}: {str(error)[:100]}"
        slowest = max(slowest, (time.process_time() - before, f"{name}:{case}"))
        if failure:
            failures.setdefault(failure if " in " in failure[:40] else f"{name}: {failure}", []).append(
                f"{name}:{case}"
            )
    for kind, cases in sorted(failures.items(), key=lambda item: -len(item[1])):
        print(f"{len(cases):6} {kind} (--case {cases[0]})")
    found = sum(map(len, failures.values()))
    print(
        f"{done:,} {options.what} of {len(formats)} formats, {found:,} failures; "
        f"{time.perf_counter() - start:.0f} s, slowest {slowest[0]:.1f} s ({slowest[1]})"
    )
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
