"""Documents under `/api/v1/admin`: upload, replace, withdraw, restore, edit. Each becomes a job; the worker does it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from search_service.admin_answers import JobAnswer
from search_service.admin_questions import MetadataRequest, WithdrawRequest, place_errors, read_metadata_part
from search_service.desk.forms import OVERHEAD, UploadForm
from search_service.desk.inbox import check_size
from search_service.desk.jobs import Job, JobKind, Json, make_job_id
from search_service.desk.opening import Desk
from search_service.errors import ChangeWissenError, NotFound
from search_service.openapi import documented
from search_service.problems import (
    FILE_TOO_LARGE,
    INVALID_QUERY,
    NO_SPACE,
    NOT_FOUND,
    NOT_READY,
    UNREADABLE,
    UNSUITABLE_FILE,
)
from search_service.routes.admin_orders import ACCEPTED, REFUSALS, TAG, accept
from search_service.searcher import Searcher

FORM_REFUSALS = (FILE_TOO_LARGE, UNSUITABLE_FILE, NO_SPACE)
_STEP = 1_000_000  # bytes handed to a thread at once: fewer changes of thread than the 64 KiB that arrive at a time
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
    router = APIRouter(tags=[TAG])

    def order(response: Response, kind: JobKind, document_id: str, metadata: dict[str, Json] | None = None) -> JobAnswer:
        return accept(desk.jobs.add(kind, document_id=document_id, metadata=metadata), response, public_url)

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
        return accept(await _receive(request, desk, JobKind.ADD, None), response, public_url)

    @router.put(
        "/documents/{document_id}/file",
        operation_id="replaceDocumentFile",
        status_code=202,
        summary="Datei eines Dokuments ersetzen",
        description=(
            "Formular wie beim Hochladen. Kennung und Verweise bleiben. Möglich bei Dokumenten, die hochgeladen wurden; "
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
        await run_in_threadpool(searcher.library.document, document_id)
        return accept(await _receive(request, desk, JobKind.REPLACE, document_id), response, public_url)

    @router.post(
        "/documents/{document_id}/withdraw",
        operation_id="withdrawDocument",
        status_code=202,
        summary="Dokument zurückziehen",
        description="Es wird nicht mehr gefunden; Verweise darauf sagen, dass und warum es zurückgezogen ist.",
        response_description="Der Auftrag",
        responses={**ACCEPTED, **documented(UNREADABLE, NOT_FOUND, INVALID_QUERY, *REFUSALS, NOT_READY)},
    )
    def withdraw_document(document_id: DocumentId, asked: WithdrawRequest, response: Response) -> JobAnswer:
        searcher.library.document(document_id)
        return order(response, JobKind.WITHDRAW, document_id, {"reason": asked.reason} if asked.reason else None)

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
        if not any(each.id == document_id and each.is_withdrawn for each in searcher.library.former_documents()):
            raise NotFound(f"Ein zurückgezogenes Dokument mit der Kennung „{document_id}“ gibt es nicht.")
        return order(response, JobKind.RESTORE, document_id)

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
        searcher.library.document(document_id)
        return order(response, JobKind.EDIT, document_id, asked.to_edits())

    return router


async def _receive(request: Request, desk: Desk, kind: JobKind, document_id: str | None) -> Job:
    """Bring an upload to the disk as it arrives, then queue its job; what arrived of a failed one is deleted."""
    job_id = make_job_id()
    announced = _read_length(request)
    pieces = request.stream()
    form = None
    try:
        check_size(announced - OVERHEAD, desk.inbox.max_size)
        form = UploadForm(
            request.headers.get("content-type", ""),
            desk.inbox.max_size,
            lambda name: desk.inbox.receive(job_id, name, announced),
        )
        waiting = bytearray()
        async for content in pieces:
            waiting += content
            if len(waiting) >= _STEP:
                await run_in_threadpool(form.feed, bytes(waiting))
                waiting.clear()
        return await run_in_threadpool(_finish, form, bytes(waiting), desk, job_id, kind, document_id)
    except ClientDisconnect:
        raise HTTPException(UNREADABLE.status) from None  # nobody is left to read it
    except ValidationError as error:
        raise RequestValidationError(place_errors(error)) from None
    except ChangeWissenError:
        await _read_away(request, pieces)
        raise
    finally:  # asked, not remembered: a request that is given up may have queued its job all the same
        if form is not None:
            form.close()
        if desk.jobs.find(job_id) is None:
            desk.inbox.discard(job_id)


async def _read_away(request: Request, pieces: AsyncIterator[bytes]) -> None:
    """Take the rest of a body that will end, so that its sender reads the refusal instead of losing the connection.

    Who waits for "100 Continue" has not begun to send.
    """
    if "content-length" not in request.headers or "expect" in request.headers:
        return
    with contextlib.suppress(ClientDisconnect, HTTPException):  # the latter where it is longer than any upload may be
        async for _ in pieces:
            pass


def _finish(form: UploadForm, rest: bytes, desk: Desk, job_id: str, kind: JobKind, document_id: str | None) -> Job:
    form.feed(rest)
    metadata = read_metadata_part(None if form.metadata is None else bytes(form.metadata))
    upload = form.finish()
    desk.inbox.drop_orphans(lambda each: desk.jobs.find(each) is not None)
    return desk.jobs.add(kind, job_id=job_id, document_id=document_id, file=upload.name, metadata=metadata)


def _read_length(request: Request) -> int:
    """Return the length that the request announces; 0 if it announces none."""
    told = request.headers.get("content-length", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) <= 18 else 0
