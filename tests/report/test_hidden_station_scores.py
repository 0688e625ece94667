"""Errors of a run at its hidden stations."""

import numpy as np
import pytest
from report.html_runs import synthetic_run

from aqnet_pyg.report.hidden_station_scores import distance_bins, hidden_pairs, lead_bins, scores_by


def test_scores_are_those_of_hidden_stations():
    stations, _ = synthetic_run()
    table = hidden_pairs(stations)
    hidden = stations.isel(station=np.flatnonzero(stations.visible.values == 0))
    error = (hidden.pm25 - hidden.pm25_measured).values
    (everything,) = scores_by(table).itertuples()
    assert everything.rmse == pytest.approx(np.sqrt(np.nanmean(error**2)), rel=1e-5)
    assert everything.bias == pytest.approx(np.nanmean(error), rel=1e-4)
    covered = (hidden.pm25_lower <= hidden.pm25_measured) & (hidden.pm25_measured <= hidden.pm25_upper)
    assert everything.coverage == pytest.approx(covered.where(np.isfinite(error)).mean().item(), rel=1e-5)
    by_bin = scores_by(table, distance_bins(table))
    assert by_bin.n.sum() == everything.n == np.isfinite(error).sum()
    for station, row in scores_by(table, "station").iterrows():
        assert row.mae == pytest.approx(
            np.nanmean(np.abs(error[:, hidden.indexes["station"].get_loc(station)])), rel=1e-5
        )


@pytest.mark.parametrize(("lead", "first"), [(6, "1 h"), (24, "1–4 h"), (168, "1–24 h")])
def test_hours_ahead_are_binned(lead, first):
    bins = lead_bins(hidden_pairs(synthetic_run(count=6, hours=24, lead=lead)[0]))
    assert bins.cat.categories[0] == first
    assert len(bins.cat.categories) <= 7
