"""Search and suggestions under `/api/v1`."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from search_service.answers import SearchAnswer, SuggestAnswer, build_search_answer, build_suggest_answer
from search_service.batch_answers import BATCH, BatchAnswer, build_batch_answer
from search_service.listing_answers import FacetsAnswer, build_library_facets, build_search_facets
from search_service.openapi import documented
from search_service.problems import INVALID_QUERY, NOT_READY, TOO_LARGE, UNREADABLE
from search_service.queries import Details
from search_service.queries import Query as SearchQuery
from search_service.questions import (
    MAX_BATCH,
    BatchRequest,
    FacetParameters,
    SearchParameters,
    SearchRequest,
    SuggestParameters,
)
from search_service.searcher import Searcher
from search_service.unanswered import Listener

SUGGESTIONS_MEDIA_TYPE = "application/x-suggestions+json"  # OpenSearch 1.1, extension "Suggestions"
OPENSEARCH_ITEMS = [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]


def create_search_routes(searcher: Searcher, public_url: str | None, listener: Listener) -> APIRouter:
    """Return search and suggestions; `listener` hears of every search.

    The endpoints are plain functions, so that they run in threads: searching is computing.
    """
    router = APIRouter(tags=["Suche"])

    def answer(request: Request, query: SearchQuery, details: Details) -> SearchAnswer:
        result = searcher.search(query)
        listener(request, query, result)
        return build_search_answer(result, query, public_url, details)

    @router.head("/search", include_in_schema=False)
    @router.get(
        "/search",
        operation_id="search",
        summary="Textstellen suchen",
        description="Die Adresse ist teilbar. Ein Filter darf mehrfach stehen („eines davon“), verschiedene gelten zugleich.",
        response_description="Treffer, Filterwerte und Hinweise",
        responses=documented(UNREADABLE, INVALID_QUERY, NOT_READY),
    )
    def get_search(request: Request, asked: Annotated[SearchParameters, Query()]) -> SearchAnswer:
        return answer(request, asked.to_query(), asked.to_details())

    @router.post(
        "/search",
        operation_id="searchWithBody",
        summary="Textstellen suchen, Anfrage als JSON",
        description="Wie `GET`, für lange Filter.",
        response_description="Treffer, Filterwerte und Hinweise",
        responses=documented(UNREADABLE, TOO_LARGE, INVALID_QUERY, NOT_READY),
    )
    def post_search(request: Request, asked: SearchRequest) -> SearchAnswer:
        return answer(request, asked.to_query(), asked.to_details())

    @router.post(
        BATCH,
        operation_id="searchBatch",
        summary="Mehrere Anfragen auf einmal",
        description=(
            f"Eine bis {MAX_BATCH} Anfragen, jede wie für `POST /search`; die Antworten kommen in derselben Reihenfolge. "
            "Eine fehlerhafte Anfrage verdirbt die anderen nicht: An ihrer Stelle steht `status` 422 mit `problem`."
        ),
        response_description="Antworten in der Reihenfolge der Anfragen",
        responses=documented(UNREADABLE, TOO_LARGE, INVALID_QUERY, NOT_READY),
    )
    def post_batch(request: Request, asked: BatchRequest) -> BatchAnswer:
        return build_batch_answer(asked.to_list(), partial(answer, request), public_url)

    @router.head("/facets", include_in_schema=False)
    @router.get(
        "/facets",
        operation_id="getFacets",
        summary="Filterwerte zählen",
        description=(
            "Wonach sich die Treffer zu einer Frage eingrenzen lassen, ohne die Treffer selbst; "
            "ohne Frage gezählt über alle Dokumente, die den Filtern genügen."
        ),
        response_description="Je Filterfeld Werte mit Zahl der Dokumente",
        responses=documented(UNREADABLE, INVALID_QUERY, NOT_READY),
    )
    def get_facets(asked: Annotated[FacetParameters, Query()]) -> FacetsAnswer:
        query = asked.to_query()
        if query is None:
            return build_library_facets(searcher.library.count_facets(asked.to_filters()), asked.facets)
        return build_search_facets(searcher.search(query), query.text, asked.facets)

    @router.head("/suggest", include_in_schema=False, response_model=SuggestAnswer)
    @router.get(
        "/suggest",
        operation_id="suggest",
        summary="Vorschläge beim Tippen",
        description=(
            "Titel, Überschriften und Wörter aus den Dokumenten, die so beginnen; nie, was andere gefragt haben. "
            "Ein Vertipper im letzten Wort wird verziehen. Unter zwei Buchstaben ist die Liste leer."
        ),
        response_description="Vorschläge, beste zuerst",
        response_model=SuggestAnswer,
        responses={
            200: {
                "content": {
                    SUGGESTIONS_MEDIA_TYPE: {"schema": {"type": "array", "minItems": 2, "items": {"anyOf": OPENSEARCH_ITEMS}}}
                }
            },
            **documented(UNREADABLE, INVALID_QUERY, NOT_READY),
        },
    )
    def get_suggestions(asked: Annotated[SuggestParameters, Query()]) -> SuggestAnswer | Response:
        asked.check()
        completions = searcher.complete(asked.q, asked.limit)
        if asked.format == "opensearch":
            return JSONResponse([asked.q, [each.text for each in completions]], media_type=SUGGESTIONS_MEDIA_TYPE)
        return build_suggest_answer(asked.q, completions, public_url)

    return router
