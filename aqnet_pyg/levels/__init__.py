"""Air-quality levels: averages by the rules of standards, indices, categories, and exceedances of limit values.

All functions work on station data ``(time, station)`` and on grids ``(time, latitude, longitude)``, and are lazy on dask arrays.
Nothing here imports torch.
"""

from aqnet_pyg.levels.averaging import daily_means, nowcast, running_means
from aqnet_pyg.levels.compliance import attainment, exceedances
from aqnet_pyg.levels.index import aqi, averages
from aqnet_pyg.levels.standards import STANDARDS, limits
from aqnet_pyg.levels.units import convert_units

__all__ = [
    "STANDARDS",
    "aqi",
    "attainment",
    "averages",
    "convert_units",
    "daily_means",
    "exceedances",
    "limits",
    "nowcast",
    "running_means",
]
