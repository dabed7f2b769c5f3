"""Errors as pages: in the usual layout, with the question still in the field, to be changed and asked again."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from search_service.edge.freshness import READING
from search_service.problems import Kind
from search_service.site.error_view import view_error
from search_service.site.language_switch import write_page_link
from search_service.site.renderer import Renderer, find_language


class ErrorPages:
    """The pages of all kinds of problems."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def answer(self, request: Request, kind: Kind, detail: str, headers: Mapping[str, str]) -> Response:
        """Return the page of a problem; `detail` is what the error itself says, "" where it says nothing."""
        is_reading = request.method in READING
        view = view_error(
            kind,
            detail,
            self._renderer.read_texts(request)["error"],
            find_language(request),
            here=write_page_link(request.scope["path"], request.scope.get("query_string", b"")) if is_reading else None,
            seconds=headers.get("retry-after"),
        )
        question = request.query_params.get("q", "")
        return self._renderer.answer(request, "error.html", kind.status, headers, view=view, q=question)
