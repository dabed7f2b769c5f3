"""Citations, one case by hand for every shape."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from search_service.citations import (
    PDF,
    PPTX,
    XLSX,
    Citation,
    cite_document,
    cite_passage,
    find_printed,
    locate_pages,
    name_page,
    tell_extent,
)
from search_service.documents import Document, Metadata, Page, Passage

KNOWN = Metadata("Titel", authors=("Redaktion Zukunfts-HUB",), year=2025, publisher="Zukunfts-HUB Ruhr")


def document(media_type: str = PDF, metadata: Metadata = KNOWN) -> Document:
    return Document("d1", "/a.pdf", "0" * 64, media_type, 1, None, datetime(2026, 1, 1, tzinfo=UTC), metadata)


def test_author_year_title_publisher_and_page():
    passage = Passage("p1", "d1", 0, "Text", (), (Page(15, "12", "print"),))
    assert cite_passage(document(), passage) == Citation(
        "Redaktion Zukunfts-HUB (2025): Titel. Zukunfts-HUB Ruhr, S. 12 (PDF-Seite 15).", "S. 12 (PDF-Seite 15)"
    )


def test_a_format_without_pages_is_cited_by_its_innermost_heading():
    passage = Passage("p1", "d1", 0, "Text", ("Recht", "Mitbestimmung"))
    citation = cite_passage(document("text/html"), passage)
    assert citation.text == "Redaktion Zukunfts-HUB (2025): Titel. Zukunfts-HUB Ruhr, Abschnitt „Mitbestimmung“."


def test_without_pages_and_headings_the_work_is_cited():
    assert cite_passage(document("text/plain"), Passage("p1", "d1", 0, "Text")) == Citation(
        "Redaktion Zukunfts-HUB (2025): Titel. Zukunfts-HUB Ruhr.", None
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"year": None}, "Redaktion Zukunfts-HUB (o. J.): Titel. Zukunfts-HUB Ruhr."),
        ({"authors": ()}, "Zukunfts-HUB Ruhr (2025): Titel."),
        ({"authors": (), "publisher": None}, "Titel (2025)."),
        ({"authors": ("A", "B", "C")}, "A; B; C (2025): Titel. Zukunfts-HUB Ruhr."),
        ({"authors": ("A", "B", "C", "D")}, "A u. a. (2025): Titel. Zukunfts-HUB Ruhr."),
        ({"title": "Wer zahlt?"}, "Redaktion Zukunfts-HUB (2025): Wer zahlt? Zukunfts-HUB Ruhr."),
        ({"publisher": "Redaktion Zukunfts-HUB"}, "Redaktion Zukunfts-HUB (2025): Titel."),
        ({"publisher": "Müller e. V."}, "Redaktion Zukunfts-HUB (2025): Titel. Müller e. V."),
        ({"edition": 2}, "Redaktion Zukunfts-HUB (2025): Titel. 2. Aufl. Zukunfts-HUB Ruhr."),
        ({"edition": 1}, "Redaktion Zukunfts-HUB (2025): Titel. Zukunfts-HUB Ruhr."),
        ({"edition": 2, "authors": ()}, "Zukunfts-HUB Ruhr (2025): Titel. 2. Aufl."),
        ({"edition": 2, "authors": (), "publisher": None}, "Titel. 2. Aufl. (2025)."),
    ],
)
def test_what_is_not_known_is_left_out_without_a_gap(changes, expected):
    assert cite_document(replace(KNOWN, **changes)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"publisher": "Müller e. V."}, "Redaktion Zukunfts-HUB (2025): Titel. Müller e. V., S. 12."),
        ({"publisher": None, "edition": 2}, "Redaktion Zukunfts-HUB (2025): Titel. 2. Aufl., S. 12."),
        ({"publisher": None, "title": "Titel."}, "Redaktion Zukunfts-HUB (2025): Titel, S. 12."),
    ],
)
def test_the_stop_of_an_abbreviation_stays_before_the_page(changes, expected):
    passage = Passage("p1", "d1", 0, "Text", (), (Page(12, "12"),))
    assert cite_passage(document(metadata=replace(KNOWN, **changes)), passage).text == expected


@pytest.mark.parametrize(
    ("pages", "media_type", "expected"),
    [
        ((Page(15, "12"), Page(16, "13")), PDF, ("12", "13")),
        ((Page(15, "12"), Page(16)), PDF, None),
        ((Page(3, "3"),), PPTX, None),
        ((Page(1, "Kosten", "sheet"),), XLSX, None),
        ((), PDF, None),
    ],
)
def test_only_what_is_printed_on_both_ends_is_a_span_of_printed_pages(pages, media_type, expected):
    assert find_printed(pages, media_type) == expected


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([Page(12, "12")], "S. 12"),
        ([Page(15, "12")], "S. 12 (PDF-Seite 15)"),
        ([Page(3, "iii")], "S. iii (PDF-Seite 3)"),
        ([Page(15, "12"), Page(16, "13")], "S. 12–13 (PDF-Seiten 15–16)"),
        ([Page(12, "12"), Page(13, "13")], "S. 12–13"),
        ([Page(4, "iv"), Page(5, "1")], "S. iv–1 (PDF-Seiten 4–5)"),
        ([Page(15)], "PDF-Seite 15"),
        ([Page(15, "12"), Page(16)], "PDF-Seiten 15–16"),
    ],
)
def test_the_printed_page_comes_first_and_the_physical_one_where_it_differs(pages, expected):
    assert locate_pages(pages, PDF) == expected


def test_pages_of_other_formats_are_not_called_pdf():
    assert locate_pages([Page(2)], "application/epub+zip") == "Seite 2 der Datei"


def test_slides_and_sheets_are_called_by_their_names():
    costs, plan = Page(2, "Kosten", "sheet"), Page(3, "Plan", "sheet")
    assert [locate_pages(pages, PPTX) for pages in ([Page(3)], [Page(3), Page(4)])] == ["Folie 3", "Folien 3–4"]
    assert [locate_pages(pages, XLSX) for pages in ([costs], [costs, plan])] == ["Blatt „Kosten“", "Blätter „Kosten“, „Plan“"]
    assert [name_page(Page(3), PPTX), name_page(costs, XLSX)] == ["Folie 3", "Blatt „Kosten“"]


@pytest.mark.parametrize(
    ("count", "media_type", "expected"),
    [(1, PDF, "1 Seite"), (12, PDF, "12 Seiten"), (1, PPTX, "1 Folie"), (4, PPTX, "4 Folien"), (2, XLSX, "2 Blätter")],
)
def test_the_length_of_a_file_is_told_in_its_own_unit(count, media_type, expected):
    assert tell_extent(count, media_type) == expected


def test_a_page_is_named_as_the_reader_finds_it():
    assert [name_page(page, PDF) for page in (Page(15, "12"), Page(15))] == ["Seite 12", "PDF-Seite 15"]


def test_a_citation_ends_with_the_doi_or_without_a_publisher_with_the_address():
    known = Metadata("Meldung", source_url="https://example.org/meldung")
    page = Passage("p1", "d1", 0, "Text", ("Neues",))
    assert cite_document(known) == "Meldung (o. J.). https://example.org/meldung"
    assert cite_passage(document("text/html", known), page).text == (
        "Meldung (o. J.), Abschnitt „Neues“. https://example.org/meldung"
    )
    printed = replace(page, pages=(Page(3),))
    assert cite_passage(document(PDF, known), printed).text == ("Meldung (o. J.), PDF-Seite 3. https://example.org/meldung")
    found = replace(known, publisher="HUB", doi="10.1000/xyz_1")
    assert cite_passage(document(PDF, found), printed).text == (
        "HUB (o. J.): Meldung, PDF-Seite 3. https://doi.org/10.1000/xyz_1"
    )
    assert cite_document(replace(known, publisher="HUB")) == "HUB (o. J.): Meldung."
