"""The page of bookmarks, whose list is kept in the reader's browser, and the file that such a list is taken along as."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, Response

from search_service.bibliography.formats import WRITERS, Format, offer_format
from search_service.errors import InvalidQuery
from search_service.routes.citations import find_references, hand_out
from search_service.searcher import Searcher
from search_service.site.renderer import Renderer

# The formats of a list and what their buttons say; a footnote list is what goes into a text without further ado.
FILES = {
    Format.BIBTEX: "BibTeX",
    Format.RIS: "RIS",
    Format.CSL: "CSL-JSON",
    Format.FOOTNOTE: "Fußnoten (Text)",
    Format.APA: "APA (Text)",
}


def create_bookmark_routes(searcher: Searcher, renderer: Renderer, public_url: str | None) -> APIRouter:
    """Return the page, and the form on it that answers with a file."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    root = (public_url or "").rstrip("/")

    @router.head("/merkliste", response_model=None)
    @router.get("/merkliste", response_model=None)
    def show_bookmarks(request: Request) -> Response:
        return renderer.answer(request, "bookmarks.html", formats=[(value.value, label) for value, label in FILES.items()])

    @router.post("/merkliste", response_model=None)
    def send_bookmarks(
        wanted: Annotated[list[str], Form(alias="id", default_factory=list)], chosen: Annotated[str, Form(alias="format")] = ""
    ) -> Response:
        """Answer with the references to the passages as a file: a real form, so that the browser saves it by itself."""
        if chosen not in FILES:
            names = ", ".join(f"„{each}“" for each in FILES)
            raise InvalidQuery(f"Als Format der Datei gibt es {names}. Bitte auf der Merkliste eines davon wählen.", "format")
        offer = offer_format(Format(chosen))
        references = find_references(searcher.library, wanted, root)
        return hand_out(references, offer, WRITERS[offer.format](references), download=True)

    return router
