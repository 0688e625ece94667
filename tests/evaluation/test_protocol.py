"""The interface of the protocols."""

import pytest

from aqnet_pyg.evaluation.protocol import MethodOptions, Protocol
from aqnet_pyg.evaluation.protocols import PROTOCOLS


@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
def test_default_rows_and_reference_are_rows_of_the_protocol(protocol, tmp_path):
    assert protocol.reference in protocol.models
    assert set(protocol.models) <= set(protocol.known_models())
    assert len(set(protocol.known_models())) == len(protocol.known_models())


def test_a_protocol_has_every_method():
    class WithoutPredictions(Protocol):
        cases = known_models = method = run = truths = None

    with pytest.raises(TypeError, match="predictions"):
        WithoutPredictions()


def test_tuned_interpolators_do_not_distinguish_options(tmp_path):
    options, others = MethodOptions(tmp_path), MethodOptions(tmp_path)
    assert options.tuned is not others.tuned
    assert options == others
    assert "tuned=" not in repr(options)
