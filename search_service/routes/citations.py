"""Citations under `/api/v1`: of one passage, of one document, and of a list of both, in the format that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from search_service.bibliography.formats import OFFERS, WRITERS, Format, Offer, negotiate, offer_format
from search_service.bibliography.items import Reference, refer
from search_service.citation_answers import (
    CitationFormatsAnswer,
    CitationListAnswer,
    build_citation_formats,
    build_citation_list,
)
from search_service.citation_delivery import VARY, find_references, hand_out
from search_service.citation_questions import CitationParameters, CitationsRequest
from search_service.openapi import documented
from search_service.problems import GONE, INVALID_QUERY, NOT_ACCEPTABLE, NOT_FOUND, NOT_READY, TOO_LARGE, UNREADABLE
from search_service.routes.path_ids import DocumentId, PassageId
from search_service.searcher import Searcher

Parameters = Annotated[CitationParameters, Query()]

_CHOICE = (
    "Das Format wählt `format` oder der Kopf `Accept` (mit Gewichten `q`); ohne beides kommen alle Formate als JSON. "
    "Text, BibTeX, RIS und CSL-JSON sind in UTF-8."
)


def create_citation_routes(searcher: Searcher, public_url: str | None) -> APIRouter:
    """Return the citations of passages and documents."""
    router = APIRouter(tags=["Belege"])
    library, root = searcher.library, (public_url or "").rstrip("/")

    @router.head("/passages/{passage_id}/citation", include_in_schema=False)
    @router.get(
        "/passages/{passage_id}/citation",
        operation_id="getPassageCitation",
        summary="Beleg für eine Textstelle, mit gedruckter Seite",
        description=_CHOICE,
        response_model=CitationFormatsAnswer,
        responses=_describe("Der Beleg") | documented(NOT_FOUND, GONE, NOT_ACCEPTABLE, INVALID_QUERY, NOT_READY),
    )
    def get_passage_citation(request: Request, passage_id: PassageId, asked: Parameters) -> Response:
        reference = refer(*library.passage(passage_id), root)
        return _answer(request, asked, [reference], lambda: build_citation_formats(passage_id, reference).model_dump_json())

    @router.head("/documents/{document_id}/citation", include_in_schema=False)
    @router.get(
        "/documents/{document_id}/citation",
        operation_id="getDocumentCitation",
        summary="Beleg für ein ganzes Dokument",
        description=_CHOICE,
        response_model=CitationFormatsAnswer,
        responses=_describe("Der Beleg") | documented(NOT_FOUND, GONE, NOT_ACCEPTABLE, INVALID_QUERY, NOT_READY),
    )
    def get_document_citation(request: Request, document_id: DocumentId, asked: Parameters) -> Response:
        reference = refer(library.document(document_id), root=root)
        return _answer(request, asked, [reference], lambda: build_citation_formats(document_id, reference).model_dump_json())

    @router.post(
        "/citations",
        operation_id="getCitations",
        summary="Belege für eine Liste von Textstellen und Dokumenten",
        description=(
            f"{_CHOICE} In BibTeX, RIS, CSL-JSON und APA steht jedes Werk einmal, mit allen zitierten Stellen; Fußnoten "
            "und JSON folgen der Anfrage Kennung für Kennung. Ist eine Kennung unbekannt, nennt die "
            "Antwort 422 in `errors` ihre Stelle in der Liste."
        ),
        response_model=CitationListAnswer,
        responses=_describe("Die Belege") | documented(UNREADABLE, NOT_ACCEPTABLE, TOO_LARGE, INVALID_QUERY, NOT_READY),
    )
    def post_citations(request: Request, asked: Parameters, wanted: CitationsRequest) -> Response:
        references = find_references(library, wanted.ids, root)
        return _answer(request, asked, references, lambda: build_citation_list(wanted.ids, references).model_dump_json())

    return router


def _answer(
    request: Request, asked: CitationParameters, references: Sequence[Reference], write_json: Callable[[], str]
) -> Response:
    """Return the references in the format that address or header ask for; `write_json` writes all formats at once."""
    offer = _choose(request, asked)
    text = write_json() if offer.format is Format.JSON else WRITERS[offer.format](references)
    return hand_out(references, offer, text, download=asked.download)


def _choose(request: Request, asked: CitationParameters) -> Offer:
    if asked.format is not None:
        return offer_format(asked.format)
    offer = negotiate(", ".join(request.headers.getlist("accept")))
    if offer is None:
        raise HTTPException(HTTPStatus.NOT_ACCEPTABLE, headers=VARY)
    return offer


def _describe(what: str) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI entry of an answer in any of the formats; JSON is described by its schema."""
    texts = {offer.media_type: {"schema": {"type": "string"}} for offer in OFFERS if not offer.media_type.endswith("json")}
    csl = {"schema": {"type": "array", "items": {"type": "object"}}}
    media_type = offer_format(Format.CSL).media_type
    headers = {"Vary": {"description": "`Accept`", "schema": {"type": "string"}}}
    return {200: {"description": what, "content": {**texts, media_type: csl}, "headers": headers}}
