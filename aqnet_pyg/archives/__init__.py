"""Downloads from published archives, one module per archive: files for the readers of the same names.

Nothing here imports torch, and what the extra ``download`` installs is imported when a download begins.
"""

from __future__ import annotations

from aqnet_pyg.archives.fetching import ARCHIVES, Fetched, fetch

__all__ = ["ARCHIVES", "Fetched", "fetch"]
