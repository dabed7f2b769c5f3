"""Citations as the interface and the page of bookmarks both hand them out: looked up by their ids, sent as text or file."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi.exceptions import RequestValidationError
from starlette.responses import Response

from search_service.bibliography.formats import Offer, name_file
from search_service.bibliography.items import Reference, refer
from search_service.citation_questions import MAX_CITATIONS
from search_service.document_answers import shorten
from search_service.errors import NotFound
from search_service.guard import content_disposition
from search_service.library import Library

VARY = {"vary": "Accept"}


def find_references(library: Library, ids: Sequence[str], root: str) -> list[Reference]:
    """Return the reference for each id, in order; raise RequestValidationError that points to those nobody knows."""
    if not 1 <= len(ids) <= MAX_CITATIONS:
        told = f"„ids“ muss 1 bis {MAX_CITATIONS} Kennungen enthalten, hier sind es {len(ids)}."
        raise RequestValidationError([_fault(("ids",), told)])
    found = [_find(library, each, root) for each in ids]
    unknown = [
        _fault(
            ("ids", place), f"Die Kennung „{shorten(ids[place], 40)}“ gibt es nicht (mehr). Bitte weglassen oder neu suchen."
        )
        for place, reference in enumerate(found)
        if reference is None
    ]
    if unknown:
        raise RequestValidationError(unknown)
    return [reference for reference in found if reference is not None]


def _find(library: Library, asked: str, root: str) -> Reference | None:
    """Return the reference to the passage or document of this id; None if there is neither."""
    try:
        return refer(*library.passage(asked), root)
    except NotFound:
        pass
    try:
        return refer(library.document(asked), root=root)
    except NotFound:
        return None


def _fault(place: tuple[str | int, ...], detail: str) -> dict[str, object]:
    """Return a fault of the body as pydantic would report it, with our own sentence."""
    return {"loc": ("body", *place), "type": "told", "ctx": {"detail": detail}}


def hand_out(references: Sequence[Reference], offer: Offer, text: str, *, download: bool) -> Response:
    """Return the references, written as `text` in the format of `offer`, to be read at once or saved as a file."""
    headers = dict(VARY)
    if download:
        headers["content-disposition"] = content_disposition(name_file(references, offer.format), inline=False)
    # JSON is UTF-8 and has no parameter to say so (RFC 8259, 11).
    media_type = offer.media_type if offer.media_type.endswith("json") else f"{offer.media_type}; charset=utf-8"
    return Response(text, headers=headers, media_type=media_type)
