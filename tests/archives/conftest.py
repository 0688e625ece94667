import pytest
from archives.archive_server import ArchiveServer


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    one = ArchiveServer()
    yield one
    one.close()
