"""Where things lie in the service: the paths of documents, passages and files. Pure."""

from __future__ import annotations

from urllib.parse import quote

from search_service.citations import PDF
from search_service.documents import Passage

API = "/api/v1"


def page_path(document_id: str, passage_id: str | None = None) -> str:
    """Return the path of a document's page, at one of its passages if one is given."""
    return f"/dokument/{quote(document_id, safe='')}" + (f"#{quote(passage_id, safe='')}" if passage_id else "")


def file_path(document_id: str, passage: Passage | None = None, media_type: str = "") -> str:
    """Return the path of a document's file; in a PDF at the first page of `passage`."""
    path = f"{API}/documents/{quote(document_id, safe='')}/file"
    if passage and passage.pages and media_type == PDF:
        return f"{path}#page={passage.pages[0].physical}"
    return path
