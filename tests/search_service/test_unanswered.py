"""Which searches tell of a gap."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.requests import Request

from search_service.desk.gaps import GapCounter, K
from search_service.desk.opening import open_desk
from search_service.queries import Filters, Query
from search_service.searcher import Searcher
from search_service.unanswered import make_listener


def ask(gaps: GapCounter, searcher: Searcher, query: Query) -> list[str]:
    """Return the gaps after K clients have asked `query`."""
    listen = make_listener(gaps, proxies=0)
    for number in range(K):
        request = Request({"type": "http", "client": (f"192.0.2.{number}", 1), "headers": []})
        listen(request, query, searcher.search(query))
    gaps.close()
    return [gap.text for gap in gaps.list(10)]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (Query("Mondbasis"), ["mondbasis"]),
        (Query("Mondbasis -Leiharbeit"), ["mondbasis"]),
        (Query("Schichtplanung braucht Vorlauf"), []),
        (Query("Mondbasis", page=2), []),
        (Query("Mondbasis", filters=Filters(older_editions=True)), []),
        (Query("!!!"), []),
    ],
)
def test_what_nothing_answers_is_a_gap(searcher: Searcher, tmp_path: Path, query: Query, words: list[str]) -> None:
    assert ask(open_desk(tmp_path).gaps, searcher, query) == words
