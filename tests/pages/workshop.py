"""A small house of one's own for tests that change what is in it: a desk, and a worker that is sent for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingest.errands import Errand
from ingest.worker import work
from search_service.api import create_app
from search_service.desk.keys import Scope
from search_service.desk.opening import Desk, open_desk
from tests.search_service.small_library import NarrowEmbedder, build_library
from tests.serving import serve


@dataclass(frozen=True, slots=True)
class Workshop:
    """A running service with its desk."""

    whole: str  # address
    root: Path  # of the knowledge base
    desk: Desk
    key: str

    def do_jobs(self) -> None:
        """Do all jobs that wait, as the worker does."""
        embedder = NarrowEmbedder()
        work(lambda base: Errand(base, embedder), self.root, self.desk.jobs, threading.Event(), once=True)


@contextmanager
def open_workshop(root: Path) -> Iterator[Workshop]:
    """Build the small library in the folder `root` and serve it."""
    searcher = build_library(root)
    desk = open_desk(root / "kb")
    _, key = desk.keys.create("Redaktion", Scope.ADMIN)
    with serve(create_app(searcher, desk=desk)) as address:
        yield Workshop(address, root / "kb", desk, key)
    desk.gaps.close()
