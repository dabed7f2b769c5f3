"""A web server on this machine, and a shelf for what is fetched from it."""

import pytest

from ingest.web.shelf import Shelf
from tests.ingest.web.local_server import LocalServer


@pytest.fixture
def server():
    with LocalServer().running() as running:
        yield running


@pytest.fixture
def shelf(tmp_path):
    with Shelf(tmp_path / "fetched") as opened:
        yield opened
