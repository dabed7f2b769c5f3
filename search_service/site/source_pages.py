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
from search_service.page_images import WIDTHS, find_image
from search_service.routes.page_images import version_of
from search_service.searcher import Searcher
from search_service.site.renderer import Renderer
from search_service.site.source_view import can_show_pages, choose_page, read_way_back, view_reading, view_sheet
from search_service.site.viewer_files import PageLibrary


def create_source_routes(searcher: Searcher, renderer: Renderer, *, has_images: bool, library: PageLibrary | None) -> APIRouter:
    """Return the viewer; `has_images`: this service hands out pictures of pages; `library`: what browsers draw them with."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    def show_source(request: Request, document_id: str) -> Response:
        asked = request.query_params
        passage_id = asked.get("stelle", "").strip()
        page, back = read_page_number(asked.get("seite", "")), read_way_back(asked.get("zurueck", ""))
        try:
            document, passages, _ = searcher.library.document_with_passages(document_id)
        except NotFound:
            if passage_id:
                searcher.library.permalink(passage_id)  # raises NotFound for one that never was
                return RedirectResponse(permalink_path(passage_id), HTTPStatus.SEE_OTHER)
            raise
        chosen = next((each for each in passages if each.id == passage_id), None)
        if passage_id and chosen is None:
            return _lead_elsewhere(passage_id, back)
        if not can_show_pages(document) or not _has_file(document):
            view = view_reading(document, passages, chosen, back)
            lost = can_show_pages(document)
            return renderer.answer(request, "source_text.html", view=view, lost=lost)
        return _show_sheet(request, document, passages, chosen, choose_page(page, chosen), back)

    def _lead_elsewhere(passage_id: str, back: str | None) -> Response:
        """Lead to the document that the passage stands in, or to what became of it; raise NotFound."""
        permalink = searcher.library.permalink(passage_id)
        if permalink.document is not None and permalink.passage is not None and permalink.passage.id == passage_id:
            return RedirectResponse(source_path(permalink.document_id, passage_id, back=back), HTTPStatus.SEE_OTHER)
        return RedirectResponse(permalink_path(passage_id), HTTPStatus.SEE_OTHER)

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


def read_page_number(text: str) -> int | None:
    """Return the physical page that an address names, None if it names none; raise InvalidQuery."""
    given = text.strip()
    if not given:
        return None
    if not (given.isascii() and given.isdecimal()):
        raise InvalidQuery("„seite“ muss eine ganze Zahl ab 1 sein, gezählt vom ersten Blatt der Datei.", "seite")
    return int(given[:9])  # more pages than any file has
