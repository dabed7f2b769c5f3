"""Whether a worker is there to do the jobs: a lock that the system itself lets go of, however the worker ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

PRESENCE = "worker.lock"


@dataclass(frozen=True, slots=True)
class Sign:
    """What is known of workers."""

    is_there: bool | None  # None: the system does not say, as where the folder may not be read
    seen_at: datetime | None  # when one started, was done with a job, or ended last, UTC; None: never


class Presence:
    """The workers of the knowledge base in `root`: each says that it is there, the service looks. Safe between threads."""

    def __init__(self, root: Path) -> None:
        """Take the folder of the knowledge base; nothing is read or made yet."""
        self._path = root / PRESENCE
        self._looking = Lock()

    @contextmanager
    def announced(self) -> Iterator[None]:
        """Be there as long as the block lasts; several may. Raises OSError where the folder cannot be written."""
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_SH)  # waits for who looks, which takes microseconds
            self.note()
            yield
            self.note()
        finally:
            os.close(handle)

    def note(self) -> None:
        """Leave a sign of life for the time when nobody is there."""
        os.utime(self._path)

    def look(self) -> Sign:
        """Return whether a worker is there and when one was seen last. Two services that look at once may see each other."""
        with self._looking:
            try:
                handle = os.open(self._path, os.O_RDONLY)
            except FileNotFoundError:
                return Sign(False, None)
            except OSError:
                return Sign(None, None)
            try:
                seen_at = datetime.fromtimestamp(os.fstat(handle).st_mtime, UTC)
                return Sign(_is_held(handle), seen_at)
            finally:
                os.close(handle)


def _is_held(handle: int) -> bool | None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return None
    return False
