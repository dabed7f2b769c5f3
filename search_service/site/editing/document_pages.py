"""The pages of documents: finding one, its metadata, withdrawing it and bringing it back."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from search_service.admin_questions import MAX_NOTE, check_reason
from search_service.desk.jobs import JobKind
from search_service.desk.opening import Desk
from search_service.documents import Document
from search_service.errors import NotFound, Withdrawn
from search_service.knowledge_base.former import FormerDocument
from search_service.links import page_path
from search_service.orders import Orders
from search_service.passage_view import list_labels, name_format
from search_service.queries import DocumentOrder, Filters, Listing
from search_service.searcher import Searcher
from search_service.site.editing.file_rules import describe_file_rules
from search_service.site.editing.frame import DOCUMENTS, WITHDRAWN, Frame, edit_path, job_path, make_router, order
from search_service.site.editing.job_view import JobView, view_job
from search_service.site.editing.metadata_form import NAMES, accept, check, fill, pack, read_typed, unpack, view_fields
from search_service.site.sent_form import Form, SentForm
from search_service.suggestions import name_suggestions

PER_PAGE = 25
MAX_WORDS = 200  # characters of what is looked for
ACCEPTING = "vorschlaege"  # in the address of a document: its suggestions are entered
NOTHING_CHANGED = "Es wurde nichts geändert: Alle Felder stehen noch so, wie sie waren."
ORDERS = {
    "titel": ("Titel", DocumentOrder.TITLE, False),
    "neu": ("Zuletzt aufgenommen", DocumentOrder.INDEXED_AT, True),
    "jahr": ("Erscheinungsjahr", DocumentOrder.YEAR, True),
}


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document in the list."""

    title: str
    link: str
    facts: str
    is_older: bool  # a newer edition answers in its place


