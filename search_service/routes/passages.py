"""Passages under `/api/v1`: one with what stands around it, and what is similar."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from search_service.document_answers import SimilarAnswer, build_similar_answer
from search_service.document_questions import PassageParameters
from search_service.openapi import documented
from search_service.passage_answers import PassageDetailAnswer, build_passage_answer
from search_service.problems import GONE, INVALID_QUERY, NOT_FOUND, NOT_READY
from search_service.questions import SimilarParameters
from search_service.routes.path_ids import PassageId
from search_service.searcher import Searcher


def create_passage_routes(searcher: Searcher, public_url: str | None) -> APIRouter:
    """Return single passages and what is similar to them."""
    router = APIRouter(tags=["Dokumente"])

    @router.head("/passages/{passage_id}", include_in_schema=False)
    @router.get(
        "/passages/{passage_id}",
        operation_id="getPassage",
        summary="Eine Textstelle mit Beleg, Lage auf der Seite und Umgebung",
        description="Mit `before` und `after` kommen Textstellen desselben Dokuments davor und danach mit.",
        response_description="Die Textstelle",
        responses=documented(NOT_FOUND, GONE, INVALID_QUERY, NOT_READY),
    )
    def get_passage(passage_id: PassageId, asked: Annotated[PassageParameters, Query()]) -> PassageDetailAnswer:
        asked.check()
        return build_passage_answer(searcher.library.passage_with_context(passage_id, asked.before, asked.after), public_url)

    @router.head("/passages/{passage_id}/similar", include_in_schema=False)
    @router.get(
        "/passages/{passage_id}/similar",
        operation_id="getSimilarPassages",
        summary="Ähnliche Textstellen",
        description="Textstellen anderer Dokumente, in denen es um dasselbe geht, aus jedem Dokument die nächste.",
        response_description="Ähnliche Textstellen, die nächste zuerst",
        responses=documented(NOT_FOUND, GONE, INVALID_QUERY, NOT_READY),
    )
    def get_similar_passages(passage_id: PassageId, asked: Annotated[SimilarParameters, Query()]) -> SimilarAnswer:
        asked.check()
        return build_similar_answer(searcher.similar_passages(passage_id, asked.limit), public_url)

    return router
