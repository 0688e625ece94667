"""Reconstruction protocols: which data a method is given, and which values are scored."""

import numpy as np
import pandas as pd
from evaluation.evaluation_data import HIDDEN, small_case
from evaluation.sample_methods import MeanOfNetwork, OneCase

from aqnet_pyg.evaluation.reconstruction_methods import Prediction


class WithoutStd(MeanOfNetwork):
    """The mean of the visible stations, without standard deviations."""

    def predict(self, measured, coordinates, hours):
        return Prediction(super().predict(measured, coordinates, hours).value)


def test_methods_are_given_visible_stations_and_the_hours_of_their_part():
    given = {}

    class Recorded(WithoutStd):
        def fit(self, training, validation, target, seed):
            given.update(training=training, validation=validation, target=target, seed=seed)
            return super().fit(training, validation, target, seed)

        def predict(self, measured, coordinates, hours):
            given.update(measured=measured, coordinates=coordinates, hours=hours)
            return super().predict(measured, coordinates, hours)

    case, other = small_case(), small_case(hours=144)
    OneCase().run(case, Recorded(), 7, other)
    assert given["training"].identical(case.training_data())
    assert given["validation"].identical(case.validation_data())
    assert (given["target"], given["seed"]) == ("pm25", 7)
    assert given["measured"].identical(other.measured())
    np.testing.assert_array_equal(given["coordinates"], case.targets)
    assert given["hours"].equals(case.hours)


def test_a_result_has_calibration_samples_only_with_standard_deviations():
    case, protocol = small_case(), OneCase()
    arrays = protocol.run(case, MeanOfNetwork(), 0, case).arrays
    names = {f"calibration_{name}" for name in ("value", "std", "distance_km", "truth")}
    assert set(arrays) == {"value", "std", *names}
    assert arrays["value"].shape == arrays["std"].shape == case.truth().shape
    assert set(protocol.run(case, WithoutStd(), 0, case).arrays) == {"value"}


def test_truth_distance_and_day_belong_to_the_same_value_as_the_prediction():
    case, protocol = small_case(group="west"), OneCase()
    truth = case.truth()
    (scored,) = protocol.truths(case).values()
    predicted = protocol.predictions(case, {"value": truth})
    assert list(predicted) == list(protocol.truths(case)) == ["west"]
    np.testing.assert_array_equal(predicted["west"], scored.truth)
    table = pd.DataFrame(scored._asdict()).set_index(
        pd.MultiIndex.from_product([case.hours, HIDDEN], names=["time", "station"])
    )
    day = case.hours.tz_localize("UTC").tz_convert("Asia/Shanghai") - pd.Timedelta(1, "ns")  # an hour ends at its label
    assert table.block.groupby("time").nunique().eq(1).all()
    assert table.block.groupby(np.repeat(day.date, len(HIDDEN))).nunique().eq(1).all()
    assert table.block.nunique() == len(set(day.date))
    for code, km in zip(HIDDEN, case.distance_km, strict=True):
        assert (table.xs(code, level="station").distance_km == km).all()
        np.testing.assert_array_equal(
            table.xs(code, level="station").truth, case.data.pm25.sel(station=code, time=case.hours)
        )
