"""Search and suggestions under `/api/v1`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from search_service.answers import SearchAnswer, SuggestAnswer, build_search_answer, build_suggest_answer
from search_service.openapi import documented
from search_service.problems import INVALID_QUERY, NOT_READY, TOO_LARGE, UNREADABLE
from search_service.questions import SearchParameters, SearchRequest, SuggestParameters
from search_service.searcher import Searcher


def create_search_routes(searcher: Searcher, public_url: str | None) -> APIRouter:
    """Return search and suggestions. The endpoints are plain functions, so that they run in threads: searching is computing."""
    router = APIRouter(tags=["Suche"])

    @router.head("/search", include_in_schema=False)
    @router.get(
        "/search",
        operation_id="search",
        summary="Textstellen suchen",
        description="Die Adresse ist teilbar. Ein Filter darf mehrfach stehen („eines davon“), verschiedene gelten zugleich.",
        response_description="Treffer, Filterwerte und Hinweise",
        responses=documented(UNREADABLE, INVALID_QUERY, NOT_READY),
    )
    def get_search(asked: Annotated[SearchParameters, Query()]) -> SearchAnswer:
        query = asked.to_query()
        return build_search_answer(searcher.search(query), query, public_url)

    @router.post(
        "/search",
        operation_id="searchWithBody",
        summary="Textstellen suchen, Anfrage als JSON",
        description="Wie `GET`, für lange Filter.",
        response_description="Treffer, Filterwerte und Hinweise",
        responses=documented(UNREADABLE, TOO_LARGE, INVALID_QUERY, NOT_READY),
    )
    def post_search(asked: SearchRequest) -> SearchAnswer:
        query = asked.to_query()
        return build_search_answer(searcher.search(query), query, public_url)

    @router.head("/suggest", include_in_schema=False)
    @router.get(
        "/suggest",
        operation_id="suggest",
        summary="Vorschläge beim Tippen",
        description=(
            "Titel, Überschriften und Wörter aus den Dokumenten, die so beginnen; nie, was andere gefragt haben. "
            "Ein Vertipper im letzten Wort wird verziehen. Unter zwei Buchstaben ist die Liste leer."
        ),
        response_description="Vorschläge, beste zuerst",
        responses=documented(UNREADABLE, INVALID_QUERY, NOT_READY),
    )
    def get_suggestions(asked: Annotated[SuggestParameters, Query()]) -> SuggestAnswer:
        asked.check()
        return build_suggest_answer(asked.q, searcher.complete(asked.q, asked.limit), public_url)

    return router
