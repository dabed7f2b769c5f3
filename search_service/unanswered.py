"""Which searches tell of a gap: told to the desk with the client's address, which it does not keep."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request

from search_service.desk.gaps import GapCounter
from search_service.edge.clients import find_client
from search_service.hits import Result
from search_service.queries import Filters, Query
from search_service.wording import parse_wording

Listener = Callable[[Request, Query, Result], None]


def listen_to_nothing(request: Request, query: Query, result: Result) -> None:
    """Be the listener where there is no desk."""


def make_listener(gaps: GapCounter, proxies: int) -> Listener:
    """Return what hears of every search and notes the words of those that nothing answered; it never fails nor waits.

    A search inside a filter says nothing about the whole knowledge base, and further pages are the same question again.
    Excluded words were not asked for. `proxies` is the number of trusted proxies in front.
    """

    def listen(request: Request, query: Query, result: Result) -> None:
        if not result.fitting and query.page == 1 and query.filters == Filters():
            gaps.listen(parse_wording(query.text).free, find_client(request.scope, proxies))

    return listen
