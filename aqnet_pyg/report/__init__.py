"""Pictures of what was computed."""

from aqnet_pyg.report.maps import map_field, save_figure

__all__ = ["map_field", "save_figure"]
