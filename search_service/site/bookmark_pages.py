"""The page of bookmarks, whose list is kept in the reader's browser, and the file that such a list is taken along as."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from search_service.bibliography.formats import WRITERS, Format, offer_format
from search_service.citation_delivery import find_references, hand_out
from search_service.citation_questions import MAX_CITATIONS
from search_service.errors import InvalidQuery
from search_service.searcher import Searcher
from search_service.site.renderer import Renderer
from search_service.site.sent_form import SentForm

# The formats of a list and what their buttons say; a footnote list is what goes into a text without further ado.
FILES = {
    Format.BIBTEX: "BibTeX",
    Format.RIS: "RIS",
    Format.CSL: "CSL-JSON",
    Format.FOOTNOTE: "Fußnoten (Text)",
    Format.APA: "APA (Text)",
}

_ID = re.compile(r"[\w-]{1,80}", re.ASCII)  # ids of passages and documents are shorter; only such are told again


def create_bookmark_routes(searcher: Searcher, renderer: Renderer, public_url: str | None) -> APIRouter:
    """Return the page, and the form on it that answers with a file."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    root = (public_url or "").rstrip("/")

    @router.head("/merkliste", response_model=None)
    @router.get("/merkliste", response_model=None)
    def show_bookmarks(request: Request) -> Response:
        return renderer.answer(request, "bookmarks.html", formats=[(value.value, label) for value, label in FILES.items()])

    @router.post("/merkliste", response_model=None)
    def send_bookmarks(form: SentForm) -> Response:
        """Answer with the references to the passages as a file: a real form, so that the browser saves it by itself."""
        if not form.is_whole:
            raise InvalidQuery(
                f"Das Formular der Merkliste ist nicht zu lesen, oder es nennt zu viele Textstellen: {MAX_CITATIONS} gehen auf "
                "einmal. Bitte die Merkliste neu laden und noch einmal senden.",
                "id",
            )
        chosen = form.text("format")
        if chosen not in FILES:
            names = ", ".join(f"„{each}“" for each in FILES)
            raise InvalidQuery(f"Als Format der Datei gibt es {names}. Bitte auf der Merkliste eines davon wählen.", "format")
        offer = offer_format(Format(chosen))
        wanted = [value for _, value in form.values(("id",))]
        if not all(map(_ID.fullmatch, wanted)):
            raise InvalidQuery(
                "Ein Eintrag der Merkliste hat keine gültige Kennung. Bitte ihn von der Merkliste nehmen und die Textstelle "
                "neu merken.",
                "id",
            )
        references = find_references(searcher.library, wanted, root)
        return hand_out(references, offer, WRITERS[offer.format](references), download=True)

    return router
