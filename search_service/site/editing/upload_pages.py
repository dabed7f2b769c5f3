"""The pages that take a file: a new document, and another file for one that is there."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from search_service.desk.forms import FILE, UploadForm
from search_service.desk.jobs import JobKind, Json
from search_service.desk.opening import Desk
from search_service.errors import ChangeWissenError, FileTooLarge, InvalidQuery, NoSpace, UnsuitableFile
from search_service.orders import Orders
from search_service.receiving import Reception, read_away
from search_service.site.editing.document_pages import DocumentPages
from search_service.site.editing.file_rules import describe_file_rules
from search_service.site.editing.frame import DOCUMENTS, UPLOAD, Frame, lead_to_job, make_router
from search_service.site.editing.gate import TOKEN, find_editor
from search_service.site.editing.metadata_form import FIELDS, NAMES, Typed, check, read_typed, view_fields

NO_FILE = "Bitte eine Datei wählen."
FILE_AGAIN = "Die Datei muss noch einmal gewählt werden: Ein Browser füllt dieses Feld nicht wieder aus."
_STATUS: Mapping[type[ChangeWissenError], HTTPStatus] = {
    FileTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnsuitableFile: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    NoSpace: HTTPStatus.INSUFFICIENT_STORAGE,
}


class _Faulty(Exception):  # found while a form is read
    """The metadata of an upload cannot be taken."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__()
        self.faults = faults


class UploadPages:
    """The pages that take a file."""

    def __init__(self, frame: Frame, desk: Desk, orders: Orders, documents: DocumentPages) -> None:
        """Take the pages of documents, one of which a file for a document that is there stands on."""
        self._frame = frame
        self._desk = desk
        self._orders = orders
        self._documents = documents

    def create_routes(self) -> APIRouter:
        """Return the routes."""
        return make_router(
            ("GET", UPLOAD.path, self.show_form),
            ("POST", UPLOAD.path, self.add),
            ("POST", f"{DOCUMENTS.path}/{{document_id}}/datei", self.replace),
        )

    def show_form(self, request: Request) -> Response:
        """Show the empty form."""
        return self._show(request, {}, {}, HTTPStatus.OK)

    async def add(self, request: Request) -> Response:
        """Take a new document; what is wrong is told beside its field, and what was typed stays."""
        reception = Reception(self._desk, (TOKEN, *sorted(NAMES)), is_page=True)
        try:
            return await self._take(request, reception, JobKind.ADD, None)
        except (_Faulty, InvalidQuery, FileTooLarge, UnsuitableFile, NoSpace) as refusal:
            await read_away(request)
            faults, status = _explain(refusal, reception)
            return await run_in_threadpool(self._show, request, read_typed(reception.texts), faults, status)

    async def replace(self, request: Request, document_id: str) -> Response:
        """Take another file for a document; its metadata stays."""
        await run_in_threadpool(self._orders.require, document_id)
        reception = Reception(self._desk, (TOKEN,), is_page=True)
        try:
            return await self._take(request, reception, JobKind.REPLACE, document_id)
        except (InvalidQuery, FileTooLarge, UnsuitableFile, NoSpace) as refusal:
            await read_away(request)
            faults, status = _explain(refusal, reception)
            return await run_in_threadpool(
                self._documents.show_form, request, document_id, file_fault=faults[FILE], status=status
            )

    async def _take(self, request: Request, reception: Reception, kind: JobKind, document_id: str | None) -> Response:
        session, path = find_editor(request), request.url.path

        def order(job_id: str, form: UploadForm) -> tuple[str, bool]:
            token = (form.find_text(TOKEN) or b"").decode("ascii", "replace")
            earlier = session.find_order(path, token)
            if earlier is not None:
                return earlier, False
            metadata = self._check(reception)
            file = form.finish().name
            return session.order_once(
                path,
                token,
                lambda: self._desk.jobs.add(kind, job_id=job_id, document_id=document_id, file=file, metadata=metadata),
            )

        return lead_to_job(*await reception.take(request, order))

    def _check(self, reception: Reception) -> dict[str, Json]:
        metadata, faults = check(read_typed(reception.texts))
        if faults:
            raise _Faulty(faults)
        return metadata

    def _show(self, request: Request, typed: Typed, faults: Mapping[str, str], status: HTTPStatus) -> Response:
        return self._frame.answer(
            request,
            "upload.html",
            UPLOAD,
            status,
            fields=view_fields(typed, faults),
            faults=faults,
            has_field_faults=bool(faults.keys() - {FILE}),
            filled=[field.label for field in FIELDS if typed.get(field.name)],
            file_fault=faults.get(FILE),
            **describe_file_rules(self._desk),
        )


def _explain(refusal: Exception, reception: Reception) -> tuple[dict[str, str], HTTPStatus]:
    """Return by field what is wrong, the file always included, and the status of the answer."""
    if isinstance(refusal, _Faulty):
        return {**refusal.faults, FILE: FILE_AGAIN}, HTTPStatus.UNPROCESSABLE_ENTITY
    status = _STATUS.get(type(refusal), HTTPStatus.UNPROCESSABLE_ENTITY)  # type: ignore[arg-type]
    if isinstance(refusal, InvalidQuery) and not reception.has_file:
        return {FILE: NO_FILE if refusal.field == FILE else str(refusal)}, status
    return {FILE: str(refusal)}, status
