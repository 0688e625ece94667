"""The folder and its manifest: complete files are kept, others are downloaded again."""

import hashlib
import json

import pytest
from archives.archive_server import PAGE, busy, openaq_day, truncated, zipped

from aqnet_pyg.archives.checks import gzip_table, zip_of
from aqnet_pyg.archives.client import Client
from aqnet_pyg.archives.faults import Failed, Missing
from aqnet_pyg.archives.store import RemoteFile, Store
from aqnet_pyg.errors import InputError

DAY = openaq_day(1, "2023-01-01", 8.0, 50.0)


@pytest.fixture
def client():
    one = Client(lambda seconds: None)
    yield one
    one.close()


@pytest.fixture
def remote(server):
    server.files["/day.csv.gz"] = DAY
    return RemoteFile("a/b/day.csv.gz", f"{server.base}/day.csv.gz", gzip_table(b"location_id"))


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_file_and_its_manifest(remote, client, tmp_path):
    store = Store(tmp_path / "out", "openaq", client)
    path = store.fetch(remote)
    store.write_manifest()
    assert path == tmp_path / "out/a/b/day.csv.gz"
    assert path.read_bytes() == DAY
    assert names(tmp_path / "out") == ["a/b/day.csv.gz", "fetched.json"]
    manifest = json.loads((tmp_path / "out/fetched.json").read_text())
    assert manifest == {
        "archive": "openaq",
        "files": {"a/b/day.csv.gz": {"url": remote.url, "size": len(DAY), "sha256": hashlib.sha256(DAY).hexdigest()}},
        "absent": {},
    }


@pytest.mark.parametrize("with_manifest", [True, False], ids=["resumed", "after a run that was killed"])
def test_a_complete_file_is_kept(server, remote, client, tmp_path, with_manifest):
    before = Store(tmp_path, "openaq", client)
    before.fetch(remote)
    if with_manifest:
        before.write_manifest()
    after = Store(tmp_path, "openaq", client)
    after.fetch(remote)
    assert (after.downloaded, after.kept) == (0, 1)
    assert len(server.requests) == 1


@pytest.mark.parametrize("with_manifest", [True, False])
@pytest.mark.parametrize("content", [b"", DAY[:-1], PAGE, DAY[:-1] + bytes([DAY[-1] ^ 1])])
def test_a_changed_file_is_downloaded_again(remote, client, tmp_path, content, with_manifest):
    before = Store(tmp_path, "openaq", client)
    path = before.fetch(remote)
    if with_manifest:
        before.write_manifest()
    path.write_bytes(content)
    after = Store(tmp_path, "openaq", client)
    assert after.fetch(remote).read_bytes() == DAY
    assert (after.downloaded, after.kept) == (1, 0)


def test_a_file_that_grew_in_the_archive_is_downloaded_again(server, remote, client, tmp_path):
    Store(tmp_path, "openaq", client).fetch(remote)
    longer = server.files["/day.csv.gz"] = openaq_day(12, "2023-01-01", 8.125, 50.125)
    listed = RemoteFile(remote.name, remote.url, remote.check, len(longer))
    assert Store(tmp_path, "openaq", client).fetch(listed).read_bytes() == longer


@pytest.mark.parametrize(
    ("reply", "fault"), [(truncated(DAY), Failed), (PAGE, Failed), (busy(503), Failed), (None, Missing), (b"", Failed)]
)
def test_nothing_is_left_of_a_file_that_fails(server, remote, client, tmp_path, reply, fault):
    server.files["/day.csv.gz"] = reply
    store = Store(tmp_path, "openaq", client)
    with pytest.raises(fault):
        store.fetch(remote)
    store.write_manifest()
    assert names(tmp_path) == []


def test_an_empty_zip_file_is_not_kept(server, client, tmp_path):
    server.files["/a.zip"] = zipped({})
    store = Store(tmp_path, "eea", client)
    with pytest.raises(Missing):
        store.fetch(RemoteFile("a.zip", f"{server.base}/a.zip", zip_of(r".*\.parquet")))
    assert names(tmp_path) == []


def test_a_damaged_file_is_removed_also_if_the_server_has_it_no_more(server, remote, client, tmp_path):
    path = Store(tmp_path, "openaq", client).fetch(remote)
    path.write_bytes(DAY[:-1])
    del server.files["/day.csv.gz"]
    with pytest.raises(Missing):
        Store(tmp_path, "openaq", client).fetch(remote)
    assert not path.exists()


def test_a_folder_holds_one_archive(remote, client, tmp_path):
    store = Store(tmp_path, "openaq", client)
    store.fetch(remote)
    store.write_manifest()
    with pytest.raises(InputError, match="holds files of openaq; choose another folder for eea"):
        Store(tmp_path, "eea", client)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"archive": "openaq", "files": 3}'])
def test_a_broken_manifest(client, tmp_path, text):
    (tmp_path / "fetched.json").write_text(text)
    with pytest.raises(InputError, match="not readable as a manifest"):
        Store(tmp_path, "openaq", client)


def test_a_folder_that_cannot_be_written_to(remote, client, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"^out: "):
        Store(tmp_path / "file", "openaq", client)
    store = Store(tmp_path / "out", "openaq", client)
    (tmp_path / "out/a").write_text("a file where a folder is needed")
    with pytest.raises(InputError, match=r"^out: .* cannot be written"):
        store.fetch(remote)
