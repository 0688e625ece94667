"""Run the benchmarks of speed, and write their tables to ``benchmarks/RESULTS.md``; ``make benchmark``.

python benchmarks/speed.py [PART ...] [--before CHECKOUT] [--quick] [--out benchmarks/RESULTS.md]

A part is a script in this folder that prints tables, of ratios where there is something to compare with; SCRIPTS has them and
their options. A Markdown table stays one; other output becomes a block of text. Each part is written as soon as it is finished
and replaces only its own table, so that an interrupted run is continued with the parts that are left. The section names the
machine by its processor, cores and memory; tables of another machine are dropped. With ``--before``, an earlier checkout of the
package is measured beside this one. With ``--quick`` the tables are printed and not written: small sizes say little about large
ones.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

from results import HEADER, page_sections

from aqnet_pyg.io.files import replacing

SCRIPTS = {
    "start-up": (("ratios.py", "start-up"), ("ratios.py", "start-up")),
    "tuning": (("ratios.py", "tuning"), ("ratios.py", "tuning", "--quick")),
    "background": (("ratios.py", "background"), ("ratios.py", "background", "--quick")),
    "training": (("ratios.py", "training"), ("ratios.py", "training", "--quick")),
    "grid": (("ratios.py", "grid"), ("ratios.py", "grid", "--quick")),
    "forecast": (("training.py",), ("training.py", "--steps", "2")),
    "interpolators": (("scaling.py",), ("scaling.py", "--quick")),
    "graph": (("graph.py", "--sizes", "584", "10000"), ("graph.py", "--sizes", "584")),
}
"""By part, the script and its options in the whole and in the quick run."""

COMMAND = "make benchmark"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(SCRIPTS)}; default all")
    parser.add_argument("--before", type=Path, help="an earlier checkout of the package")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("RESULTS.md"))
    options = parser.parse_args()
    unknown = [part for part in options.parts if part not in SCRIPTS]
    if unknown:
        parser.error(f"{', '.join(unknown)}: there is no such part; use some of {', '.join(SCRIPTS)}")
    for part in options.parts or SCRIPTS:
        print(f"{part} ...", file=sys.stderr, flush=True)
        text = tables(SCRIPTS[part][options.quick], options.before)
        print(text, flush=True)
        if not options.quick:
            write(part, text, options.out)


def write(part, text, out):
    """Replace the tables of a part in the section on speed."""
    sections = page_sections(out.read_text(encoding="utf-8")) if out.exists() else {}
    _, *others = re.split(r"^### (.*)\n", sections.get(COMMAND, ""), flags=re.MULTILINE)
    kept = dict(zip(others[::2], others[1::2], strict=True)) if machine() in sections.get(COMMAND, "") else {}
    kept[part] = f"\n{text}"
    body = "\n".join(f"### {name}\n\n{kept[name].strip()}\n" for name in SCRIPTS if name in kept)
    sections[COMMAND] = f"## Speed\n\n```\n{COMMAND}\n```\n\n{machine()}\n\n{body}"
    with replacing(out) as beside:
        beside.write_text("\n".join([HEADER, *sections.values()]), encoding="utf-8")


def tables(command, before=None):
    """Run a script and return what it prints, under its command."""
    script, *options = command
    compared = ["--before", str(before)] if before and script == "ratios.py" else []
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name(script), *options, *compared],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    shown = " ".join(["python", f"benchmarks/{script}", *options, *(["--before", before.name] if compared else [])])
    return f"`{shown}`\n\n{formatted(done.stdout.strip(chr(10)))}\n"


def formatted(text):
    """Return the output of a script as Markdown."""
    return text if "\n|---" in text else f"```\n{text}\n```"


def machine():
    """Return processor, cores, memory and versions, without the name of the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Machine: {processor()}, {os.cpu_count()} cores, {memory:.0f} GiB of memory; {platform.system()}, "
        f"Python {platform.python_version()}."
    )


def processor():
    """Return the model of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main()
