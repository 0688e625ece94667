"""Folds of stations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.baselines import distance_matrix_km
from aqnet_pyg.ensembles.folds import station_folds
from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import fold_longitude


def places(number, seed):
    rng = np.random.default_rng(seed)
    return [f"S{i:03d}" for i in range(number)], (rng.uniform(105, 123, number), rng.uniform(33, 42, number))


@given(st.integers(40, 80), st.integers(0, 100), st.sampled_from([None, 1.5, 2.0]))
def test_each_station_is_in_one_fold_whatever_the_order(number, seed, spacing):
    codes, (longitude, latitude) = places(number, seed)
    folds = station_folds(codes, (longitude, latitude), spacing)
    assert len(folds) == 5
    assert sorted(code for fold in folds for code in fold) == codes
    order = np.random.default_rng(seed).permutation(number)
    shuffled = station_folds([codes[i] for i in order], (longitude[order], latitude[order]), spacing)
    assert shuffled == folds


@given(st.integers(0, 100))
def test_blocks_do_not_end_at_the_antimeridian(seed):
    codes, (longitude, latitude) = places(40, seed)
    longitude = longitude + 66  # 171 to 189
    assert station_folds(codes, (fold_longitude(longitude), latitude), 2.0) == station_folds(
        codes, (longitude, latitude), 2.0
    )


def test_stations_of_a_block_are_hidden_together():
    codes, coordinates = places(80, 0)
    # A second station 1 km from each.
    longitude, latitude = (np.concatenate([axis, axis]) for axis in coordinates)
    latitude[80:] += 0.01
    folds = station_folds([*codes, *(f"{code}b" for code in codes)], (longitude, latitude), 2.0)
    together = sum(f"{code}b" in fold for fold in folds for code in fold if not code.endswith("b"))
    assert together >= 76
    alone = station_folds([*codes, *(f"{code}b" for code in codes)], (longitude, latitude))
    assert sum(f"{code}b" in fold for fold in alone for code in fold if not code.endswith("b")) < 40


def test_blocks_are_about_square():
    """At 60 degrees north a degree of longitude is half as long; two stations so far apart east or north are alike."""
    longitude, latitude = (axis.ravel() for axis in np.meshgrid(np.arange(0, 20, 0.5), np.arange(55, 65, 0.25)))
    codes = np.array([f"{i:05d}" for i in range(longitude.size)])
    spans = []
    for fold in station_folds(codes, (longitude, latitude), 1.0, folds=60):
        inside = np.isin(codes, fold)
        distance = distance_matrix_km((longitude[inside], latitude[inside]), (longitude[inside], latitude[inside]))
        block = distance[0] < 160  # the first block of the fold
        spans.append((np.ptp(longitude[inside][block]), np.ptp(latitude[inside][block])))
    wide, high = np.median(spans, axis=0)
    assert 1.4 <= wide / high <= 2.8


def test_too_few_stations_or_blocks_are_refused():
    codes, coordinates = places(4, 0)
    with pytest.raises(InputError, match="4 stations do not make 5 folds of stations"):
        station_folds(codes, coordinates)
    codes, coordinates = places(40, 0)
    with pytest.raises(InputError, match="blocks of 30 degrees"):
        station_folds(codes, coordinates, 30.0)