class DocumentPages:
    """The pages of documents."""

    def __init__(self, frame: Frame, searcher: Searcher, desk: Desk, orders: Orders) -> None:
        self._frame = frame
        self._searcher = searcher
        self._desk = desk
        self._orders = orders

    def create_routes(self) -> APIRouter:
        """Return the routes."""
        one = f"{DOCUMENTS.path}/{{document_id}}"
        return make_router(
            ("GET", DOCUMENTS.path, self.show_documents),
            ("GET", WITHDRAWN.path, self.show_withdrawn),
            ("GET", one, self.show_document),
            ("POST", one, self.edit),
            ("GET", f"{one}/zurueckziehen", self.show_withdrawal),
            ("POST", f"{one}/zurueckziehen", self.withdraw),
            ("POST", f"{one}/wiederherstellen", self.restore),
        )

    def show_documents(self, request: Request) -> Response:
        """Show a page of the documents whose title, author, publisher or id has what is looked for."""
        asked = request.query_params
        words, chosen = asked.get("titel", "")[:MAX_WORDS].strip(), asked.get("folge", "titel")
        chosen = chosen if chosen in ORDERS else "titel"
        _, by, descending = ORDERS[chosen]
        page = _read_page(asked.get("seite", ""))
        listing = Listing(Filters(older_editions=True), by, descending, page, PER_PAGE)
        found = self._searcher.library.list_documents(listing, words)
        last = max(1, -(-found.total // PER_PAGE))

        def link(number: int) -> str:
            given = {"titel": words, "folge": chosen if chosen != "titel" else "", "seite": str(number) if number > 1 else ""}
            parameters = urlencode({name: value for name, value in given.items() if value})
            return f"{DOCUMENTS.path}?{parameters}" if parameters else DOCUMENTS.path

        return self._frame.answer(
            request,
            "documents.html",
            DOCUMENTS,
            words=words,
            orders=[(value, label, value == chosen) for value, (label, _, _) in ORDERS.items()],
            documents=[_view_line(document) for document in found.documents],
            total=found.total,
            page=page,
            last=last,
            before=link(min(page - 1, last)) if page > 1 else None,
            after=link(page + 1) if page < last else None,
            generation=found.generation,
        )

    def show_withdrawn(self, request: Request) -> Response:
        """Show the withdrawn documents, the latest first."""
        former = [each for each in self._searcher.library.former_documents() if each.is_withdrawn]
        former.sort(key=lambda each: (each.gone_at, each.id), reverse=True)
        restoring = {job.document_id: job_path(job.id) for job in self._desk.jobs.list_open() if job.kind is JobKind.RESTORE}
        return self._frame.answer(request, "withdrawn.html", WITHDRAWN, documents=former, restoring=restoring)

    def show_document(self, request: Request, document_id: str) -> Response:
        """Show what is known of a document, to be changed; of a withdrawn one the way to bring it back."""
        return self.show_form(request, document_id, is_accepting=ACCEPTING in request.query_params)

    def show_form(
        self,
        request: Request,
        document_id: str,
        *,
        form: Form | None = None,
        faults: dict[str, str] | None = None,
        file_fault: str | None = None,
        nothing: str | None = None,
        is_accepting: bool = False,
        status: int = HTTPStatus.OK,
    ) -> Response:
        """Show the page of a document, with what was typed into `form` and what is wrong with it.

        `is_accepting`: what its text suggests is entered already, to be saved.
        """
        document = self._find(document_id)
        if isinstance(document, FormerDocument):
            return self._frame.answer(
                request, "restoring.html", WITHDRAWN, document=document, open_jobs=self._list_open(document_id, document.title)
            )
        shown = unpack(form.text("vorher")) if form else fill(document.metadata)
        suggestions = document.metadata.suggestions
        typed = read_typed(form.values(NAMES)) if form else accept(shown, suggestions) if is_accepting else shown
        return self._frame.answer(
            request,
            "document.html",
            DOCUMENTS,
            status,
            document=document,
            format=name_format(document),
            page_link=page_path(document.id),
            edit_link=edit_path(document.id),
            fields=view_fields(typed, faults or {}),
            faults=faults or {},
            before=pack(shown),
            nothing=nothing,
            suggested=name_suggestions(suggestions) if form is None else None,
            accept_link=None if is_accepting else f"{edit_path(document.id)}?{ACCEPTING}=1#angaben",
            file_fault=file_fault,
            open_jobs=self._list_open(document_id, document.metadata.title),
            **describe_file_rules(self._desk),
        )

    def edit(self, request: Request, document_id: str, form: SentForm) -> Response:
        """Order what was changed in the form; what stands as it was is left alone, whoever has changed it meanwhile."""
        edits, faults = check(read_typed(form.values(NAMES)), unpack(form.text("vorher")))
        if faults:
            return self.show_form(request, document_id, form=form, faults=faults, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        if not edits:
            return self.show_form(request, document_id, form=form, nothing=NOTHING_CHANGED)
        return order(request, form, lambda: self._orders.edit(document_id, edits))

    def show_withdrawal(self, request: Request, document_id: str) -> Response:
        """Ask whether a document shall be withdrawn, and why."""
        return self._ask_for_reason(request, document_id)

    def withdraw(self, request: Request, document_id: str, form: SentForm) -> Response:
        """Order a document to be shown no longer."""
        reason, fault = check_reason(form.text("grund"))
        if fault is not None:
            return self._ask_for_reason(request, document_id, form.text("grund"), fault, HTTPStatus.UNPROCESSABLE_ENTITY)
        return order(request, form, lambda: self._orders.withdraw(document_id, reason))

    def restore(self, request: Request, document_id: str, form: SentForm) -> Response:
        """Order a withdrawn document to be shown again."""
        return order(request, form, lambda: self._orders.restore(document_id))

    def _ask_for_reason(
        self, request: Request, document_id: str, reason: str = "", fault: str | None = None, status: int = HTTPStatus.OK
    ) -> Response:
        document = self._find(document_id)
        if isinstance(document, FormerDocument):
            raise Withdrawn("Dieses Dokument ist schon zurückgezogen. Unter „Zurückgezogen“ lässt es sich wiederherstellen.")
        return self._frame.answer(
            request,
            "withdrawal.html",
            DOCUMENTS,
            status,
            document=document,
            edit_link=edit_path(document.id),
            reason=reason,
            fault=fault,
            longest=MAX_NOTE,
        )

    def _find(self, document_id: str) -> Document | FormerDocument:
        """Return a document, or when and why it was withdrawn; raise NotFound."""
        with contextlib.suppress(Withdrawn):
            return self._searcher.library.document(document_id)
        former = self._orders.find_withdrawn(document_id)
        if former is None:
            raise NotFound(f"Ein Dokument mit der Kennung „{document_id}“ gibt es nicht (mehr). Bitte in der Liste suchen.")
        return former

    def _list_open(self, document_id: str, title: str) -> list[JobView]:
        return [view_job(job, title) for job in self._desk.jobs.list_open() if job.document_id == document_id]


def _view_line(document: Document) -> DocumentLine:
    known = document.metadata
    facts = " · ".join((*list_labels(known), name_format(document)))
    return DocumentLine(known.title, edit_path(document.id), facts, document.newer_edition is not None)


def _read_page(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= 6 else 1
