"""The report of a run: one page of HTML that needs nothing else, neither a server nor a network."""

from aqnet_pyg.errors import optional_imports

with optional_imports():
    from aqnet_pyg.report.html.page import report_page

__all__ = ["report_page"]
