"""Validation of text files: UTF-8 decoding, byte order marks, and files that are not text."""

from __future__ import annotations

from aqnet_pyg.readers.read_report import ReadReport

MISSING_VALUES = ["", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "-", "--", "—"]
"""Markers of missing values in tables."""

MISSING_NUMBERS = [*MISSING_VALUES, "ND", "N.D.", "N/D", "n/d", "nd", "n.d.", "SD", "S/D", "s/d", "s.d."]
"""Markers of missing values in columns of numbers: also not available in Romance languages (no disponible, sin datos)."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_COMPRESSED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}
"""Compression formats by the first bytes of a file."""


def clean_text(data: bytes, file: str, report: ReadReport) -> bytes | None:
    """Return the lines of a file that are valid UTF-8 text.

    Args:
        data: The bytes of the file.
        file: Its name, for the read report.
        report: Read report that records faults.

    Returns:
        The valid lines without byte order mark; None (the file is recorded as skipped) for an empty file, an HTML page, a
        compressed file, or a file whose first line is not UTF-8.
    """
    data = data.removeprefix(_BYTE_ORDER_MARK)
    reason = "empty file" if not data.strip() else reason_not_text(data[:200])
    if reason:
        report.skip(file, reason)
        return None
    lines = data.splitlines(keepends=True)
    if not _is_text(lines[0]):
        report.skip(file, "the first line is not UTF-8 text")
        return None
    valid = [data] if _is_text(data) else [line for line in lines if _is_text(line)]
    text = b"".join(valid)
    if not text.decode().strip():  # with the separators of Unicode, which bytes do not know
        report.skip(file, "no line of text")
        return None
    if len(text) < len(data):
        report.damage(file, f"{len(lines) - len(valid)} of {len(lines)} lines are not UTF-8 text")
    return text


def reason_not_text(start: bytes) -> str:
    """Return why a file is no text table, by its first bytes; empty if it may be one."""
    start = start.lstrip()
    formats = [name for magic, name in _COMPRESSED.items() if start.startswith(magic)]
    if formats:
        return f"{formats[0]} file with the name of a text file"
    return "HTML page instead of a table" if start.startswith(b"<") else ""


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return b"\x00" not in data
