"""The viewer `/dokument/{id}/quelle`: a source opened at a passage or a page."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from search_service.citations import PDF
from search_service.documents import Document, Passage
from search_service.errors import InvalidQuery, NotFound
from search_service.links import permalink_path, source_path
from search_service.page_images import WIDTHS, find_image, version_of
from search_service.searcher import Searcher
from search_service.site.renderer import Renderer, keep_language
from search_service.site.source_view import can_show_pages, choose_page, read_way_back, view_reading, view_sheet
from search_service.site.viewer_files import PageLibrary

# The parameters with numbers, and what they count.
PAGE = ("seite", "vom ersten Blatt der Datei")
FIRST = ("ab", "von der ersten Textstelle des Dokuments")


def create_source_routes(searcher: Searcher, renderer: Renderer, *, has_images: bool, library: PageLibrary | None) -> APIRouter:
    """Return the viewer; `has_images`: this service hands out pictures of pages; `library`: what browsers draw them with."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    def show_source(request: Request, document_id: str) -> Response:
        asked = request.query_params
        passage_id = asked.get("stelle", "").strip()
        page, back = read_number(asked.get("seite", ""), PAGE), read_way_back(asked.get("zurueck", ""))
        first = read_number(asked.get("ab", ""), FIRST)
        try:
            document, passages, _ = searcher.library.document_with_passages(document_id)
        except NotFound:
            if passage_id:
                searcher.library.permalink(passage_id)  # raises NotFound for one that never was
                return _lead(request, permalink_path(passage_id))
            raise
        chosen = next((each for each in passages if each.id == passage_id), None)
        if passage_id and chosen is None:
            return _lead_elsewhere(request, passage_id, back)
        if not can_show_pages(document) or not _has_file(document):
            view = view_reading(document, passages, chosen, back, first)
            lost = can_show_pages(document)
            return renderer.answer(request, "source_text.html", view=view, lost=lost)
        return _show_sheet(request, document, passages, chosen, choose_page(page, chosen), back)

    def _lead_elsewhere(request: Request, passage_id: str, back: str | None) -> Response:
        """Lead to the document that the passage stands in, or to what became of it; raise NotFound."""
        permalink = searcher.library.permalink(passage_id)
        if permalink.document is not None and permalink.passage is not None and permalink.passage.id == passage_id:
            return _lead(request, source_path(permalink.document_id, passage_id, back=back))
        return _lead(request, permalink_path(passage_id))

    def _has_file(document: Document) -> bool:
        try:
            return searcher.library.original(document).is_file()
        except NotFound:
            return False

    def _show_sheet(
        request: Request, document: Document, passages: list[Passage], chosen: Passage | None, page: int, back: str | None
    ) -> Response:
        find_image(document, page, WIDTHS[0])  # raises NotFound for a page that there is not
        view = view_sheet(document, passages, chosen, page, version_of(document), back)
        drawing = library if document.media_type == PDF else None
        return renderer.answer(request, "source.html", view=view, has_images=has_images, library=drawing)

    router.add_api_route("/dokument/{document_id}/quelle", show_source, methods=["GET", "HEAD"], response_model=None)
    return router


def read_number(text: str, told: tuple[str, str]) -> int | None:
    """Return the number that a parameter names, None if it names none; raise InvalidQuery.

    `told` is the parameter, and what it counts.
    """
    given = text.strip()
    if not given:
        return None
    if not (given.isascii() and given.isdecimal()):
        raise InvalidQuery(f"„{told[0]}“ muss eine ganze Zahl ab 1 sein, gezählt {told[1]}.", told[0])
    return int(given[:9])  # more than any file has


def _lead(request: Request, path: str) -> Response:
    return RedirectResponse(keep_language(request, path), HTTPStatus.SEE_OTHER)
