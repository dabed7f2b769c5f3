"""Where things lie in the service: the paths of documents, passages and files. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote, urlencode

from search_service.citations import PDF
from search_service.documents import Passage
from search_service.hits import Highlight, HighlightKind

API = "/api/v1"
FEED = f"{API}/feeds/search.atom"
OPENSEARCH = "/opensearch.xml"


def page_path(document_id: str, passage_id: str | None = None) -> str:
    """Return the path of a document's page, at one of its passages if one is given."""
    return f"/dokument/{quote(document_id, safe='')}" + (f"#{quote(passage_id, safe='')}" if passage_id else "")


def file_path(document_id: str, passage: Passage | None = None, media_type: str = "") -> str:
    """Return the path of a document's file; in a PDF at the first page of `passage`."""
    path = f"{API}/documents/{quote(document_id, safe='')}/file"
    if passage and passage.pages and media_type == PDF:
        return f"{path}#page={passage.pages[0].physical}"
    return path


def source_path(
    document_id: str,
    passage_id: str | None = None,
    page: int | None = None,
    back: str | None = None,
    first: int | None = None,
) -> str:
    """Return the path where the source is shown, opened at a passage if one is given, or at a physical page.

    `back`: the path of the list from which a reader comes, "/suche?q=…", to be offered as the way back. `first`: the
    number of the passage, counted from 1, that a long text is shown from.
    """
    given = {"stelle": passage_id, "seite": page, "ab": first, "zurueck": back}
    parameters = urlencode([(name, value) for name, value in given.items() if value is not None], quote_via=quote)
    path = f"/dokument/{quote(document_id, safe='')}/quelle" + (f"?{parameters}" if parameters else "")
    return f"{path}#{quote(passage_id, safe='')}" if passage_id else path


def permalink_path(passage_id: str) -> str:
    """Return the path that leads to a passage whatever becomes of its document's page."""
    return f"/p/{quote(passage_id, safe='')}"


def citation_path(document_id: str) -> str:
    """Return the path under which the reference to a whole document is handed out."""
    return f"{API}/documents/{quote(document_id, safe='')}/citation"


def begin_at_mark(passage: Passage, highlights: Sequence[Highlight]) -> Passage:
    """Return the passage with its pages from the first highlight on, to open its file there; as it is where none is known.

    The sentence that answers comes before single words.
    """
    first = min(highlights, key=lambda mark: (mark.kind is not HighlightKind.SEMANTIC, mark.start), default=None)
    place = next((each for each in passage.places if first and each.end > first.start), None)
    pages = tuple(page for page in passage.pages if place and page.physical >= place.page)
    return replace(passage, pages=pages) if pages else passage
