import pytest
from archives.archive_server import ArchiveServer


@pytest.fixture
def server():
    one = ArchiveServer()
    yield one
    one.close()
