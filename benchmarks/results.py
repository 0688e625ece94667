"""Convert the JSON files of ``aqnet evaluate`` to ``benchmarks/RESULTS.md``.

python benchmarks/results.py runs/increase.json runs/folds.json ... [--out benchmarks/RESULTS.md]

Sections of other commands are kept.
"""

import argparse
import json
import re
from pathlib import Path

from aqnet_pyg.io.files import replacing

HEADER = """# Results

Created by `python benchmarks/results.py FILES` from the output of the commands below; `docs/evaluation.md` describes the
protocols and rows. Errors of PM2.5 in µg/m³, mean ± standard deviation over seeds for rows that depend on the seed. Published
figures are quoted, and refer to other data unless stated otherwise. The section Speed is created by `make benchmark`.
"""


LABELS = {"mae": "MAE", "rmse": "RMSE", "r2": "R²", "distance": "distance", "gap": "length of the gap"}


def main(arguments=None):
    """Write the tables of all files, each in the section of its command or else at the end."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("RESULTS.md"))
    options = parser.parse_args(arguments)
    sections = page_sections(options.out.read_text(encoding="utf-8")) if options.out.exists() else {}
    for path in options.files:
        sections |= page_sections(section(json.loads(path.read_text(encoding="utf-8"))))
    text = "\n".join([HEADER, *sections.values()])
    with replacing(options.out) as beside:
        beside.write_text(text, encoding="utf-8")


def page_sections(text):
    """Return the sections of a page, keyed by their commands."""
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:]
    return {re.search(r"```\n(.*?)\n```", part, re.DOTALL)[1]: part.strip() + "\n" for part in parts}


def section(result):
    """Return all tables of one file."""
    parts = [
        f"## {result['protocol']}, {result['data']}\n",
        f"```\n{result['command']}\n```\n",
        f"{_cases(result)} Seeds: {result['seeds']}.{_audited(result)}\n",
        *_rows(result["rows"]),
        *_distances(result["distance"]),
        *_differences(result["differences"], "stations" if result["protocol"] == "first-guess" else "days"),
        *_intervals(result["intervals"]),
        *_costs(result.get("cost", {})),
        *_published(result["published"]),
    ]
    return "\n".join(parts)


def _cases(result):
    cases = result["cases"].values()
    values = ", ".join(
        f"{n:,} values{'' if name == 'all' else f' ({_title(name)})'}" for name, n in result["n"].items()
    )
    stations = sorted({len(case["hidden"]) for case in cases})
    if stations == [0]:
        return f"Cases: {len(cases)}; masked hours: {values}."
    hidden = f"{stations[0]}" if len(stations) == 1 else f"{stations[0]} to {stations[-1]}"
    return f"Cases: {len(cases)}, with {hidden} hidden stations each; {values}."


def _audited(result):
    audit = result.get("audit")
    return f" Audit passed: {sum(map(len, audit.values()))} checks of {', '.join(audit)}." if audit else ""


def _rows(rows):
    """Yield a table for each suffix of the metrics; suffixes with a horizon, such as ``2d_station``, are columns of one table."""
    tables = {}
    for suffix in dict.fromkeys(metric.partition("_")[2] for metric in next(iter(rows.values()))):
        horizon = re.match(r"(\d+[dh])_(.*)", suffix)
        column, title = horizon.groups() if horizon else ("", suffix)
        tables.setdefault(title, {})[column] = suffix
    for title, columns in tables.items():
        names = [(column, metric, suffix) for column, suffix in columns.items() for metric in ("mae", "rmse", "r2")]
        keys = {
            f"{column} {LABELS[metric]}".strip(): f"{metric}_{suffix}".rstrip("_") for column, metric, suffix in names
        }
        lines = [[model, *(_number(row[key], key) for key in keys.values())] for model, row in rows.items()]
        yield from _table(["row", *keys], lines, _title(title))


def _title(name):
    """Words for the name of a table, such as ``gap_4-12h``, ``no_neighbor_measured`` or ``random_hidden``."""
    if name.startswith("gap_"):
        return f"gap: {name.removeprefix('gap_')}"
    return name.replace("_", " ") if name.endswith("_measured") else name.replace("_", ", ")


def _distances(tables):
    for group, bins in tables.items():
        models = list(next(iter(bins.values()))["rows"])
        lines = [
            [
                name,
                f"{one['n']:,}",
                *(f"{_number(one['rows'][m]['mae'])} / {_number(one['rows'][m]['rmse'])}" for m in models),
            ]
            for name, one in bins.items()
        ]
        title = f"MAE / RMSE by distance to the nearest visible station{_of(group)}"
        yield from _table(["distance", "n", *models], lines, title)


def _differences(tables, blocks):
    reference = tables["reference"]
    for group, rows in tables.items():
        if group == "reference":
            continue
        lines = [[model, *(_change(row[metric]) for metric in ("mae", "rmse"))] for model, row in rows.items()]
        title = f"Difference to {reference}, % (95 % interval of a paired bootstrap of blocks of {blocks}){_of(group)}"
        yield from _table(["row", "MAE", "RMSE"], lines, title)


def _intervals(tables):
    for group, rows in tables.items():
        dimension = "gap" if "gap" in next(iter(rows.values())) else "distance"
        bins = list(
            dict.fromkeys(name for row in rows.values() for name, one in row[dimension].items() if one["n"] >= 500)
        )
        lines = [
            [
                model,
                _percent(row["coverage"]),
                _number(row["width"]),
                _number(row["crps"]),
                *(_percent(row[dimension][name]["coverage"]) if name in row[dimension] else "" for name in bins),
            ]
            for model, row in rows.items()
        ]
        header = ["row", "coverage %", "width", "CRPS", *bins]
        yield from _table(header, lines, f"90 % intervals, and their coverage by {LABELS[dimension]}{_of(group)}")


def _costs(costs):
    if costs:
        columns = {"seconds": "s", "processor_seconds": "processor s", "memory_mib": "peak MiB"}
        lines = [
            [row, *("" if cost[key] is None else f"{cost[key]:,.0f}" for key in columns)] for row, cost in costs.items()
        ]
        yield from _table(["row", *columns.values()], lines, "Time of all cases, and peak of memory above that before")


def _published(published):
    rows = published["rows"]
    if not rows:
        yield f"{published['source']}\n"
        return
    metrics = list(dict.fromkeys(metric for row in rows.values() for metric in row))
    lines = [[name, *(f"{row[metric]:g}" if metric in row else "" for metric in metrics)] for name, row in rows.items()]
    yield from _table(["published", *metrics], lines, f"Published: {published['source'].rstrip('.')}")


def _table(header, lines, title=""):
    if title:
        yield f"{title}:\n"
    yield "| " + " | ".join(header) + " |"
    yield "|---" + "|---:" * (len(header) - 1) + "|"
    yield from ("| " + " | ".join(line) + " |" for line in lines)
    yield ""


def _of(group):
    return "" if group == "all" else f", {_title(group)}"


def _number(value, metric="mae"):
    digits = 3 if metric.startswith("r2") else 2
    if value["mean"] is None:
        return ""
    spread = f" ± {value['sd']:.{digits}f}" if value["sd"] else ""
    return f"{value['mean']:.{digits}f}{spread}"


def _percent(value):
    return "" if value["mean"] is None else f"{100 * value['mean']:.1f}"


def _change(value):
    return f"{value['percent']:+.1f} ({value['percent_low']:+.1f} to {value['percent_high']:+.1f})"


if __name__ == "__main__":
    main()
