"""The small library, served."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from search_service.api import create_app
from search_service.searcher import Searcher
from tests.search_service.small_library import build_library


@pytest.fixture(scope="session")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """A searcher over the small library; to be read only."""
    return build_library(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="session")
def client(searcher: Searcher) -> Iterator[TestClient]:
    """A program that talks to the service."""
    with TestClient(create_app(searcher)) as client:
        yield client
