"""What editors may order, whichever way they ask: checked against what answers now, then a job for the worker."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping

from search_service.desk.jobs import Job, JobKind, JobState, Json
from search_service.desk.opening import Desk
from search_service.errors import NotFound, Withdrawn
from search_service.knowledge_base.former import FormerDocument
from search_service.knowledge_base.manifests import list_generations, list_published
from search_service.searcher import Searcher

_DOCUMENT_ID = re.compile(r"d[0-9a-f]{16}")  # as search_service.documents.make_document_id makes them


class Orders:
    """The orders of one knowledge base. Each returns the job that will do it; all may raise DeskUnavailable.

    A document that is unknown to what answers now may be known to the worker: then the job says what became of it.
    """

    def __init__(self, searcher: Searcher, desk: Desk) -> None:
        self._searcher = searcher
        self._desk = desk

    def require(self, document_id: str) -> None:
        """Raise NotFound without such a document; a withdrawn one can be put right before it is restored."""
        if not self._may_be_there(document_id):
            with contextlib.suppress(Withdrawn):
                self._searcher.library.document(document_id)

    def withdraw(self, document_id: str, reason: str | None) -> Job:
        """Let a document be shown no longer, with the reason that its readers are told; raise NotFound or Withdrawn."""
        try:
            if not self._may_be_there(document_id):
                self._searcher.library.document(document_id)
        except Withdrawn as error:
            raise Withdrawn(f"{error} Für einen anderen Grund bitte zuerst wiederherstellen.") from error
        return self._desk.jobs.add(JobKind.WITHDRAW, document_id=document_id, metadata={"reason": reason} if reason else None)

    def restore(self, document_id: str) -> Job:
        """Let a withdrawn document be shown again; raise NotFound."""
        if not self._may_be_there(document_id) and self.find_withdrawn(document_id) is None:
            raise NotFound(f"Ein zurückgezogenes Dokument mit der Kennung „{document_id}“ gibt es nicht.")
        return self._desk.jobs.add(JobKind.RESTORE, document_id=document_id)

    def edit(self, document_id: str, edits: Mapping[str, Json]) -> Job:
        """Let `edits` stand in place of what the file says, None giving a field back to it; raise NotFound."""
        self.require(document_id)
        return self._desk.jobs.add(JobKind.EDIT, document_id=document_id, metadata=edits)

    def roll_back(self, number: int) -> Job:
        """Let the kept generation of this number answer again; raise NotFound."""
        if number not in {each.number for each in list_published(self._desk.root)}:
            raise NotFound("Einen Stand mit dieser Nummer gibt es nicht (mehr). Bitte eine Nummer aus der Liste wählen.")
        return self._desk.jobs.add(JobKind.ROLL_BACK, generation=number)

    def publish(self) -> Job:
        """Let the newest state of the catalogue answer."""
        return self._desk.jobs.add(JobKind.PUBLISH)

    def reindex(self) -> Job:
        """Have all documents read again."""
        return self._desk.jobs.add(JobKind.REINDEX)

    def find_withdrawn(self, document_id: str) -> FormerDocument | None:
        """Return when and why a document was withdrawn, as what answers now knows it; None if it is not."""
        former = self._searcher.library.former_document(document_id)
        return former if former is not None and former.is_withdrawn else None

    def _may_be_there(self, document_id: str) -> bool:
        """Tell whether only the worker knows if there is such a document: not the newest state answers, or jobs are to come."""
        if not _DOCUMENT_ID.fullmatch(document_id):
            return False
        # Jobs are done oldest first: the newest is open if any is.
        is_changing = any(job.state in (JobState.QUEUED, JobState.RUNNING) for job in self._desk.jobs.list(1))
        return is_changing or self._searcher.status().generation < max(list_generations(self._desk.root), default=0)
