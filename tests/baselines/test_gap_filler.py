import numpy as np
from baselines.gap_filler_checks import GapFillerChecks, network_with_gaps

from aqnet_pyg.baselines import GapFiller


class MeanOfHour(GapFiller):
    """The mean of the hour, or nothing."""

    def _fit(self, values, time):
        pass

    def _fill(self, values, time):
        known = np.isfinite(values)
        count = known.sum(axis=1, keepdims=True)
        mean = np.sum(values, axis=1, where=known, keepdims=True) / np.where(count > 0, count, np.nan)
        return np.broadcast_to(mean, values.shape)


class TestGapFiller(GapFillerChecks):
    filler = MeanOfHour()
    complete = False

    def test_hours_of_any_precision_are_passed_on_as_hours(self):
        coordinates, values, _, time = network_with_gaps()
        seen = []

        class Seeing(MeanOfHour):
            def _fill(self, values, time):
                seen.append((values.dtype, time.dtype))
                return super()._fill(values, time)

        Seeing().fit(coordinates, values, time).fill(values.astype(np.float32), time.astype("datetime64[ns]"))
        assert seen == [(np.dtype(np.float64), np.dtype("datetime64[h]"))]

    def test_gaps_without_an_estimate_are_missing(self):
        coordinates, values, _, time = network_with_gaps()
        filled = self.fitted(coordinates, values, time).fill(values, time)
        assert np.isnan(filled).any(axis=1).nonzero()[0].tolist() == [60, 61, 62, 63]
