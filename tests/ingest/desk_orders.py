"""Ordering jobs as the service does, and having them done in the test's own process."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from ingest.blocks import Extraction
from ingest.errands import Errand
from ingest.extract import extract
from ingest.limits import DEFAULT_LIMITS
from ingest.pool import ExtractorPool
from ingest.worker import work
from search_service.desk.database import Database
from search_service.desk.inbox import INBOX, Inbox
from search_service.desk.jobs import Job, JobKind, Jobs, JobState, Json, make_job_id
from search_service.documents import Document
from search_service.errors import ChangeWissenError
from search_service.knowledge_base.generation import Generation
from search_service.knowledge_base.store import KnowledgeBase, Reader
from tests.stand_in_embedder import HashedWordsEmbedder

EMBEDDER = HashedWordsEmbedder(16)


class QuickPool(ExtractorPool):
    """Reads files in the test's own process: starting a confined one takes longer than everything else here."""

    def submit(self, path: Path) -> Future[Extraction]:
        reading: Future[Extraction] = Future()
        try:
            reading.set_result(extract(path, DEFAULT_LIMITS))
        except ChangeWissenError as error:
            reading.set_exception(error)
        return reading


@dataclass(frozen=True, slots=True)
class Office:
    """A knowledge base, the desk before it, and the folder of an operator."""

    root: Path
    folder: Path

    @property
    def jobs(self) -> Jobs:
        return Jobs(Database(self.root))

    def order(self, kind: JobKind, document_id: str | None = None, generation: int | None = None, **metadata: Json) -> Job:
        return self.jobs.add(kind, document_id=document_id, generation=generation, metadata=metadata)

    def upload(
        self, file: str, content: str | bytes, document_id: str | None = None, metadata: Mapping[str, Json] | None = None
    ) -> Job:
        job_id = make_job_id()
        path = Inbox(self.root).path(job_id, file)
        path.parent.mkdir(parents=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        kind = JobKind.ADD if document_id is None else JobKind.REPLACE
        return self.jobs.add(kind, job_id=job_id, document_id=document_id, file=file, metadata=metadata)

    def work(self) -> int:
        return work(lambda base: Errand(base, EMBEDDER), self.root, self.jobs, threading.Event(), once=True)

    def done(self, job: Job) -> Job:
        """Have everything done and return the job as it ended: DONE, with nothing left in the inbox."""
        ended = self.ended(job)
        assert ended.state is JobState.DONE, ended.detail
        return ended

    def failed(self, job: Job) -> str:
        """Have everything done and return why the job failed."""
        ended = self.ended(job)
        assert ended.state is JobState.FAILED, ended.detail
        assert ended.detail
        return ended.detail

    def ended(self, job: Job) -> Job:
        self.work()
        ended = self.jobs.find(job.id)
        assert ended is not None
        assert self.inbox() == []
        return ended

    def inbox(self) -> list[str]:
        folder = self.root / INBOX
        return sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []

    def uploads(self) -> dict[str, str]:
        folder = self.root / "uploads"
        return {path.name: path.read_text("utf-8") for path in sorted(folder.iterdir())} if folder.is_dir() else {}

    def current(self) -> Generation:
        generation, notice = Reader(self.root).current()
        assert notice is None
        return generation

    def texts(self) -> dict[str, str]:
        """Return what answers: the text of every document by its title."""
        generation = self.current()
        return {
            document.metadata.title: " ".join(generation.text(int(row)) for row in generation.rows_of(position))
            for position, document in enumerate(generation.documents)
        }

    def document(self, title: str) -> Document:
        with KnowledgeBase(self.root) as knowledge_base:
            return next(document for document in knowledge_base.documents() if document.metadata.title == title)
