"""Text files in the encodings of national archives, such as Big5, EUC-KR and Latin-1."""

from __future__ import annotations

from aqnet_pyg.readers.files.text_files import clean_text
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.text import counted


def decode_text(data: bytes, encoding: str, file: str, report: ReadReport) -> str | None:
    """Return the text of a file in UTF-8 or another encoding.

    Args:
        data: The bytes of the file.
        encoding: Encoding of the file if it is not UTF-8, such as ``cp950``.
        file: Its name, for the read report.
        report: Read report that records faults.

    Returns:
        The text without byte order mark; None (the file is recorded as skipped) for an empty file, an HTML page or binary
        data. Characters that are valid in neither encoding are replaced, and counted in the read report.
    """
    if b"\x00" in data:
        report.skip(file, "binary data instead of a table")
        return None
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode(encoding, errors="replace")
        replaced = text.count("\N{REPLACEMENT CHARACTER}")
        if replaced:
            report.damage(file, f"{counted(replaced, 'character')} neither UTF-8 nor {encoding}")
        data = text.encode()
    cleaned = clean_text(data, file, report)
    return None if cleaned is None else cleaned.decode()
