"""The whole house as the tests of the pages visit it: every kind of source, a desk, and services that lack something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from ingest.page_images import ConfinedPages
from ingest.pipeline import ingest
from search_service.api import create_app
from search_service.desk.jobs import JobKind, JobState, JobStep
from search_service.desk.keys import Scope
from search_service.desk.opening import Desk, open_desk
from search_service.errors import KnowledgeBaseMissing
from search_service.knowledge_base.originals import PAGE_IMAGES
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.page_image_cache import PageImageCache
from search_service.page_images import PageImages
from search_service.searcher import Searcher
from tests.search_service.served import CrashingSearcher
from tests.search_service.small_library import NarrowEmbedder, build_library
from tests.serving import serve

CORPUS = Path(__file__).parents[2] / "corpus"
# Real files beside the hand-written library, so that there is a page to draw and a text to read.
SHEETS = "beratung/qualifizierungsplanung-kmu.pdf"
READING = "wissen/checkliste-einfuehrung-software.docx"
LEAVING = "lernreisen/nachlese-lernreise-pflege-digital.txt"  # withdrawn after a generation that still had it
NOTHING_YET = KnowledgeBaseMissing("Im Ordner der Wissensbasis liegt noch nichts.")
NO_MODEL = "Das Sprachmodell lässt sich nicht laden. Betreiber finden Abhilfe im Handbuch."

# What a program asks, and what is part of a page.
NO_PAGES = ("/api/", "/docs", "/static/", "/metrics", "/health", "/ready", "/favicon.ico", "/opensearch.xml")
PARTS = ("/stand",)


@dataclass(frozen=True, slots=True)
class Source:
    """A document of the house and the ids of its passages, in reading order."""

    document: str
    passages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class House:
    """Running services over one knowledge base; addresses without a path."""

    whole: str  # with a desk, page images and a model
    wordless: str  # without a model
    empty: str  # without a knowledge base
    root: Path  # of the knowledge base
    desk: Desk
    key: str  # opens the desk
    sheets: Source  # a PDF
    reading: Source  # a DOCX
    former: Source  # withdrawn
    jobs: Mapping[str, str]  # state -> id of a job in it
    pages: tuple[str, ...]  # templates of the addresses under which there is a page: "/dokument/{document_id}"

    def address(self, service: str) -> str:
        """Return the address of one of the services by its name."""
        return {"whole": self.whole, "wordless": self.wordless, "empty": self.empty}[service]


def furnish(root: Path) -> tuple[Searcher, dict[str, Source]]:
    """Build the knowledge base in `root / "kb"` and return a searcher over it, with the real documents by their path."""
    searcher = build_library(root)
    with KnowledgeBase(root / "kb") as knowledge_base:
        ingest([CORPUS / name for name in (SHEETS, READING, LEAVING)], knowledge_base, embedder=NarrowEmbedder())
        sources = {name: _find_source(root / "kb", knowledge_base, name) for name in (SHEETS, READING, LEAVING)}
        knowledge_base.withdraw(sources[LEAVING].document, "Die Veranstaltung ist abgesagt.")
        knowledge_base.publish()
    return searcher, sources


def _find_source(root: Path, knowledge_base: KnowledgeBase, name: str) -> Source:
    (document,) = (each for each in knowledge_base.documents() if each.location.endswith(name))
    _, passages, _ = Searcher(Reader(root)).library.document_with_passages(document.id)
    return Source(document.id, tuple(passage.id for passage in passages))


def fill_desk(desk: Desk) -> dict[str, str]:
    """Leave on the desk what editors find there on any morning: jobs in every state, whose ids are returned, and gaps."""
    done = desk.jobs.add(JobKind.ADD, file="leitfaden-pausen.pdf")
    failed = desk.jobs.add(JobKind.ADD, file="<b>gescannt</b> & verschlüsselt.pdf")
    running = desk.jobs.add(JobKind.REINDEX)
    queued = desk.jobs.add(JobKind.WITHDRAW, document_id="d0000000000000007", metadata={"reason": "überholt"})
    for job, state, detail in (
        (done, JobState.DONE, "„leitfaden-pausen.pdf“ ist aufgenommen: 12 Textstellen."),
        (failed, JobState.FAILED, "Die Datei ist mit einem Passwort geschützt. Bitte ohne Schutz speichern."),
    ):
        assert desk.jobs.take_next() is not None
        desk.jobs.finish(job.id, state, detail)
    assert desk.jobs.take_next() == desk.jobs.find(running.id)
    desk.jobs.note_progress(running.id, JobStep.READ, 3, 19)
    for client in ("192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"):
        desk.gaps.note({"quastenflosser": "Quastenflosser"}, client, datetime.now(UTC).date())
    desk.gaps.flush()
    return {"done": done.id, "failed": failed.id, "running": running.id, "queued": queued.id}


def list_pages(app: FastAPI) -> tuple[str, ...]:
    """Return the templates of the addresses that answer a browser with a page."""
    routes = [(context.path or "", context.original_route) for context in iter_route_contexts(app.routes)]
    return tuple(
        dict.fromkeys(
            path
            for path, route in routes
            if "GET" in (getattr(route, "methods", None) or ())
            and not getattr(route, "include_in_schema", False)
            and not path.startswith(NO_PAGES)
            and not path.endswith(PARTS)
        )
    )


@contextmanager
def open_house(root: Path) -> Iterator[House]:
    """Build everything in the folder `root` and serve it."""
    searcher, sources = furnish(root)
    kb = root / "kb"
    desk = open_desk(kb)
    _, key = desk.keys.create("Redaktion", Scope.ADMIN)
    jobs = fill_desk(desk)
    with ExitStack() as doors:
        drawer = doors.enter_context(ConfinedPages())
        images = PageImages(drawer, PageImageCache(kb / PAGE_IMAGES))
        doors.callback(desk.gaps.close)
        app = create_app(searcher, page_images=images, desk=desk)
        yield House(
            whole=doors.enter_context(serve(app)),
            wordless=doors.enter_context(serve(create_app(Searcher(Reader(kb), None, NO_MODEL)))),
            empty=doors.enter_context(serve(create_app(CrashingSearcher(NOTHING_YET)))),
            root=kb,
            desk=desk,
            key=key,
            sheets=sources[SHEETS],
            reading=sources[READING],
            former=sources[LEAVING],
            jobs=jobs,
            pages=list_pages(app),
        )
