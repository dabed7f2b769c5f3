"""Permalinks of passages: `/p/{id}` for readers, `/api/v1/permalinks/{id}` for programs."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from search_service.links import API, page_path
from search_service.openapi import documented
from search_service.permalink_answers import PermalinkAnswer, build_permalink_answer
from search_service.permalinks import Permalink, PermalinkState
from search_service.problems import NOT_FOUND, NOT_READY
from search_service.routes.path_ids import PassageId
from search_service.searcher import Searcher
from search_service.site.permalink_view import view_permalink
from search_service.site.renderer import Renderer, keep_language


def create_permalink_routes(searcher: Searcher, renderer: Renderer, public_url: str | None) -> APIRouter:
    """Return both routes, with their whole paths."""
    router = APIRouter(tags=["Textstellen"])

    @router.head(f"{API}/permalinks/{{passage_id}}", include_in_schema=False)
    @router.get(
        f"{API}/permalinks/{{passage_id}}",
        operation_id="getPermalink",
        summary="Was aus einer verlinkten Textstelle geworden ist",
        description="Antwortet auch, wenn sich die Textstelle geändert hat oder ihr Dokument zurückgezogen oder entfernt ist.",
        response_description="Stand der Textstelle",
        responses=documented(NOT_FOUND, NOT_READY),
    )
    def get_permalink(passage_id: PassageId) -> PermalinkAnswer:
        return build_permalink_answer(searcher.library.permalink(passage_id), public_url)

    @router.head("/p/{passage_id}", include_in_schema=False)
    @router.get("/p/{passage_id}", include_in_schema=False)
    def follow_permalink(request: Request, passage_id: str) -> Response:
        permalink = searcher.library.permalink(passage_id)
        if permalink.state is PermalinkState.CURRENT:
            there = keep_language(request, page_path(permalink.document_id, permalink.id))
            return RedirectResponse(there, HTTPStatus.SEE_OTHER)
        view = view_permalink(permalink, renderer.read_texts(request)["permalink"])
        return renderer.answer(request, "permalink.html", _choose_status(permalink), view=view)

    return router


def _choose_status(permalink: Permalink) -> HTTPStatus:
    return HTTPStatus.OK if permalink.document is not None else HTTPStatus.GONE
