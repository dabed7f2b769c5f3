"""Documents under `/api/v1/admin`: upload, replace, withdraw, restore, edit. Each becomes a job; the worker does it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Callable, Coroutine
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from search_service.admin_answers import JobAnswer
from search_service.admin_questions import MetadataRequest, WithdrawRequest, place_errors, read_metadata_part
from search_service.desk.forms import OVERHEAD, UploadForm
from search_service.desk.inbox import check_size
from search_service.desk.jobs import Job, JobKind, JobState, Json, make_job_id
from search_service.desk.opening import Desk
from search_service.errors import ChangeWissenError, NotFound, Withdrawn
from search_service.knowledge_base.manifests import list_generations
from search_service.openapi import documented
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
from search_service.routes.admin_orders import ACCEPTED, REFUSALS, TAG, accept
from search_service.searcher import Searcher

LOGGER = logging.getLogger(__name__)
FORM_REFUSALS = (FILE_TOO_LARGE, UNSUITABLE_FILE, NO_SPACE)
_STEP = 1_000_000  # bytes handed to a thread at once: fewer changes of thread than the 64 KiB that arrive at a time
_DOCUMENT_ID = re.compile(r"d[0-9a-f]{16}")  # as search_service.documents.make_document_id makes them
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
    router = APIRouter(tags=[TAG], route_class=_ReadAwayRoute)

    def may_be_there(document_id: str) -> bool:
        """Tell whether only the worker knows if there is such a document: not the newest state answers, or jobs are to come."""
        if not _DOCUMENT_ID.fullmatch(document_id):
            return False
        # Jobs are done oldest first: the newest is open if any is.
        is_changing = any(job.state in (JobState.QUEUED, JobState.RUNNING) for job in desk.jobs.list(1))
        return is_changing or searcher.status().generation < max(list_generations(desk.root), default=0)

    def require(document_id: str) -> None:
        """Raise NotFound without such a document; a withdrawn one can be put right before it is restored."""
        if not may_be_there(document_id):
            with contextlib.suppress(Withdrawn):
                searcher.library.document(document_id)

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
        await run_in_threadpool(require, document_id)
        return accept(await _receive(request, desk, JobKind.REPLACE, document_id), response, public_url)

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
        try:
            if not may_be_there(document_id):
                searcher.library.document(document_id)
        except Withdrawn as error:
            raise Withdrawn(f"{error} Für einen anderen Grund bitte zuerst wiederherstellen.") from error
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
        former = searcher.library.former_documents()
        if not may_be_there(document_id) and not any(each.id == document_id and each.is_withdrawn for each in former):
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
        require(document_id)
        return order(response, JobKind.EDIT, document_id, asked.to_edits())

    return router


async def _receive(request: Request, desk: Desk, kind: JobKind, document_id: str | None) -> Job:
    """Bring an upload to the disk as it arrives, then queue its job; what arrived of a failed one is deleted."""
    job_id = make_job_id()
    announced = _read_length(request)
    form = None
    try:
        check_size(announced - OVERHEAD, desk.inbox.max_size)
        form = UploadForm(
            request.headers.get("content-type", ""),
            desk.inbox.max_size,
            lambda name: desk.inbox.receive(job_id, name, announced),
        )
        waiting = bytearray()
        async for content in request.stream():
            waiting += content
            if len(waiting) >= _STEP:
                await run_in_threadpool(form.feed, bytes(waiting))
                waiting.clear()
        return await run_in_threadpool(_finish, form, bytes(waiting), desk, job_id, kind, document_id)
    except ClientDisconnect:
        raise HTTPException(UNREADABLE.status) from None  # nobody is left to read it
    except ValidationError as error:
        raise RequestValidationError(place_errors(error)) from None
    finally:  # whoever gives the request up now does not stop it
        await asyncio.shield(run_in_threadpool(_clear, form, desk, job_id))


def _clear(form: UploadForm | None, desk: Desk, job_id: str) -> None:
    """Delete what arrived, unless its job is queued: asked, not remembered, for a request given up may have queued it.

    What fails is logged, so that it does not stand in place of the answer; the worker finds what stays behind.
    """
    try:
        if form is not None:
            form.close()
        if desk.jobs.find(job_id) is None:
            desk.inbox.discard(job_id)
    except (OSError, ChangeWissenError):
        LOGGER.exception("what arrived for job %s cannot be cleared away", job_id)


class _ReadAwayRoute(APIRoute):
    """A route whose refusals, those of the key included, take the rest of the body first."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[None, None, Response]]:
        """Return what answers a request."""
        answer = super().get_route_handler()

        async def answer_or_read_away(request: Request) -> Response:
            try:
                return await answer(request)
            except ChangeWissenError:
                await _read_away(request)
                raise

        return answer_or_read_away


async def _read_away(request: Request) -> None:
    """Take the rest of a body that will end, so that its sender reads the refusal instead of losing the connection.

    Who waits for "100 Continue" has not begun to send.
    """
    if "content-length" not in request.headers or "expect" in request.headers:
        return
    # RuntimeError: nothing is left. HTTPException, ChangeWissenError: it is longer, or slower, than any upload may be.
    with contextlib.suppress(ClientDisconnect, RuntimeError, HTTPException, ChangeWissenError):
        async for _ in request.stream():
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
