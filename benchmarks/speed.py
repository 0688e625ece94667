"""Run the benchmarks of speed, and write their tables to ``benchmarks/RESULTS.md``; ``make benchmark``.

python benchmarks/speed.py [--quick] [--out benchmarks/RESULTS.md]

A benchmark of speed is a script in this folder that prints tables, of ratios where there is something to compare with. A Markdown
table stays one; other output becomes a block of text. SCRIPTS has its options. The section names the machine by its processor,
cores and memory. With ``--quick`` the tables are printed and not written: small sizes say little about large ones.
"""

import argparse
import os
import platform
import subprocess
import sys
from pathlib import Path

from results import HEADER, page_sections

from aqnet_pyg.io.files import replacing

SCRIPTS = {
    "scaling.py": ((), ("--quick",)),
    "kriging.py": ((), ("--stations", "584", "2000", "--hours", "24")),
    "network.py": ((), ("--stations", "584")),
    "graph.py": (("--sizes", "584", "10000", "100000"), ("--sizes", "584", "10000")),
}
"""Scripts, and the options of the whole and of the quick run."""

COMMAND = "make benchmark"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("RESULTS.md"))
    options = parser.parse_args()
    text = "\n".join([f"## Speed\n\n```\n{COMMAND}\n```\n", f"{machine()}\n", *map(tables, arguments(options.quick))])
    print(text)
    if options.quick:
        return
    sections = page_sections(options.out.read_text(encoding="utf-8")) if options.out.exists() else {}
    sections |= page_sections(text)
    with replacing(options.out) as beside:
        beside.write_text("\n".join([HEADER, *sections.values()]), encoding="utf-8")


def arguments(quick):
    """Return the command lines of all scripts."""
    return [(script, *options[quick]) for script, options in SCRIPTS.items()]


def tables(command):
    """Run a script and return what it prints, under its command."""
    script, *options = command
    print(f"{script} ...", file=sys.stderr, flush=True)
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name(script), *options], check=True, stdout=subprocess.PIPE, text=True
    )
    found = done.stdout.strip("\n")
    return f"`{' '.join(['python', f'benchmarks/{script}', *options])}`\n\n{formatted(found)}\n"


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
