"""Requests: waiting, bounded attempts, redirects, and what reaches the server."""

import gzip
import socket

import pytest
from archives.archive_server import ERROR, PAGE, Reply, busy, redirect, truncated

import aqnet_pyg
from aqnet_pyg.archives.client import ATTEMPTS, Client
from aqnet_pyg.archives.faults import Damaged, Failed, Missing
from aqnet_pyg.errors import InputError


@pytest.fixture
def waits():
    return []


@pytest.fixture
def client(waits):
    one = Client(waits.append)
    yield one
    one.close()


def accept(path):
    """A check that every file passes."""


def test_a_file_is_saved_as_it_is_sent(server, client, tmp_path):
    server.files["/a.bin"] = bytes(range(256)) * 5000
    received = []
    client.progress = received.append
    client.download(f"{server.base}/a.bin", tmp_path / "a", accept, size=256 * 5000)
    assert (tmp_path / "a").read_bytes() == server.files["/a.bin"]
    assert sum(received) == 256 * 5000
    _, _, headers, _ = server.requests[0]
    assert headers["User-Agent"].startswith(f"aqnet-pyg/{aqnet_pyg.__version__} ")
    assert headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("demanded", "expected"), [("0", 0.0), ("7", 7.0), (None, 1.0), ("soon", 1.0), ("-3", 0.0)])
def test_a_busy_server_is_given_the_time_that_it_demands(server, client, waits, tmp_path, status, demanded, expected):
    server.files["/a"] = b"a"
    server.first["/a"] = [busy(status, demanded)]
    client.download(f"{server.base}/a", tmp_path / "a", accept)
    assert waits == [expected]


def test_retry_after_may_be_a_date(server, client, waits, tmp_path):
    server.files["/a"] = b"a"
    server.first["/a"] = [busy(429, "Wed, 21 Oct 2015 07:28:00 GMT")]
    client.download(f"{server.base}/a", tmp_path / "a", accept)
    assert waits == [0.0]


def test_the_reset_of_openaq_is_respected(server, client, waits):
    server.files["/a"] = b"{}"
    server.first["/a"] = [Reply(b"", 429, {"x-ratelimit-reset": "42"})]
    assert client.json(f"{server.base}/a") == {}
    assert waits == [42.0]


def test_attempts_are_bounded(server, client, waits, tmp_path):
    server.files["/a"] = busy(503, None)
    with pytest.raises(Failed, match=f"HTTP status 503, {ATTEMPTS} times"):
        client.download(f"{server.base}/a", tmp_path / "a", accept)
    assert len(server.requests) == ATTEMPTS
    assert waits == [1.0, 2.0, 4.0, 8.0]


def test_a_demand_for_hours_is_not_waited_for(server, client, waits, tmp_path):
    server.files["/a"] = busy(429, "7200")
    with pytest.raises(Failed, match="demands a pause of 120 minutes"):
        client.download(f"{server.base}/a", tmp_path / "a", accept)
    assert waits == []
    assert len(server.requests) == 1


def test_a_truncated_file_is_requested_again(server, client, waits, tmp_path):
    body = b"0123456789" * 1000
    server.files["/a"] = body
    server.first["/a"] = [truncated(body)]
    client.download(f"{server.base}/a", tmp_path / "a", accept)
    assert (tmp_path / "a").read_bytes() == body
    assert waits == [1.0]


def test_a_file_that_is_always_truncated_fails(server, client, tmp_path):
    server.files["/a"] = truncated(b"0123456789" * 1000)
    with pytest.raises(Failed, match="5 times"):
        client.download(f"{server.base}/a", tmp_path / "a", accept)


def test_a_size_other_than_in_the_listing_fails(server, client, tmp_path):
    server.files["/a"] = b"abc"
    with pytest.raises(Failed, match="it has 3 bytes in place of 4, 5 times"):
        client.download(f"{server.base}/a", tmp_path / "a", accept, size=4)


def test_a_damaged_file_is_requested_again(server, client, tmp_path):
    server.files["/a"] = b"a"
    seen = []

    def check(path):
        seen.append(path)
        if len(seen) == 1:
            raise Damaged("damaged")

    client.download(f"{server.base}/a", tmp_path / "a", check)
    assert len(seen) == 2


@pytest.mark.parametrize("status", [204, 404, 410])
def test_an_absent_file(server, client, waits, tmp_path, status):
    server.files["/a"] = Reply(b"", status)
    with pytest.raises(Missing, match=rf"not on the server \(HTTP status {status}\)"):
        client.download(f"{server.base}/a", tmp_path / "a", accept)
    assert waits == []


def test_a_refused_request(server, client, waits, tmp_path):
    server.files["/a"] = Reply(ERROR, 403)
    with pytest.raises(Failed, match="HTTP status 403") as caught:
        client.download(f"{server.base}/a", tmp_path / "a", accept)
    assert caught.value.status == 403
    assert waits == []


def test_a_redirect_on_the_same_host_is_followed(server, client, tmp_path):
    server.files |= {"/a": redirect("/b/../c"), "/c": b"moved"}
    client.download(f"{server.base}/a", tmp_path / "a", accept)
    assert (tmp_path / "a").read_bytes() == b"moved"


def test_a_redirect_to_another_host_is_refused(server, client, tmp_path):
    server.files["/a"] = redirect("https://portal.example/login")
    with pytest.raises(Failed, match=r"redirects to another host, https://portal.example"):
        client.download(f"{server.base}/a", tmp_path / "a", accept)
    assert server.paths == ["/a"]


def test_redirects_in_a_circle_end(server, client, tmp_path):
    server.files |= {"/a": redirect("/b"), "/b": redirect("/a")}
    with pytest.raises(Failed, match="redirects more than"):
        client.download(f"{server.base}/a", tmp_path / "a", accept)


def test_a_gzip_file_marked_as_compressed_answer_stays_one(server, client, tmp_path):
    packed = gzip.compress(b"text" * 100)
    server.files["/a.csv.gz"] = Reply(packed, 200, {"Content-Encoding": "gzip"})
    client.download(f"{server.base}/a.csv.gz", tmp_path / "a", accept, size=len(packed))
    assert (tmp_path / "a").read_bytes() == packed


def test_other_files_are_decompressed_if_the_server_compresses_them(server, client, tmp_path):
    server.files["/a.dat"] = Reply(gzip.compress(b"text" * 100), 200, {"Content-Encoding": "gzip"})
    client.download(f"{server.base}/a.dat", tmp_path / "a", accept)
    assert (tmp_path / "a").read_bytes() == b"text" * 100


def test_a_body_is_posted_as_json(server, client, tmp_path):
    server.files["/a"] = b"a"
    client.download(f"{server.base}/a", tmp_path / "a", accept, body={"countries": ["DE"]})
    method, _, _, body = server.requests[0]
    assert (method, body) == ("POST", {"countries": ["DE"]})


def test_a_page_in_place_of_json(server, client):
    server.files["/a"] = PAGE
    with pytest.raises(Failed, match="returned no JSON but '<!DOCTYPE html>"):
        client.json(f"{server.base}/a")


def test_a_server_that_cannot_be_reached(client, waits, tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(
            InputError, match=rf"^base: 127\.0\.0\.1:{port} cannot be reached .*Connection refused.*; check"
        ):
            client.download(f"http://127.0.0.1:{port}/a", tmp_path / "a", accept)
    assert len(waits) == ATTEMPTS - 1
