"""A baseline of one's own: the median of all stations."""

import numpy as np
import pandas as pd

from aqnet_pyg.baselines import Interpolator


class Median(Interpolator):
    """Contract: ``_fit`` chooses parameters from values ``[time, station]``; ``_predict`` gives ``[time, target]`` at longitudes
    and latitudes in degrees, NaN where nothing can be said. Parameters are named in ``__init__``, as scikit-learn wants it."""

    def _fit(self, values):
        """Nothing to tune."""

    def _predict(self, coordinates, values):
        """The same everywhere."""
        return np.repeat(pd.DataFrame(values).median(axis=1).to_numpy()[:, None], len(coordinates[0]), axis=1)
