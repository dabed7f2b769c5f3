"""Documents under `/api/v1/admin`: upload, replace, withdraw, restore, edit. Each becomes a job; the worker does it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from search_service.admin_answers import JobAnswer
from search_service.admin_questions import MetadataRequest, WithdrawRequest, place_errors, read_metadata_part
from search_service.desk.forms import METADATA, UploadForm
from search_service.desk.jobs import Job, JobKind
from search_service.desk.opening import Desk
from search_service.openapi import documented
from search_service.orders import Orders
from search_service.problems import (
    FILE_TOO_LARGE,
    GONE,
    INVALID_QUERY,
    NO_SPACE,
    NOT_FOUND,
    NOT_READY,
    UNREADABLE,
    UNSUITABLE_FILE,
)
from search_service.receiving import ReadAwayRoute, Reception
from search_service.routes.admin_orders import ACCEPTED, REFUSALS, TAG, accept
from search_service.searcher import Searcher

FORM_REFUSALS = (FILE_TOO_LARGE, UNSUITABLE_FILE, NO_SPACE)
DocumentId = Annotated[str, Path(description="Kennung des Dokuments.", max_length=200)]
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "additionalProperties": False,
                    "properties": {
                        "file": {
                            "type": "string",
                            "contentMediaType": "application/octet-stream",
                            "description": "Die Datei, mit ihrem Namen (`filename`).",
                        },
                        "metadata": {"$ref": "#/components/schemas/MetadataRequest"},
                    },
                },
                "encoding": {"metadata": {"contentType": "application/json"}},
            }
        },
    }
}


def create_admin_document_routes(searcher: Searcher, desk: Desk, public_url: str | None) -> APIRouter:
    """Return the changes to documents. Each answers 202 with the job that will do it."""
    router = APIRouter(tags=[TAG], route_class=ReadAwayRoute)
    orders = Orders(searcher, desk)

    async def receive(request: Request, kind: JobKind, document_id: str | None) -> Job:
        def order(job_id: str, form: UploadForm) -> Job:
            metadata = read_metadata_part(form.find_text(METADATA))
            file = form.finish().name
            return desk.jobs.add(kind, job_id=job_id, document_id=document_id, file=file, metadata=metadata)

        try:
            return await Reception(desk).take(request, order)
        except ValidationError as error:
            raise RequestValidationError(place_errors(error)) from None

    @router.post(
        "/documents",
        operation_id="addDocument",
        status_code=202,
        summary="Dokument hochladen",
        description=(
            "Ein Formular mit der Datei (`file`) und, wenn gewünscht, ihren Angaben als JSON (`metadata`). Die Datei wird "
            "sofort angenommen und vom Arbeitsprozess aufgenommen; was daraus wurde, sagt der Auftrag."
        ),
        response_description="Der Auftrag",
        responses={**ACCEPTED, **documented(UNREADABLE, INVALID_QUERY, *FORM_REFUSALS, *REFUSALS)},
        openapi_extra=_FORM,
    )
    async def add_document(request: Request, response: Response) -> JobAnswer:
        return accept(await receive(request, JobKind.ADD, None), response, public_url)

    @router.put(
        "/documents/{document_id}/file",
        operation_id="replaceDocumentFile",
        status_code=202,
        summary="Datei eines Dokuments ersetzen",
        description=(
            "Formular wie beim Hochladen. Kennung und Verweise bleiben, ebenso die Angaben, die `metadata` nicht nennt; `null` "
            "nimmt eine Angabe zurück. Möglich bei Dokumenten, die hochgeladen wurden; "
            "bei Dokumenten aus einem Ordner oder aus dem Netz gilt, was dort liegt."
        ),
        response_description="Der Auftrag",
        responses={
            **ACCEPTED,
            **documented(UNREADABLE, NOT_FOUND, INVALID_QUERY, *FORM_REFUSALS, *REFUSALS, NOT_READY),
        },
        openapi_extra=_FORM,
    )
    async def replace_file(document_id: DocumentId, request: Request, response: Response) -> JobAnswer:
        await run_in_threadpool(orders.require, document_id)
        return accept(await receive(request, JobKind.REPLACE, document_id), response, public_url)

    @router.post(
        "/documents/{document_id}/withdraw",
        operation_id="withdrawDocument",
        status_code=202,
        summary="Dokument zurückziehen",
        description="Es wird nicht mehr gefunden; Verweise darauf sagen, dass und warum es zurückgezogen ist.",
        response_description="Der Auftrag",
        responses={**ACCEPTED, **documented(UNREADABLE, NOT_FOUND, GONE, INVALID_QUERY, *REFUSALS, NOT_READY)},
    )
    def withdraw_document(document_id: DocumentId, asked: WithdrawRequest, response: Response) -> JobAnswer:
        return accept(orders.withdraw(document_id, asked.reason), response, public_url)

    @router.post(
        "/documents/{document_id}/restore",
        operation_id="restoreDocument",
        status_code=202,
        summary="Zurückgezogenes Dokument wieder zeigen",
        description="Es wird wieder gefunden, sobald der Auftrag erledigt ist; Kennung und Verweise bleiben.",
        response_description="Der Auftrag",
        responses={**ACCEPTED, **documented(NOT_FOUND, INVALID_QUERY, *REFUSALS, NOT_READY)},
    )
    def restore_document(document_id: DocumentId, response: Response) -> JobAnswer:
        return accept(orders.restore(document_id), response, public_url)

    @router.patch(
        "/documents/{document_id}/metadata",
        operation_id="editDocumentMetadata",
        status_code=202,
        summary="Angaben zu einem Dokument ändern",
        description="Was nicht genannt ist, bleibt; `null` nimmt die Angabe zurück, so dass wieder gilt, was die Datei sagt.",
        response_description="Der Auftrag",
        responses={**ACCEPTED, **documented(UNREADABLE, NOT_FOUND, INVALID_QUERY, *REFUSALS, NOT_READY)},
    )
    def edit_metadata(document_id: DocumentId, asked: MetadataRequest, response: Response) -> JobAnswer:
        orders.require(document_id)  # before the body: without a document it does not matter what would be changed
        return accept(orders.edit(document_id, asked.to_edits()), response, public_url)

    return router
