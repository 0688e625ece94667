"""Published figures."""

from aqnet_pyg.evaluation.protocols import PROTOCOLS
from aqnet_pyg.evaluation.published import PUBLISHED


def test_every_protocol_but_one_has_published_figures_with_a_source():
    assert set(PUBLISHED) == set(PROTOCOLS)
    for name, published in PUBLISHED.items():
        assert published["source"].endswith(".")
        assert published["rows"] or name == "first-guess"


def test_figures_are_named_by_metric_and_in_its_range():
    for published in PUBLISHED.values():
        for row in published["rows"].values():
            assert {name.partition("_")[0] for name in row} <= {"mae", "mse", "rmse", "r2"}
            assert all(value < 1 for name, value in row.items() if name.startswith("r2"))
            for name, value in row.items():
                if name.startswith("rmse"):
                    assert value >= row[name.replace("rmse", "mae")] > 0


def test_long_term_figures_are_by_horizon():
    row = PUBLISHED["long-term"]["rows"]["AQ-Net"]
    assert (row["mae_2d"], row["rmse_2d"], row["mae_7d"], row["rmse_7d"]) == (13.57, 16.80, 21.29, 25.17)
