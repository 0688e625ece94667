"""Draws the pictures of the documentation: runs the Python code of ``gallery.md`` in order, with a run on the simulated network.

    python docs/make_pictures.py [RUN]

``RUN`` is the folder of a finished run of the command on that page; without it, the run is made first (some minutes). A picture
below a block of code shows the ``figure`` of that block.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from aqnet_pyg.commands.main import main as aqnet

GALLERY = Path(__file__).parent / "gallery.md"
FOLDER = "runs/simulated"
"""Folder of the run on the page."""

DPI = 90
"""Lower than for print, to keep the repository small."""


def command(page: str) -> list[str]:
    """Return the arguments of the command of the run on a page, without its folder."""
    found = re.search(rf"^aqnet (.*) --out {FOLDER}$", page, re.M)
    assert found is not None, f"{GALLERY.name} has no command that ends in --out {FOLDER}"
    return found[1].split()


def blocks(page: str) -> list[tuple[str, str]]:
    """Return the blocks of Python code on a page, each with the path of the picture below it, if there is one."""
    return re.findall(r"^```python\n(.*?)^```\n(?:\n!\[[^\]]*\]\((\S+)\))?", page, re.M | re.S)


def draw(run: str | Path) -> None:
    """Run the code of the page, and write its pictures.

    Args:
        run: Folder of the results, in place of that on the page.
    """
    names: dict[str, Any] = {}
    for code, picture in blocks(GALLERY.read_text(encoding="utf-8")):
        exec(code.replace(FOLDER, str(run)), names)
        if picture:
            names["figure"].savefig(GALLERY.parent / picture, dpi=DPI)


def main() -> None:
    """Make a run if none is given, and draw the pictures."""
    if len(sys.argv) > 1:
        draw(sys.argv[1])
        return
    with tempfile.TemporaryDirectory() as folder:
        if aqnet([*command(GALLERY.read_text(encoding="utf-8")), "--out", folder]) == 0:
            draw(folder)


if __name__ == "__main__":
    main()
