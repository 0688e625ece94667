import pytest
from baselines.deep_checks import TINY, DeepChecks
from baselines.forecaster_checks import HOURS


class TestPatchTST(DeepChecks):
    @property
    def forecaster(self):
        pytest.importorskip("transformers")
        from aqnet_pyg.baselines import PatchTSTForecaster

        return PatchTSTForecaster(**HOURS, **TINY, patch=12, stride=6)
