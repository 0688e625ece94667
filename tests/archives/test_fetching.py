"""The call as a whole: options, resuming, patience, the cache folder, and no network at import."""

import json
import subprocess
import sys

import pytest
from archives.archive_server import PAGE, cnemc_day

import aqnet_pyg
from aqnet_pyg.archives import ARCHIVES, Fetched, fetch, fetching
from aqnet_pyg.errors import InputError

DAYS = [f"2025-01-{day:02d}" for day in range(1, 11)]


@pytest.fixture
def days(server):
    for day in DAYS:
        server.files[path_of(day)] = cnemc_day(day)
    return server


def path_of(day):
    return f"/air/data/china_sites_{day.replace('-', '')}.csv"


def run(server, folder, start=DAYS[0], end=DAYS[-1], **options):
    return fetch("cnemc", folder, start=start, end=end, base=server.base, wait=lambda seconds: None, **options)


def test_a_function_of_the_package():
    assert aqnet_pyg.fetch is fetch


def test_a_second_run_downloads_nothing(days, tmp_path):
    first = run(days, tmp_path)
    manifest = (tmp_path / "fetched.json").read_bytes()
    count = len(days.requests)
    second = run(days, tmp_path)
    assert (first.downloaded, first.kept) == (10, 0)
    assert (second.downloaded, second.kept) == (0, 10)
    assert len(days.requests) == count
    assert (tmp_path / "fetched.json").read_bytes() == manifest
    assert str(second).startswith(f"cnemc: 10 files in {tmp_path}, of which 10 were complete already\n")


def test_a_longer_period_downloads_the_rest(days, tmp_path):
    run(days, tmp_path, end=DAYS[3])
    assert (run(days, tmp_path).downloaded, len(days.requests)) == (6, 10)


@pytest.mark.parametrize("killed", [False, True])
def test_an_interrupted_run_is_resumed(days, tmp_path, monkeypatch, killed):
    def interrupt(body):
        days.http.interrupted = True
        return cnemc_day(DAYS[4])

    days.files[path_of(DAYS[4])] = interrupt
    original = fetching.Store.fetch

    def fetch_until_interrupted(self, file):
        path = original(self, file)
        if getattr(days.http, "interrupted", False):
            raise KeyboardInterrupt
        return path

    with monkeypatch.context() as patch:
        patch.setattr(fetching.Store, "fetch", fetch_until_interrupted)
        if killed:
            patch.setattr(fetching.Store, "write_manifest", lambda self: None)
        with pytest.raises(KeyboardInterrupt):
            run(days, tmp_path)
    assert (tmp_path / "fetched.json").exists() != killed
    resumed = run(days, tmp_path)
    assert (resumed.downloaded, resumed.kept) == (5, 5)
    assert len(days.requests) == 10
    assert len(json.loads((tmp_path / "fetched.json").read_text())["files"]) == 10


def test_absent_days_are_tried_again(days, tmp_path):
    body = days.files.pop(path_of(DAYS[2]))
    assert list(run(days, tmp_path).absent) == ["china_sites_20250103.csv"]
    days.files[path_of(DAYS[2])] = body
    fetched = run(days, tmp_path)
    assert (fetched.downloaded, fetched.absent) == (1, {})
    assert json.loads((tmp_path / "fetched.json").read_text())["absent"] == {}


def test_a_fault_leaves_the_other_files(days, tmp_path):
    days.files[path_of(DAYS[2])] = PAGE
    with pytest.raises(InputError, match=r"^cnemc: 1 of 10 files could not be downloaded .*run the same command again"):
        run(days, tmp_path)
    assert len(list(tmp_path.glob("*.csv"))) == 9
    days.files[path_of(DAYS[2])] = cnemc_day(DAYS[2])
    assert run(days, tmp_path).downloaded == 1


def test_after_several_faults_in_a_row_the_server_is_left_alone(days, tmp_path):
    for day in DAYS[2:]:
        days.files[path_of(day)] = PAGE
    with pytest.raises(InputError, match=r"5 of 10 files could not be downloaded \(first china_sites_20250103.csv"):
        run(days, tmp_path)
    assert len(days.requests) == 7


def test_a_server_that_goes_away_ends_the_run(days, tmp_path):
    run(days, tmp_path, end=DAYS[0])
    days.close()
    with pytest.raises(InputError, match=r"^base: 127\.0\.0\.1:\d+ cannot be reached"):
        run(days, tmp_path)
    assert json.loads((tmp_path / "fetched.json").read_text())["files"].keys() == {"china_sites_20250101.csv"}


def test_the_cache_has_a_folder_for_each_request(days, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    one = run(days, None, end=DAYS[1])
    assert one.path.parent == tmp_path / "aqnet-pyg/cnemc"
    assert one.path.name.startswith("2025-01-01_2025-01-02_")
    assert run(days, None, end=DAYS[1]).path == one.path
    assert run(days, None, end=DAYS[2]).path != one.path
    options = {"bbox": (1.0, 2.0, 3.0, 4.0), "key": "secret", "base": "http://x"}
    first, last = fetching.parse_period(DAYS[0], DAYS[1])
    folder = fetching._cache("openaq", first, last, options)
    assert fetching._cache("openaq", first, last, options | {"key": "other", "base": None}) == folder
    assert fetching._cache("openaq", first, last, options | {"bbox": (1.0, 2.0, 3.0, 5.0)}) != folder


def test_the_command_quotes_paths():
    fetched = Fetched("aqs", "my data", {"bbox": "-1,2,3,4"})
    assert fetched.command == "aqnet info aqs --path 'my data' --bbox=-1,2,3,4"


@pytest.mark.parametrize(
    ("archive", "options", "message"),
    [
        ("nilu", {}, "^archive: 'nilu' cannot be fetched; use one of openaq, eea, airnow, aqs, cnemc"),
        ("cnemc", {"country": "CN"}, "^country: cnemc has no such option"),
        ("cnemc", {"first": "2025-01-01"}, "^first: cnemc has no such option"),
        ("cnemc", {"start": "2025-13-01"}, "^start: '2025-13-01' is not a day"),
        ("cnemc", {"end": "2024-12-31"}, "^end: 2024-12-31 is before start"),
        ("cnemc", {"bbox": "1,2,3"}, "^bbox: '1,2,3' is not four numbers"),
    ],
)
def test_invalid_options(days, tmp_path, archive, options, message):
    period = {"start": DAYS[0], "end": DAYS[1]}
    with pytest.raises(InputError, match=message):
        fetch(archive, tmp_path / "out", **period | options, base=days.base)
    assert not (tmp_path / "out").exists()
    assert days.requests == []


def test_importing_needs_neither_network_packages_nor_torch():
    code = "import sys, aqnet_pyg.archives; print({'requests', 'urllib3', 'pooch', 'torch'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_a_missing_package_is_reported_with_its_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "requests", None)
    with pytest.raises(ModuleNotFoundError, match=r"aqnet-pyg\[download\]"):
        fetch("cnemc", tmp_path, start=DAYS[0], end=DAYS[1])


@pytest.mark.parametrize("archive", ARCHIVES)
def test_every_archive_states_its_documentation(archive):
    assert "https://" in ARCHIVES[archive].__doc__
