"""The faults that `benchmarks/mutations.py` inserts still fit the code."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def groups():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "benchmarks")
        from faults import GROUPS

        yield GROUPS
        for name in [name for name in sys.modules if name.split(".")[0] == "faults"]:
            sys.modules.pop(name)


def test_the_old_text_of_every_fault_occurs_once(groups):
    faults = [fault for found, _ in groups.values() for fault in found]
    texts = {fault.file: (ROOT / "aqnet_pyg" / fault.file).read_text(encoding="utf-8") for fault in faults}
    assert len(faults) > 300
    assert [fault.name for fault in faults if texts[fault.file].count(fault.old) != 1 or fault.old == fault.new] == []
