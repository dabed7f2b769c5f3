"""How far a job is, told to who waits for it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from ingest.report import FileReport
from search_service.desk.jobs import JobStep
from search_service.errors import DeskUnavailable

LOGGER = logging.getLogger(__name__)
EVERY_SECONDS = 1.0  # at most: each note is a transaction that waits for the disk

Note = Callable[[JobStep, int | None, int | None], None]


class JobProgress:
    """Notes a new step at once and its counts every EVERY_SECONDS at most; one that cannot be written is lost."""

    def __init__(self, note: Note, clock: Callable[[], float] = time.monotonic) -> None:
        """Take what records step, how many are done and of how many; it may raise DeskUnavailable. The job begins now."""
        self._note = note
        self._clock = clock
        self._noted: tuple[JobStep, float] | None = None
        self._files = (0, 0)  # done, offered
        self._tell(JobStep.PREPARE)

    def offered(self, total: int) -> None:
        """`total` files will be looked at."""
        self._files = (0, total)
        self._tell(JobStep.READ, *self._files)

    def finished(self, report: FileReport) -> None:
        """One of them has ended in its state."""
        done, total = self._files
        self._files = (done + 1, total)
        self._tell(JobStep.READ, *self._files)

    def embedded(self, done: int, total: int) -> None:
        """`done` of `total` passages without a vector have one now."""
        self._tell(JobStep.EMBED, done, total)

    def publishing(self) -> None:
        """The index is written."""
        self._tell(JobStep.PUBLISH)

    def _tell(self, step: JobStep, done: int | None = None, total: int | None = None) -> None:
        now = self._clock()
        if self._noted is not None and self._noted[0] is step and now - self._noted[1] < EVERY_SECONDS:
            return
        self._noted = (step, now)
        try:
            self._note(step, done, total)
        except DeskUnavailable as error:
            LOGGER.debug("the progress of a job is not recorded: %s", error)
