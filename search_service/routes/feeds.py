"""What browsers and feed readers subscribe to: the matches of a question as a feed, and the search itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from search_service.feeds import ATOM_MEDIA_TYPE, OPENSEARCH_MEDIA_TYPE, write_feed, write_opensearch
from search_service.links import FEED, OPENSEARCH
from search_service.openapi import documented
from search_service.problems import INVALID_QUERY, NOT_READY, UNREADABLE
from search_service.questions import FeedParameters
from search_service.searcher import Searcher

_TAG = "Abonnieren"
_XML = {"schema": {"type": "string"}}


def create_feed_routes(searcher: Searcher, public_url: str | None) -> APIRouter:
    """Return the feed at its whole path."""
    router = APIRouter(tags=[_TAG])
    root = (public_url or "").rstrip("/")

    @router.head(FEED, include_in_schema=False)
    @router.get(
        FEED,
        operation_id="getSearchFeed",
        summary="Neue Treffer abonnieren (Atom)",
        description=(
            "Ein Eintrag je Dokument, das zur Frage passt, mit der besten Textstelle und ihrem Beleg, aus den 100 besten "
            "Treffern, das zuletzt aufgenommene zuerst. Solange sich der Bestand nicht ändert, kommen dieselben Bytes."
        ),
        response_class=Response,
        response_description="Atom-Feed nach RFC 4287",
        responses={200: {"content": {ATOM_MEDIA_TYPE: _XML}}, **documented(UNREADABLE, INVALID_QUERY, NOT_READY)},
    )
    def get_feed(asked: Annotated[FeedParameters, Query()]) -> Response:
        query = asked.to_query()
        return Response(write_feed(searcher.search(query), query, root), media_type=f"{ATOM_MEDIA_TYPE}; charset=utf-8")

    return router


def create_opensearch_routes(public_url: str | None) -> APIRouter:
    """Return the description for browsers at its whole path; it shows no contents."""
    router = APIRouter(tags=[_TAG])
    description = write_opensearch((public_url or "").rstrip("/"))

    @router.head(OPENSEARCH, include_in_schema=False)
    @router.get(
        OPENSEARCH,
        operation_id="getOpenSearchDescription",
        summary="Beschreibung der Suche für Browser (OpenSearch)",
        description="Browser bieten die Suche damit in ihrer Adresszeile an.",
        response_class=Response,
        response_description="OpenSearch-Beschreibung",
        responses={200: {"content": {OPENSEARCH_MEDIA_TYPE: _XML}}},
    )
    async def get_opensearch() -> Response:  # reads nothing, so that it waits for no search
        return Response(description, media_type=f"{OPENSEARCH_MEDIA_TYPE}; charset=utf-8")

    return router
