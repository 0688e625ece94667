"""Text files as they come from archives: what is sound in them, and what is not text at all."""

from __future__ import annotations

from aqnet_pyg.readers.read_report import ReadReport

__all__ = ["MISSING_VALUES", "clean_text"]

MISSING_VALUES = ["", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", "-", "--", "—"]
"""What tables write where nothing was measured."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}
"""First bytes of compressed files."""


def clean_text(data: bytes, file: str, report: ReadReport) -> bytes | None:
    """Check that a file is UTF-8 text and leave out the lines that are not.

    Args:
        data: The bytes of the file.
        file: Its name, for the report.
        report: Takes note of what is wrong.

    Returns:
        The text without byte order mark, or None (and a skip in the report) for an empty file, an HTML page, a compressed
        file, or a file whose first line is not UTF-8.
    """
    data = data.removeprefix(_BYTE_ORDER_MARK)
    start = data[:200].lstrip()
    reason = ""
    packed = [kind for magic, kind in _PACKED.items() if start.startswith(magic)]
    if not start and not data.strip():
        reason = "empty file"
    elif packed:
        reason = f"{packed[0]} file under the name of a text file"
    elif start.startswith(b"<"):
        reason = "HTML page instead of a table"
    if reason:
        report.skip(file, reason)
        return None
    if _is_text(data):
        return data
    lines = data.splitlines(keepends=True)
    sound = [line for line in lines if _is_text(line)]
    if not _is_text(lines[0]):
        report.skip(file, "the first line is not UTF-8 text")
        return None
    report.damage(file, f"{len(lines) - len(sound)} of {len(lines)} lines are not UTF-8 text")
    return b"".join(sound)


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return b"\x00" not in data
