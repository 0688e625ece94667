"""Content checks: every truncation and every substitute is detected."""

import gzip

import pytest
from archives.archive_server import ERROR, PAGE, airnow_hour, aqs_zip, eea_parquet, openaq_day, zipped
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.archives.checks import gzip_table, table, zip_of
from aqnet_pyg.archives.faults import Damaged, Failed, Missing

GZIP = gzip_table(b"location_id")
PARQUET = zip_of(r".*\.parquet")
CSV = zip_of(r"hourly_88101_2023\.csv", b'"State Code"')
TEXT = table(b"|", 8)

DAY = openaq_day(1, "2023-01-01", 8.0, 50.0)
EEA = zipped({"E1a/SPO-1.parquet": eea_parquet("NL/SPO-1", "2023-01-01", [1.5, 2.5])})
AQS = aqs_zip(2023, 1, [("06", "037", "1103", -118.2, 34.1)])
HOUR = airnow_hour("2023-01-01", 5) * 3


def run(check, content, folder):
    path = folder / "file"
    path.write_bytes(content)
    check(path)


@pytest.mark.parametrize(("check", "content"), [(GZIP, DAY), (PARQUET, EEA), (CSV, AQS), (TEXT, HOUR)])
class TestEveryCheck:
    def test_accepts_the_whole_file(self, check, content, tmp_path):
        run(check, content, tmp_path)

    @pytest.mark.parametrize("page", [PAGE, b"\n\n  <HTML><head>", b"\xef\xbb\xbf<!doctype html>", ERROR])
    def test_rejects_pages(self, check, content, page, tmp_path):
        with pytest.raises(Failed, match=r"returned an (HTML page|XML message)"):
            run(check, page, tmp_path)

    def test_rejects_an_empty_file(self, check, content, tmp_path):
        with pytest.raises(Damaged, match="an empty file"):
            run(check, b"", tmp_path)


@pytest.mark.parametrize(("check", "content"), [(GZIP, DAY), (PARQUET, EEA), (CSV, AQS)])
@given(share=st.floats(0, 1, exclude_max=True))
def test_every_truncation_of_a_compressed_file_is_detected(check, content, share, tmp_path_factory):
    with pytest.raises(Damaged):
        run(check, content[: int(share * len(content))], tmp_path_factory.mktemp("cut"))


@given(share=st.floats(0, 1, exclude_max=True))
def test_a_text_file_cut_within_its_last_line_is_detected(share, tmp_path_factory):
    end = HOUR.rindex(b"|")  # after the last separator, the name of the agency may be shorter
    begin = HOUR.rindex(b"\n", 0, end) + 1
    with pytest.raises(Damaged, match="its last line has"):
        run(TEXT, HOUR[: begin + 1 + int(share * (end - begin - 1))], tmp_path_factory.mktemp("cut"))


@pytest.mark.parametrize(("check", "content"), [(GZIP, DAY), (PARQUET, EEA), (CSV, AQS)])
def test_changed_bytes_are_detected(check, content, tmp_path):
    changed = bytearray(content)
    changed[len(content) // 2] ^= 0xFF
    with pytest.raises(Damaged):
        run(check, bytes(changed), tmp_path)


def test_an_empty_zip_file_means_no_data(tmp_path):
    with pytest.raises(Missing, match="empty zip file"):
        run(PARQUET, zipped({}), tmp_path)


def test_a_zip_file_of_something_else(tmp_path):
    with pytest.raises(Failed, match=r"holds readme\.txt"):
        run(CSV, zipped({"readme.txt": b"no data"}), tmp_path)


def test_a_table_of_something_else(tmp_path):
    with pytest.raises(Failed, match="a line begins with b'a,b'"):
        run(CSV, zipped({"hourly_88101_2023.csv": b"a,b"}), tmp_path)
    with pytest.raises(Failed, match="a line begins with b'a,b'"):
        run(GZIP, gzip.compress(b"a,b"), tmp_path)
    with pytest.raises(Failed, match="it begins with b'a,b'"):
        run(TEXT, b"a,b", tmp_path)
    with pytest.raises(Failed, match="a line begins with b'20230102,0'"):
        run(table(b",", 2, b"date,", b"20230101,"), b"date,hour\n20230102,0", tmp_path)
    run(table(b",", 2, b"date,", b"20230102,"), b"date,hour\n20230102,0\n", tmp_path)


def test_a_zip_member_that_is_no_parquet_file(tmp_path):
    with pytest.raises(Damaged):
        run(PARQUET, zipped({"a.parquet": PAGE}), tmp_path)
