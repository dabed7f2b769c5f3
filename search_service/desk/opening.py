"""Everything the desk of one knowledge base consists of, put together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from search_service.desk.database import Database
from search_service.desk.gaps import GapCounter
from search_service.desk.inbox import DEFAULT_MAX_MEGABYTES, Inbox
from search_service.desk.jobs import Jobs
from search_service.desk.keys import Keys
from search_service.desk.presence import Presence


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk of one knowledge base."""

    root: Path  # folder of the knowledge base
    keys: Keys
    jobs: Jobs
    inbox: Inbox
    gaps: GapCounter
    presence: Presence  # of the worker


def open_desk(root: Path, max_megabytes: int = DEFAULT_MAX_MEGABYTES) -> Desk:
    """Return the desk of the knowledge base in `root`. Nothing is read or made before it is needed.

    `max_megabytes` is the largest upload, in millions of bytes.
    """
    database = Database(root)
    inbox = Inbox(root, max_megabytes * 1_000_000)
    return Desk(root, Keys(database), Jobs(database), inbox, GapCounter(root, database), Presence(root))
