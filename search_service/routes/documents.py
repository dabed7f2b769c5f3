"""Documents under `/api/v1`: what is known of them, their files, and what is similar."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from search_service.document_answers import (
    DocumentDetailAnswer,
    SimilarAnswer,
    build_document_answer,
    build_similar_answer,
)
from search_service.document_questions import DocumentsParameters
from search_service.guard import answer_file
from search_service.listing_answers import DocumentListAnswer, build_document_list
from search_service.openapi import documented
from search_service.problems import GONE, INVALID_QUERY, NOT_FOUND, NOT_READY, UNREADABLE, WRONG_RANGE
from search_service.questions import SimilarParameters
from search_service.routes.path_ids import DocumentId
from search_service.searcher import Searcher


def create_document_routes(searcher: Searcher, public_url: str | None) -> APIRouter:
    """Return documents, their files and what is similar to them."""
    router = APIRouter(tags=["Dokumente"])

    @router.head("/documents", include_in_schema=False)
    @router.get(
        "/documents",
        operation_id="listDocuments",
        summary="Dokumente auflisten",
        description="Dieselben Filter wie bei der Suche. Hinter dem Ende ist die Liste leer; `total` bleibt die ganze Zahl.",
        response_description="Eine Seite der Liste",
        responses=documented(UNREADABLE, INVALID_QUERY, NOT_READY),
    )
    def list_documents(asked: Annotated[DocumentsParameters, Query()]) -> DocumentListAnswer:
        listing = asked.to_listing()
        return build_document_list(searcher.library.list_documents(listing), listing, public_url)

    @router.head("/documents/{document_id}", include_in_schema=False)
    @router.get(
        "/documents/{document_id}",
        operation_id="getDocument",
        summary="Angaben zu einem Dokument und Aufriss seiner Textstellen",
        description="Alle Angaben, die Anfänge aller Textstellen in ihrer Reihenfolge und andere Ausgaben desselben Werks.",
        response_description="Das Dokument",
        responses=documented(NOT_FOUND, GONE, NOT_READY),
    )
    def get_document(document_id: DocumentId) -> DocumentDetailAnswer:
        return build_document_answer(*searcher.library.document_with_passages(document_id), public_url)

    @router.head("/documents/{document_id}/file", include_in_schema=False)
    @router.get(
        "/documents/{document_id}/file",
        operation_id="getDocumentFile",
        summary="Originaldatei",
        description="Auch in Teilen (`Range`). PDF und reiner Text öffnen sich im Browser, alles andere wird heruntergeladen.",
        response_class=Response,
        response_description="Die Datei",
        responses={
            200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
            206: {"description": "Der angeforderte Teil der Datei"},
            **documented(NOT_FOUND, GONE, WRONG_RANGE, NOT_READY),
        },
    )
    def get_file(document_id: DocumentId) -> Response:
        document = searcher.library.document(document_id)
        return answer_file(searcher.library.original(document), document.location, document.media_type)

    @router.head("/documents/{document_id}/similar", include_in_schema=False)
    @router.get(
        "/documents/{document_id}/similar",
        operation_id="getSimilarDocuments",
        summary="Ähnliche Dokumente",
        description="Andere Dokumente zum selben Thema, je mit der Textstelle, die am nächsten kommt. Andere Ausgaben fehlen.",
        response_description="Ähnliche Dokumente, das nächste zuerst",
        responses=documented(NOT_FOUND, GONE, INVALID_QUERY, NOT_READY),
    )
    def get_similar_documents(document_id: DocumentId, asked: Annotated[SimilarParameters, Query()]) -> SimilarAnswer:
        asked.check()
        return build_similar_answer(searcher.similar_documents(document_id, asked.limit), public_url)

    return router
