"""A user-defined baseline: the median of all stations."""

import numpy as np
import pandas as pd

from aqnet_pyg.baselines import Interpolator


class Median(Interpolator):
    """The median of all stations at each hour.

    Interface: ``_fit`` tunes parameters on values ``[time, station]``; ``_predict`` returns ``[time, target]`` at longitudes
    and latitudes in degrees, NaN where no estimate is possible. Parameters are arguments of ``__init__``, as in scikit-learn.
    """

    def _fit(self, values):
        """Do nothing: there are no parameters to tune."""

    def _predict(self, coordinates, values):
        """Return the same median at every target."""
        return np.repeat(pd.DataFrame(values).median(axis=1).to_numpy()[:, None], len(coordinates[0]), axis=1)
