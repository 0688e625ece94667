"""What a network is trained on, as a row of the tables."""

import pytest
from evaluation_data import small_case

from aqnet_pyg.evaluation import networks
from aqnet_pyg.evaluation.networks import fit_aqnet
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.windows import Window


@pytest.mark.parametrize("seed", [0, 1])
def test_some_visible_stations_are_kept_out_of_the_training(seed, tmp_path, monkeypatch):
    seen = []

    def no_training(model, data, *arguments, **options):
        seen.append(data)
        return model.eval()

    monkeypatch.setattr(networks, "train", no_training)
    case = small_case()
    _, unseen = fit_aqnet(
        case.training_data(),
        case.validation_data(),
        target="pm25",
        window=Window(8, margin=2),
        seed=seed,
        options=MethodOptions(tmp_path, steps=1),
    )
    (data,) = seen
    assert unseen
    assert set(data.train_windows.codes) == set(case.visible) - set(unseen)
    hidden = [
        code for code, hide in zip(data.validation_windows.codes, data.validation_windows.hidden, strict=True) if hide
    ]
    assert set(hidden) == set(unseen)
    assert set(data.validation_windows.codes) == set(case.visible)
