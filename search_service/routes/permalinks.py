"""What became of a passage, for programs: `/api/v1/permalinks/{id}`."""

from __future__ import annotations

from fastapi import APIRouter

from search_service.openapi import documented
from search_service.permalink_answers import PermalinkAnswer, build_permalink_answer
from search_service.problems import NOT_FOUND, NOT_READY
from search_service.routes.path_ids import PassageId
from search_service.searcher import Searcher


def create_permalink_routes(searcher: Searcher, public_url: str | None) -> APIRouter:
    """Return the route."""
    router = APIRouter(tags=["Textstellen"])

    @router.head("/permalinks/{passage_id}", include_in_schema=False)
    @router.get(
        "/permalinks/{passage_id}",
        operation_id="getPermalink",
        summary="Was aus einer verlinkten Textstelle geworden ist",
        description="Antwortet auch, wenn sich die Textstelle geändert hat oder ihr Dokument zurückgezogen oder entfernt ist.",
        response_description="Stand der Textstelle",
        responses=documented(NOT_FOUND, NOT_READY),
    )
    def get_permalink(passage_id: PassageId) -> PermalinkAnswer:
        return build_permalink_answer(searcher.library.permalink(passage_id), public_url)

    return router
