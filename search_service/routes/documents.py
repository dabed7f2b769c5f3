"""Documents under `/api/v1`: what is known of them, their files, and what is similar."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from search_service.document_answers import (
    DocumentDetailAnswer,
    SimilarAnswer,
    build_document_answer,
    build_similar_answer,
)
from search_service.guard import answer_file
from search_service.openapi import documented
from search_service.problems import INVALID_QUERY, NOT_FOUND, NOT_READY, WRONG_RANGE
from search_service.questions import SimilarParameters
from search_service.searcher import Searcher

DocumentId = Annotated[str, Path(description="Kennung des Dokuments, wie ein Treffer sie nennt.")]
PassageId = Annotated[str, Path(description="Kennung der Textstelle, wie ein Treffer sie nennt.")]


def create_document_routes(searcher: Searcher, public_url: str | None) -> APIRouter:
    """Return documents, their files and what is similar to them."""
    router = APIRouter(tags=["Dokumente"])

    @router.head("/documents/{document_id}", include_in_schema=False)
    @router.get(
        "/documents/{document_id}",
        operation_id="getDocument",
        summary="Angaben zu einem Dokument und Aufriss seiner Textstellen",
        response_description="Das Dokument",
        responses=documented(NOT_FOUND, NOT_READY),
    )
    def get_document(document_id: DocumentId) -> DocumentDetailAnswer:
        return build_document_answer(*searcher.document_with_passages(document_id), public_url)

    @router.head("/documents/{document_id}/file", include_in_schema=False)
    @router.get(
        "/documents/{document_id}/file",
        operation_id="getDocumentFile",
        summary="Originaldatei",
        description="Auch in Teilen (`Range`). PDF und reiner Text öffnen sich im Browser, alles andere wird heruntergeladen.",
        response_class=Response,
        response_description="Die Datei",
        responses={
            200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
            206: {"description": "Der angeforderte Teil der Datei"},
            **documented(NOT_FOUND, WRONG_RANGE, NOT_READY),
        },
    )
    def get_file(document_id: DocumentId) -> Response:
        document = searcher.document(document_id)
        return answer_file(searcher.original(document), document.location, document.media_type)

    @router.head("/documents/{document_id}/similar", include_in_schema=False)
    @router.get(
        "/documents/{document_id}/similar",
        operation_id="getSimilarDocuments",
        summary="Ähnliche Dokumente",
        description="Andere Dokumente zum selben Thema, je mit der Textstelle, die am nächsten kommt. Andere Ausgaben fehlen.",
        response_description="Ähnliche Dokumente, das nächste zuerst",
        responses=documented(NOT_FOUND, INVALID_QUERY, NOT_READY),
    )
    def get_similar_documents(document_id: DocumentId, asked: Annotated[SimilarParameters, Query()]) -> SimilarAnswer:
        asked.check()
        return build_similar_answer(searcher.similar_documents(document_id, asked.limit), public_url)

    @router.head("/passages/{passage_id}/similar", include_in_schema=False)
    @router.get(
        "/passages/{passage_id}/similar",
        operation_id="getSimilarPassages",
        summary="Ähnliche Textstellen",
        description="Textstellen anderer Dokumente, in denen es um dasselbe geht, aus jedem Dokument die nächste.",
        response_description="Ähnliche Textstellen, die nächste zuerst",
        responses=documented(NOT_FOUND, INVALID_QUERY, NOT_READY),
    )
    def get_similar_passages(passage_id: PassageId, asked: Annotated[SimilarParameters, Query()]) -> SimilarAnswer:
        asked.check()
        return build_similar_answer(searcher.similar_passages(passage_id, asked.limit), public_url)

    return router
