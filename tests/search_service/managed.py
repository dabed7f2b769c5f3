"""The small library with its administration, as the tests of the administration ask it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.testclient import TestClient

from search_service.access import Attempts
from search_service.api import create_app
from search_service.desk.keys import Scope
from search_service.desk.opening import Desk, open_desk
from search_service.links import API
from search_service.routes.admin import create_admin_routes
from search_service.searcher import Searcher

ADMIN = f"{API}/admin"


@dataclass(frozen=True, slots=True)
class Office:
    """A running service, its desk, and a client with a key for the administration."""

    desk: Desk
    client: TestClient
    key: str  # that the client shows


@contextmanager
def open_office(searcher: Searcher, root: Path, desk: Desk | None = None) -> Iterator[Office]:
    """Serve `searcher` with a desk in the folder `root`."""
    desk = desk or open_desk(root)
    app = create_app(searcher)
    app.include_router(create_admin_routes(searcher, desk, None, Attempts()), prefix=API)
    _, key = desk.keys.create("Redaktion", Scope.ADMIN)
    with TestClient(app, headers={"authorization": f"Bearer {key}"}) as client:
        yield Office(desk, client, key)
