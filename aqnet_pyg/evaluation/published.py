"""Published figures for comparison, quoted from their sources."""

from __future__ import annotations

from itertools import product
from typing import Any


def _long_term(*figures: float) -> dict[str, float]:
    """Return MAE and RMSE over 2, 4 and 7 days by name, from figures in this order."""
    names = [f"{metric}_{days}d" for days, metric in product((2, 4, 7), ("mae", "rmse"))]
    return dict(zip(names, figures, strict=True))


PUBLISHED: dict[str, dict[str, Any]] = {
    "increase-beijing": {
        "source": "INCREASE (WWW 2023), Table 1, the same stations and hours; the last two rows: computed for this project.",
        "rows": {
            "KCN": {"mae": 23.76, "rmse": 40.19, "r2": 0.771},
            "IGNNK": {"mae": 21.92, "rmse": 36.82, "r2": 0.808},
            "INCREASE (spatial)": {"mae": 19.58, "rmse": 34.55, "r2": 0.831},
            "INCREASE (with points of interest)": {"mae": 18.85, "rmse": 34.00, "r2": 0.836},
            "IDW, k = 4, power 1": {"mae": 18.94, "rmse": 34.36, "r2": 0.832},
            "ordinary kriging, exponential, 800 km, nugget 0.01": {"mae": 18.05, "rmse": 32.48, "r2": 0.850},
        },
    },
    "grin-virtual": {
        "source": "GRIN (ICLR 2022), five seeds, the same stations and months; other rows: computed for this project.",
        "rows": {
            "GRIN": {"mae_001014": 11.74, "mae_001031": 20.00},
            "ordinary kriging, exponential, 200 km, nugget 0.05": {"mae_001014": 11.3, "mae_001031": 14.6},
            "the same in logarithms": {"mae_001014": 12.0, "mae_001031": 13.6},
            "mean of the 3 nearest": {"mae_001014": 12.5, "mae_001031": 13.7},
        },
    },
    "station-folds": {
        "source": "Computed for this project on other splits of the same data, for orientation.",
        "rows": {
            "Beijing, 5 folds, IDW": {"mae_random": 11.6, "rmse_random": 23.1},
            "Beijing, 5 folds, ordinary kriging": {"mae_random": 11.2, "rmse_random": 22.1},
            "northern China, a fifth hidden, IDW": {"mae_random": 7.8, "rmse_random": 13.3},
        },
    },
    "long-term": {
        "source": "AQ-Net (SCIA 2025), the authors' own data of northern China, 2013-2017: other data, and another average.",
        "rows": {
            "AQ-Net": _long_term(13.57, 16.80, 17.44, 21.29, 21.29, 25.17),
            "AQ-Net without cyclic encoding": _long_term(17.12, 21.77, 18.12, 24.63, 24.23, 28.37),
            "PatchTST": _long_term(41.42, 55.64, 35.31, 39.22, 28.01, 34.70),
            "LSTM": _long_term(24.04, 28.37, 25.11, 31.21, 22.87, 28.81),
            "linear regression": _long_term(25.00, 29.00, 26.00, 32.00, 23.50, 29.50),
        },
    },
    "gap-filling": {
        "source": (
            "The ST-MVL sample only, the same values: GRIN (ICLR 2022), CSDI (NeurIPS 2021) and PriSTI (ICDE 2023), as quoted by "
            "secondary sources, each with early stopping on values of the test months."
        ),
        "rows": {
            "BRITS": {"mae": 14.50},
            "GRIN": {"mae": 12.08, "mse": 523},
            "CSDI": {"mae": 9.51, "mse": 352},
            "PriSTI": {"mae": 9.03, "mse": 310},
        },
    },
    "first-guess": {
        "source": "Errors in regions are in units of the index. No figures of the same monitors and fields are published.",
        "rows": {},
    },
    "short-term": {
        "source": "AQ-Net (SCIA 2025), Beijing, from a secondary index: the authors' own data.",
        "rows": {"AQ-Net": {"r2_6h": 0.51, "r2_12h": 0.41, "r2_24h": 0.19}},
    },
}
"""By protocol: source of the figures, and rows with the metric names of the tables."""
