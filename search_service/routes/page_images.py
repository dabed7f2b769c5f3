"""Pages of documents as pictures under `/api/v1`, for viewers that must do without scripts."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from search_service.documents import Document
from search_service.edge.freshness import matches
from search_service.errors import InvalidQuery, NotFound
from search_service.guard import content_disposition
from search_service.openapi import documented
from search_service.page_images import MEDIA_TYPE, WIDTHS, PageImages, find_image, version_of
from search_service.problems import BUSY, GONE, INVALID_QUERY, NOT_FOUND, NOT_READY
from search_service.routes.path_ids import DocumentId
from search_service.searcher import Searcher

# What `v` names never changes, but a document may be withdrawn: no proxy keeps its pages, no browser for longer than an hour.
FOR_AN_HOUR = "private, max-age=3600"
PageNumber = Annotated[
    int,
    Path(
        description="Seite der Datei, gezählt ab 1 vom ersten Blatt (`physical`), nicht die aufgedruckte Seitenzahl.",
        json_schema_extra={"minimum": 1},
    ),
]


class PageImageParameters(BaseModel):
    """The parameters of `GET …/image`."""

    model_config = ConfigDict(extra="forbid")

    width: int = Field(960, description="Breite in Bildpunkten.", json_schema_extra={"enum": list(WIDTHS)})
    v: str | None = Field(
        None,
        description=(
            "Stand des Dokuments: die ersten 16 Zeichen von `ETag`. Stimmt er, darf der Browser das Bild lange behalten."
        ),
    )

    def check(self) -> None:
        """Raise InvalidQuery for a width that there is not."""
        if self.width not in WIDTHS:
            *first, last = WIDTHS
            raise InvalidQuery(f"„width“ muss {', '.join(map(str, first))} oder {last} sein.", "width")


def create_page_image_routes(searcher: Searcher, images: PageImages | None) -> APIRouter:
    """Return pages as pictures; without `images` every request is answered with 404 and the reason."""
    router = APIRouter(tags=["Dokumente"])

    @router.head("/documents/{document_id}/pages/{number}/image", include_in_schema=False)
    @router.get(
        "/documents/{document_id}/pages/{number}/image",
        operation_id="getPageImage",
        summary="Bild einer Seite",
        description=(
            "Eine Seite eines PDF oder einer eingescannten Vorlage (JPEG, PNG, TIFF), wie sie gedruckt aussieht. "
            "Wo eine Textstelle darauf steht, sagt ihr Feld `places` als Anteil an Breite und Höhe. "
            "Überlange Seiten kommen schmaler als verlangt. Andere Formate haben keine Seitenbilder (404)."
        ),
        response_class=Response,
        response_description="Das Bild",
        responses={
            200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}},
            304: {"description": "Das Bild ist noch dasselbe"},
            **documented(NOT_FOUND, GONE, INVALID_QUERY, BUSY, NOT_READY),
        },
    )
    def get_page_image(
        document_id: DocumentId,
        number: PageNumber,
        asked: Annotated[PageImageParameters, Query()],
        if_none_match: Annotated[str | None, Header(include_in_schema=False)] = None,
    ) -> Response:
        asked.check()
        document = searcher.library.document(document_id)
        image = find_image(document, number, asked.width)
        file = searcher.library.original(document)
        if images is None:
            raise NotFound("Bilder von Seiten gibt dieser Dienst nicht aus. Bitte die Originaldatei öffnen.")
        headers = {"etag": image.etag, "content-disposition": content_disposition(_name(document, number), inline=True)}
        headers["cache-control"] = FOR_AN_HOUR if asked.v == version_of(document) else "private, no-cache"
        if if_none_match and matches(if_none_match, image.etag):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(images.draw(image, file), headers=headers, media_type=MEDIA_TYPE)

    return router


def _name(document: Document, number: int) -> str:
    return f"{PurePosixPath(document.location.replace(chr(92), '/')).stem}-seite-{number}.webp"
