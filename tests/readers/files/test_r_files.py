import sys

import numpy as np
import pandas as pd
import pytest

from aqnet_pyg.readers.files.r_files import r_numbers, r_texts, read_r_objects
from aqnet_pyg.readers.read_report import ReadReport

rdata = pytest.importorskip("rdata")


@pytest.fixture
def frame():
    table = pd.DataFrame({"code": pd.array(["MY1", None], pd.StringDtype("python")), "no2": [1.5, np.nan]})
    table.index = pd.RangeIndex(1, 3)
    return table


@pytest.mark.parametrize("compression", ["gzip", "bzip2", "xz"])
def test_objects_by_name(tmp_path, frame, compression):
    rdata.write_rda(tmp_path / "a.rda", {"MY1_2020": frame, "number": np.array([2.0])}, compression=compression)
    report = ReadReport("a")
    objects = read_r_objects((tmp_path / "a.rda").read_bytes(), "a.rda", report)
    assert list(objects) == ["MY1_2020", "number"]
    assert r_texts(objects["MY1_2020"]["code"]).tolist() == ["MY1", ""]
    np.testing.assert_array_equal(r_numbers(objects["MY1_2020"]["no2"]), [1.5, np.nan])
    assert not report.skipped


def test_object_without_a_name(tmp_path, frame):
    rdata.write_rds(tmp_path / "a.rds", frame)
    objects = read_r_objects((tmp_path / "a.rds").read_bytes(), "a.rds", ReadReport("a"))
    assert list(objects) == [""]
    assert list(objects[""]) == ["code", "no2"]


def test_factors():
    factor = pd.Series(pd.Categorical(["7", None, "x"]))
    np.testing.assert_array_equal(r_numbers(factor), [7, np.nan, np.nan])
    assert r_texts(factor).tolist() == ["7", "", "x"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b" <!DOCTYPE html>", "HTML page instead of a file of R"),
        (b"a,b\n", "not a readable file of R"),
    ],
)
def test_other_files_are_skipped(content, reason):
    report = ReadReport("a")
    assert read_r_objects(content, "a.RData", report) is None
    assert report.skipped[0][0] == "a.RData"
    assert report.skipped[0][1].startswith(reason)


def test_truncated_file_is_skipped(tmp_path, frame):
    rdata.write_rda(tmp_path / "a.rda", {"MY1_2020": frame})
    report = ReadReport("a")
    assert read_r_objects((tmp_path / "a.rda").read_bytes()[:-40], "a.rda", report) is None
    assert "not a readable file of R" in report.skipped[0][1]


def test_missing_package_is_reported(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdata", None)
    with pytest.raises(ModuleNotFoundError, match=r"aqnet-pyg\[r\]"):
        read_r_objects(b"x", "a.rda", ReadReport("a"))
