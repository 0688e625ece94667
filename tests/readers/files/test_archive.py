import bz2
import gzip
import lzma
import zipfile
from datetime import date
from pathlib import Path

import pytest

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.files import archive
from aqnet_pyg.readers.files.archive import Member, find_members, read_members
from aqnet_pyg.readers.read_report import ReadReport

PATTERN = r"day_\d{8}\.csv"
WANTED = "day_YYYYMMDD.csv"


def write_days(folder, *days):
    folder.mkdir(exist_ok=True)
    for day in days:
        (folder / f"day_{day}.csv").write_text(f"of {day}")
    return sorted(folder.glob("day_*.csv"))


def pack(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.write(file, f"inside/{file.name}")
    return path


def found(path, report=None):
    report = report or ReadReport("test")
    members = find_members(path, PATTERN, WANTED, report)
    return {member.label: data.decode() for member, data in read_members(members, report)}


def test_folder_with_subfolders_and_other_files(tmp_path):
    write_days(tmp_path, "20250102")
    write_days(tmp_path / "more", "20250101")
    (tmp_path / "read me.txt").write_text("no member")
    assert found(tmp_path) == {"day_20250102.csv": "of 20250102", "day_20250101.csv": "of 20250101"}


def test_zip_several_zips_and_a_folder_of_zips(tmp_path):
    files = write_days(tmp_path / "files", "20250101", "20250102")
    (tmp_path / "zips").mkdir()
    one = pack(tmp_path / "zips" / "a.zip", files[:1])
    two = pack(tmp_path / "zips" / "b.zip", files[1:])
    assert found(one) == {"a.zip/day_20250101.csv": "of 20250101"}
    both = {"a.zip/day_20250101.csv": "of 20250101", "b.zip/day_20250102.csv": "of 20250102"}
    assert found([one, str(two)]) == both
    assert found(str(tmp_path / "zips")) == both


def test_zip_in_a_zip(tmp_path):
    inner = pack(tmp_path / "inner.zip", write_days(tmp_path / "files", "20250101"))
    outer = pack(tmp_path / "outer.zip", [inner])
    inner.unlink()
    assert found(outer) == {"outer.zip/day_20250101.csv": "of 20250101"}


def test_only_the_damaged_zip_is_skipped(tmp_path):
    good = pack(tmp_path / "good.zip", write_days(tmp_path / "files", "20250101"))
    (tmp_path / "bad.zip").write_bytes(good.read_bytes()[:40])
    report = ReadReport("test")
    assert list(found([tmp_path / "bad.zip", good], report).values()) == ["of 20250101"]
    assert report.skipped == [("bad.zip", "not a readable zip file (File is not a zip file)")]
    with pytest.raises(InputError, match=r"bad\.zip is not a readable zip file"):
        found(tmp_path / "bad.zip")
    with pytest.raises(InputError, match=r"bad\.zip: .*strict"):
        found([tmp_path / "bad.zip", good], ReadReport("test", strict=True))


def test_only_the_damaged_member_is_skipped(tmp_path):
    path = pack(tmp_path / "a.zip", write_days(tmp_path / "files", "20250101", "20250102"))
    data = path.read_bytes()
    path.write_bytes(data.replace(b"of 20250101", b"of 2025#101", 1))
    report = ReadReport("test")
    assert found(path, report) == {"a.zip/day_20250102.csv": "of 20250102"}
    (file, reason), *others = report.skipped
    assert file == "a.zip/day_20250101.csv"
    assert "CRC" in reason
    assert not others


def test_a_member_whose_name_is_damaged_is_skipped(tmp_path):
    files = write_days(tmp_path / "files", "20250101", "20250102")
    path = pack(tmp_path / "a.zip", [files[0].rename(files[0].with_name("pékin_day_20250101.csv")), files[1]])
    path.write_bytes(
        path.read_bytes().replace("pé".encode(), b"p\xde\xff", 1)
    )  # in the member, not in the list of members
    report = ReadReport("test")
    members = find_members(path, ".*" + PATTERN, WANTED, report)
    assert [data for _, data in read_members(members, report)] == [b"of 20250102"]
    assert [file for file, _ in report.skipped] == ["a.zip/pékin_day_20250101.csv"]


def test_missing_path(tmp_path):
    with pytest.raises(InputError, match=r"nowhere: there is no such file or folder; .*day_YYYYMMDD\.csv"):
        found(tmp_path / "nowhere")


def test_wrong_folder_names_expected_and_present_files(tmp_path):
    (tmp_path / "stations.csv").write_text("x")
    with pytest.raises(
        InputError, match=r"no file is named day_YYYYMMDD\.csv \(found 1 other file, such as stations\.csv\)"
    ):
        found(tmp_path)


def test_empty_folder(tmp_path):
    with pytest.raises(InputError, match="it is empty"):
        found(tmp_path)


def test_a_given_file_need_not_match_and_excluded_files_are_left_out(tmp_path):
    (tmp_path / "odd.txt").write_text("odd")
    assert found(tmp_path / "odd.txt") == {"odd.txt": "odd"}
    first, second = write_days(tmp_path, "20250101", "20250102")
    members = find_members(tmp_path, PATTERN, WANTED, ReadReport("test"), exclude=[first])
    assert [member.container for member in members] == [second]


def test_an_excluded_zip_file_is_not_opened(tmp_path):
    (day,) = write_days(tmp_path / "days", "20250101")
    pack(tmp_path / "days/list.zip", [day])
    (tmp_path / "days/broken.zip").write_bytes(b"broken")
    report = ReadReport("test")
    excluded = [tmp_path / "days/list.zip", tmp_path / "days/broken.zip"]
    members = find_members(tmp_path / "days", PATTERN, WANTED, report, exclude=excluded)
    assert [member.container for member in members] == [day]
    assert not report.skipped


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("china_sites_20250131.csv", date(2025, 1, 31)),
        ("PRSA_20130301-20161231.csv", date(2016, 12, 31)),
        ("sites_20251301.csv", None),
        ("sites_120250101.csv", None),
        ("sites_10010101.csv", None),
        ("sites.csv", None),
    ],
)
def test_day_in_the_name(name, day):
    assert Member(Path("folder") / name).day == day


