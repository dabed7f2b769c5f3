"""The small library with its desk, and an editor before its pages, signed in as people do it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from starlette.testclient import TestClient

from search_service.api import create_app
from search_service.desk.jobs import Job
from search_service.desk.keys import Key, Scope
from search_service.desk.opening import Desk, open_desk
from search_service.searcher import Searcher

FROM_HERE = {"accept": "text/html", "sec-fetch-site": "same-origin"}  # what a browser sends with a form of our own page
SIGN_IN = "/pflege/anmelden"


@dataclass(frozen=True, slots=True)
class Newsroom:
    """A running service, its desk, and a browser without scripts."""

    desk: Desk
    client: TestClient
    key: Key
    text: str  # of the key

    def sign_in(self, text: str | None = None):
        return self.client.post(SIGN_IN, data={"schluessel": self.text if text is None else text})

    def page(self, path: str, status: int = 200) -> str:
        """Return a page of /pflege, its entities read."""
        answer = self.client.get(f"/pflege{path}")
        assert answer.status_code == status, answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers
        assert answer.text.count("<h1") == 1
        return unescape(answer.text)

    def send(self, path: str, **fields: str | list[str]):
        """Send a form of /pflege; its answer, not followed."""
        return self.client.post(f"/pflege{path}", data=fields, follow_redirects=False)

    def order(self, path: str, **fields: str | list[str]) -> Job:
        """Send a form that becomes a job, and return it."""
        return self.job_of(self.send(path, **fields))

    def job_of(self, answer) -> Job:
        """Return the job whose page an answer leads to."""
        assert answer.status_code == 303, answer.text
        assert answer.headers["cache-control"] == "no-store"
        job = self.desk.jobs.find(
            re.fullmatch(r"/pflege/auftraege/(j[0-9a-f]{16})(?:\?schon=1)?", answer.headers["location"])[1]
        )
        assert job is not None
        return job

    def token(self, path: str) -> str:
        """Return what tells the form on a page from every other."""
        return re.search(r'name="vorgang" value="([^"]+)"', self.page(path))[1]


@contextmanager
def open_newsroom(searcher: Searcher, root: Path, desk: Desk | None = None, **options: object) -> Iterator[Newsroom]:
    """Serve `searcher` with a desk in the folder `root`; nobody is signed in yet."""
    desk = desk or open_desk(root)
    key, text = desk.keys.create("Redaktion", Scope.ADMIN)
    with TestClient(create_app(searcher, desk=desk, **options), headers=FROM_HERE) as client:
        yield Newsroom(desk, client, key, text)
