"""Whether a worker is there to do the jobs: a lock that the system itself lets go of, however the worker ends."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

LOGGER = logging.getLogger(__name__)
PRESENCE = "worker.lock"


@dataclass(frozen=True, slots=True)
class Sign:
    """What is known of workers."""

    is_there: bool | None  # None: the system does not say, as where the folder may not be read
    seen_at: datetime | None  # when one started, was done with a job, or ended last, UTC; None: never


class Announcement:
    """What a worker says of itself. Where that cannot be written it works on unseen: jobs matter more than being seen."""

    def __init__(self, path: Path) -> None:
        """Take the file that is locked; nothing is made yet."""
        self._path = path
        self._handle: int | None = None
        self._is_told = False  # that it cannot be written, in the log

    def renew(self) -> None:
        """Be there again if the file was removed or put in another's place since; cheap enough for every second."""
        try:
            if not self._stands():
                self.end()
                self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
                fcntl.flock(self._handle, fcntl.LOCK_SH)  # waits for who looks, which takes microseconds
        except OSError as error:
            self._tell(error)

    def note(self) -> None:
        """Leave a sign of life for the time when nobody is there."""
        self.renew()
        try:
            if self._handle is not None:
                os.utime(self._handle)
        except OSError as error:
            self._tell(error)

    def end(self) -> None:
        """Be there no more."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _stands(self) -> bool:
        """Tell whether the file that is held is the one that who looks will find."""
        try:
            return self._handle is not None and os.path.samestat(os.fstat(self._handle), self._path.stat())
        except FileNotFoundError:
            return False

    def _tell(self, error: OSError) -> None:
        if not self._is_told:
            LOGGER.warning(
                "%s cannot be used (%s): jobs are done, but the health page cannot tell that a worker is there; "
                "let the worker's account own the file, or delete it",
                self._path,
                error.strerror,
            )
        self._is_told = True


class Presence:
    """The workers of the knowledge base in `root`: each says that it is there, the service looks. Safe between threads."""

    def __init__(self, root: Path) -> None:
        """Take the folder of the knowledge base; nothing is read or made yet."""
        self._path = root / PRESENCE
        self._looking = Lock()

    @contextmanager
    def announced(self) -> Iterator[Announcement]:
        """Be there as long as the block lasts, with a sign of life at its start and end; several may."""
        announcement = Announcement(self._path)
        try:
            announcement.note()
            yield announcement
            announcement.note()
        finally:
            announcement.end()

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
