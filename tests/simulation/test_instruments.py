import numpy as np

from aqnet_pyg.simulation.instruments import add_faults


def test_faults_are_gaps_outages_and_stuck_runs():
    rng = np.random.default_rng(0)
    values = rng.random((6, 24 * 120, 40)).astype(np.float32)
    whole = values.copy()
    add_faults(values, np.random.SeedSequence(1))
    gone = np.isnan(values)
    assert 0.03 < gone.mean() < 0.2
    assert gone.all(axis=0).any()  # a whole station
    assert (gone.any(axis=0) & ~gone.all(axis=0)).any()  # one instrument of several
    changed = ~gone & (values != whole)
    assert 0 < changed.mean() < 0.02
    stuck = changed[:, 1:] & (values[:, 1:] == values[:, :-1])
    assert stuck.sum() > 0.9 * changed.sum()
