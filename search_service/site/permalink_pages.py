"""Permalinks of passages for readers: `/p/{id}` leads to the passage, or tells what became of it."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from search_service.links import page_path
from search_service.permalinks import Permalink, PermalinkState
from search_service.searcher import Searcher
from search_service.site.permalink_view import view_permalink
from search_service.site.renderer import Renderer, keep_language


def create_permalink_page_routes(searcher: Searcher, renderer: Renderer) -> APIRouter:
    """Return the route."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    def follow_permalink(request: Request, passage_id: str) -> Response:
        permalink = searcher.library.permalink(passage_id)
        if permalink.state is PermalinkState.CURRENT:
            there = keep_language(request, page_path(permalink.document_id, permalink.id))
            return RedirectResponse(there, HTTPStatus.SEE_OTHER)
        view = view_permalink(permalink, renderer.read_texts(request)["permalink"])
        return renderer.answer(request, "permalink.html", _choose_status(permalink), view=view)

    router.add_api_route("/p/{passage_id}", follow_permalink, methods=["GET", "HEAD"], response_model=None)
    return router


def _choose_status(permalink: Permalink) -> HTTPStatus:
    return HTTPStatus.OK if permalink.document is not None else HTTPStatus.GONE