def test_members_are_read_one_at_a_time(tmp_path):
    files = write_days(tmp_path, "20250101", "20250102")
    report = ReadReport("test")
    members = find_members(tmp_path, PATTERN, WANTED, report)
    one_by_one = read_members(members, report)
    assert next(one_by_one)[1] == b"of 20250101"
    files[1].write_text("changed meanwhile")
    assert next(one_by_one)[1] == b"changed meanwhile"


@pytest.mark.parametrize("suffix", ["zip", "nested zip", "gz", "bz2", "xz"])
def test_files_that_grow_without_bound_are_not_read(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(archive, "LARGE", 1 << 20)
    content = b"0" * (5 << 20)
    if suffix.endswith("zip"):
        with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("a.csv", content)
        if suffix == "nested zip":
            (tmp_path / "a.zip").rename(tmp_path / "inner.zip")
            with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
                file.write(tmp_path / "inner.zip", "inner.zip")
            (tmp_path / "inner.zip").unlink()
    else:
        compress = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[suffix]
        (tmp_path / f"a.csv.{suffix}").write_bytes(compress(content))
    report = ReadReport("")
    members = find_members(tmp_path, r".*\.csv", "*.csv", report)
    assert not list(read_members(members, report))
    ((_, reason),) = report.skipped
    assert "times its compressed size" in reason
    assert reason.endswith("any_size=True or --any_size true)")
    with archive.files_of_any_size():
        members = find_members(tmp_path, r".*\.csv", "*.csv", report)
        assert [data for _, data in read_members(members, report)] == [content]
    assert len(report.skipped) == 1
    monkeypatch.setattr(archive, "LARGE", 10 << 20)
    assert [data for _, data in read_members(members, report)] == [content]
