"""Where a file is opened: at the page of the first mark, while the citation names every page of the passage."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from search_service.answers import build_search_answer
from search_service.citations import PDF
from search_service.documents import Document, Metadata, Page, Passage, Place
from search_service.hits import Explanation, Highlight, HighlightKind, Hit, Result, Snippet, Total
from search_service.links import begin_at_mark, file_path
from search_service.queries import Query
from search_service.site.results_view import view_results

# "Erste Zeile." stands on page 7, "Zweite Zeile." on page 8.
TEXT = "Erste Zeile. Zweite Zeile."
PLACES = (Place(0, 12, 7, 0.1, 0.9, 0.9, 0.92), Place(13, 26, 8, 0.1, 0.1, 0.9, 0.12))
PASSAGE = Passage("p1", "d1", 0, TEXT, (), (Page(7, "5"), Page(8, "6")), PLACES)
DOCUMENT = Document("d1", "/a.pdf", "0" * 64, PDF, 1, 9, datetime(2026, 1, 1, tzinfo=UTC), Metadata("Titel", year=2025))
MEANT = HighlightKind.SEMANTIC


@pytest.mark.parametrize(
    ("marks", "page"),
    [
        ((Highlight(0, 5),), 7),
        ((Highlight(13, 19),), 8),
        ((Highlight(6, 11), Highlight(13, 19)), 7),
        ((Highlight(6, 11), Highlight(13, 26, MEANT)), 8),
        ((), 7),
    ],
)
def test_a_file_opens_at_the_page_of_the_first_mark(marks: tuple[Highlight, ...], page: int) -> None:
    assert file_path("d1", begin_at_mark(PASSAGE, marks), PDF).endswith(f"/file#page={page}")


def test_without_places_a_file_opens_at_the_first_page() -> None:
    assert file_path("d1", begin_at_mark(replace(PASSAGE, places=()), (Highlight(13, 19),)), PDF).endswith("#page=7")


def test_interface_and_page_open_the_file_at_the_mark_and_cite_the_whole_span() -> None:
    hit = Hit(1, 0.5, DOCUMENT, PASSAGE, Snippet(TEXT), (Highlight(13, 19),), Explanation(1.0, None, words=("Zweite",)))
    result = Result((hit,), Total(1, "eq"), {}, (), 1, datetime(2026, 1, 1, tzinfo=UTC))
    (answer,) = build_search_answer(result, Query("zweite")).hits
    assert answer.source_url.endswith("#page=8")
    assert answer.citation.locator == "S. 5–6 (PDF-Seiten 7–8)"
    (view,) = view_results(result, Query("zweite")).hits
    assert view.file_link.endswith("#page=8")
    assert view.source_link.startswith("/dokument/d1/quelle?stelle=p1&seite=8&")
    assert view.source_text == "Quelle auf Seite 6 ansehen"
    assert view.citation.endswith("S. 5–6 (PDF-Seiten 7–8).")
