"""The viewer's view: marks worked out by hand, the page to open, the ways on and back, the text to read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from search_service.documents import Document, Metadata, Page, Passage, Place
from search_service.errors import InvalidQuery
from search_service.links import source_path
from search_service.site.passage_text import Part, drop_repeated, read_parts
from search_service.site.source_marks import Rectangle, mark_page
from search_service.site.source_pages import PAGE, read_number
from search_service.site.source_view import (
    LONGEST_BACK,
    WHOLE,
    choose_page,
    name_source,
    read_way_back,
    view_reading,
    view_sheet,
)

DOCUMENT = Document(
    id="d1",
    location="leitfaden.pdf",
    content_hash="a" * 64,
    media_type="application/pdf",
    size=1_200_000,
    page_count=9,
    indexed_at=datetime(2026, 3, 5, tzinfo=UTC),
    metadata=Metadata(title="Leitfaden"),
)
PAGES = (Page(7, "5", "print"), Page(8, "6", "print"))


def place(start: int, page: int, left: float, top: float, right: float, bottom: float) -> Place:
    return Place(start, start + 10, page, left, top, right, bottom)


FIRST = Passage("p1", "d1", 0, "Vorher.", ("1 Recht",), PAGES[:1])
CHOSEN = Passage(
    "p2",
    "d1",
    1,
    "Der Betriebsrat bestimmt mit. Auch hier.",
    ("1 Recht", "1.1 Mitbestimmung"),
    PAGES,
    (place(0, 7, 0.1, 0.8, 0.9, 0.82), place(10, 7, 0.1, 0.83, 0.5, 0.85), place(20, 8, 0.1, 0.05, 0.6, 0.07)),
)
LAST = Passage("p3", "d1", 2, "Nachher.", ("2 Praxis",), PAGES[1:])
PASSAGES = (FIRST, CHOSEN, LAST)


def test_a_line_becomes_a_rectangle_with_air_and_a_bar_in_the_margin():
    marks = mark_page([place(0, 3, 0.2, 0.1, 0.8, 0.12)], 3)
    assert marks.lines == (Rectangle("0.1970", "0.0980", "0.6060", "0.0240"),)
    assert marks.bars == (Rectangle("0.1820", "0.0980", "0.0060", "0.0240"),)


def test_a_line_of_two_sentences_is_marked_once_and_another_page_not_at_all():
    twice = [place(0, 3, 0.2, 0.1, 0.8, 0.12), place(10, 3, 0.2, 0.1, 0.8, 0.12), place(20, 4, 0.2, 0.1, 0.8, 0.12)]
    assert len(mark_page(twice, 3).lines) == 1
    assert mark_page(twice, 5).lines == mark_page(twice, 5).bars == ()


def test_each_column_has_a_bar_of_its_own():
    columns = [
        place(0, 1, 0.1, 0.8, 0.45, 0.82),
        place(10, 1, 0.1, 0.83, 0.45, 0.85),
        place(20, 1, 0.55, 0.1, 0.9, 0.12),
    ]
    bars = mark_page(columns, 1).bars
    assert [(bar.x, bar.y, bar.height) for bar in bars] == [("0.0820", "0.7980", "0.0540"), ("0.5320", "0.0980", "0.0240")]


def test_words_beside_one_another_share_a_bar():
    assert len(mark_page([place(0, 1, 0.1, 0.5, 0.3, 0.52), place(9, 1, 0.4, 0.499, 0.9, 0.52)], 1).bars) == 1


def test_no_mark_leaves_the_page():
    (line,) = mark_page([place(0, 1, 0.0, 0.0, 1.0, 1.0)], 1).lines
    assert line == Rectangle("0.0000", "0.0000", "1.0000", "1.0000")
    (bar,) = mark_page([place(0, 1, 0.0, 0.0, 1.0, 1.0)], 1).bars
    assert (bar.x, bar.width) == ("0.0000", "0.0000")
    assert mark_page([place(0, 1, 0.5, 0.5, 0.5, 0.5)], 1).lines == ()


@pytest.mark.parametrize(
    ("asked", "passage", "page"),
    [(None, CHOSEN, 7), (8, CHOSEN, 8), (None, None, 1), (None, replace(CHOSEN, places=CHOSEN.places[2:]), 8), (None, LAST, 8)],
)
def test_the_viewer_opens_where_the_passage_begins_unless_a_page_is_asked_for(asked, passage, page):
    assert choose_page(asked, passage) == page


def test_a_page_tells_where_it_is_and_leads_on_with_the_passage():
    view = view_sheet(DOCUMENT, PASSAGES, CHOSEN, 7, "v1", "/suche?q=KI")
    assert (view.folio.main, view.folio.beside, view.name) == ("S. 5", "PDF-Seite 7", "Seite 5")
    assert len(view.marks.lines) == 2
    assert view.mark_anchor == "p2"
    assert view.previous == "/dokument/d1/quelle?stelle=p2&seite=6&zurueck=%2Fsuche%3Fq%3DKI#blatt"
    assert view.following == "/dokument/d1/quelle?stelle=p2&seite=8&zurueck=%2Fsuche%3Fq%3DKI#p2"
    assert [(page.text, page.is_current) for page in view.own_pages] == [("Seite 5", True), ("Seite 6", False)]
    assert view.images[0] == ("/api/v1/documents/d1/pages/7/image?v=v1&width=480", 480)
    assert view.source.file_link == "/api/v1/documents/d1/file#page=7"
    assert view.source.back == ("Zurück zu den Treffern", "/suche?q=KI")
    assert view.chosen is not None
    assert (view.chosen.place, view.chosen.anchor) == ("S. 5–6 (PDF-Seiten 7–8)", "")  # the marks have the anchor
    assert [other.id for other in view.others] == ["p1"]


def test_the_first_and_the_last_page_lead_no_further_and_a_page_without_the_passage_has_no_marks():
    first, last = (view_sheet(DOCUMENT, PASSAGES, CHOSEN, page, "v1") for page in (1, 9))
    assert (first.previous, last.following) == (None, None)
    assert first.following is not None
    assert first.following.endswith("#blatt")
    assert (first.marks.lines, first.mark_anchor, first.name) == ((), "", "PDF-Seite 1")
    assert first.chosen is not None
    assert first.chosen.anchor == "p2"  # the text has it
    assert view_sheet(replace(DOCUMENT, page_count=None), PASSAGES, None, 9, "v1").following is not None


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/suche?q=KI+im+Betrieb&page=2", "/suche?q=KI+im+Betrieb&page=2"),
        ("/merkliste", None),
        (f"/suche?q={'a' * (LONGEST_BACK - 9)}", f"/suche?q={'a' * (LONGEST_BACK - 9)}"),
        (f"/suche?q={'a' * LONGEST_BACK}", None),
        ("/suche?q=a#oben", "/suche?q=a"),
        ("", None),
        ("https://boese.example/suche?q=a", None),
        ("//boese.example/suche", None),
        ("javascript:alert(1)", None),
        ("/suche\\@boese.example", None),
        ("/suche?q=a\\b", None),
        ("/suche?q=\x00", None),
        ("/suche?q=\ud800", None),
        ("http://[", None),
        ("/pflege", None),
        ("/../suche", None),
    ],
)
def test_the_way_back_leads_to_our_own_lists_only(address, path):
    assert read_way_back(address) == path


@pytest.mark.parametrize(("text", "page"), [("", None), (" ", None), ("7", 7), ("007", 7), ("9" * 5000, 999_999_999)])
def test_the_number_of_a_page_is_read(text, page):
    assert read_number(text, PAGE) == page


@pytest.mark.parametrize("text", ["-1", "iii", "1.5", "²", "٣", "<b>", "\x00", "1e3"])
def test_what_is_no_number_of_a_page_is_refused_with_the_reason(text):
    with pytest.raises(InvalidQuery, match="ganze Zahl ab 1"):
        read_number(text, PAGE)


def test_a_source_has_one_address_per_passage_and_page():
    assert source_path("d 1") == "/dokument/d%201/quelle"
    assert source_path("d1", "p/2") == "/dokument/d1/quelle?stelle=p%2F2#p%2F2"
    assert source_path("d1", page=3) == "/dokument/d1/quelle?seite=3"


def test_text_is_read_as_paragraphs_lists_and_tables():
    text = "Vorab:\n– erstens\n– zweitens\nZeit | Was\n10.00 | Beginn\n15.00 | \n1. Eins\n2. Zwei\nAm 3. Mai | nie"
    assert read_parts(text) == (
        Part("Vorab:"),
        Part(items=("erstens", "zweitens")),
        Part(rows=(("Zeit", "Was"), ("10.00", "Beginn"), ("15.00", ""))),
        Part(items=("1. Eins", "2. Zwei"), is_numbered=True),
        Part("Am 3. Mai | nie"),
    )
    assert read_parts("a | b | c\nd | e |") == (Part(rows=(("a", "b", "c"), ("d", "e", ""))),)
    assert read_parts("a | b | c\n | | f") == (Part(rows=(("a", "b", "c"), ("", "", "f"))),)
    assert read_parts("a|b\nc|d") == (Part("a|b"), Part("c|d"))
    assert read_parts(" \n\n") == ()


def test_rows_of_other_widths_and_single_lines_are_no_table():
    assert read_parts("a | b | c\nd | e") == (Part("a | b | c"), Part("d | e"))
    assert read_parts("3. Mai war ein Dienstag.\nDanach nichts.") == (Part("3. Mai war ein Dienstag."), Part("Danach nichts."))


def test_sentences_that_ingest_repeats_are_told_once():
    assert drop_repeated("Zweiter Satz. Dritter Satz.", "Erster Satz. Zweiter Satz.") == "Dritter Satz."
    assert drop_repeated("Zweiter Satz.", "Erster Satz. Zweiter Satz.") == "Zweiter Satz."  # never the whole
    assert drop_repeated("Satz. Neu.", "Anders.") == "Satz. Neu."


def test_the_reading_view_keeps_the_chosen_passage_whole_and_every_heading_once():
    one = Passage("p1", "d1", 0, "Eins. Zwei.", ("A",))
    two = Passage("p2", "d1", 1, "Zwei. Drei.", ("A", "B"))
    three = Passage("p3", "d1", 2, "Drei. Vier.", ("A", "B"))
    document = replace(DOCUMENT, media_type="text/html", location="x.html", page_count=None)
    view = view_reading(document, (one, two, three), two)
    assert [passage.parts[0].text for passage in view.passages] == ["Eins.", "Zwei. Drei.", "Vier."]
    assert [passage.headings for passage in view.passages] == [((2, "A"),), ((3, "B"),), ()]
    assert view.chosen is view.passages[1]
    assert view.chosen.place == "Abschnitt „B“"
    assert view.source.opens is False


BOOK = replace(DOCUMENT, media_type="text/markdown", location="buch.md", page_count=None)


def make_book(count):
    return [Passage(f"p{number}", "d1", number, f"Text {number}.", (f"Kapitel {number // 10}",)) for number in range(count)]


def number_shown(view):
    return [passage.number for passage in view.passages]


def test_a_long_text_is_shown_around_its_passage_and_leads_on_to_all_of_it():
    passages = make_book(1000)
    view = view_reading(BOOK, passages, passages[500], "/suche?q=a")
    assert number_shown(view) == list(range(441, 562))
    assert (view.extent, view.chosen_link) == ("441 bis 561 von 1.000", "#p500")
    assert view.earlier == "/dokument/d1/quelle?stelle=p500&ab=320&zurueck=%2Fsuche%3Fq%3Da#p439"
    assert view.later == "/dokument/d1/quelle?stelle=p500&ab=562&zurueck=%2Fsuche%3Fq%3Da#p561"
    assert view.passages[0].headings == ((2, "Kapitel 44"),)
    on = view_reading(BOOK, passages, passages[500], first=562)
    assert number_shown(on)[:2] == [562, 563]
    assert (on.chosen, on.chosen_link) == (None, "/dokument/d1/quelle?stelle=p500#p500")


@pytest.mark.parametrize("count", [WHOLE + 1, 500, 1000])
def test_following_the_links_shows_every_passage_and_then_ends(count):
    passages, seen, first = make_book(count), [], None
    while True:
        view = view_reading(BOOK, passages, None, first=first)
        seen += number_shown(view)
        if view.later is None:
            break
        first = int(view.later.partition("ab=")[2].partition("#")[0])
    assert sorted(set(seen)) == list(range(1, count + 1))
    assert (view_reading(BOOK, passages, None).earlier, view.earlier is None) == (None, False)
    assert number_shown(view_reading(BOOK, passages, None, first=10**9))[-1] == count
    assert number_shown(view_reading(BOOK, passages, None, first=0))[0] == 1


def test_a_text_of_moderate_length_is_whole():
    view = view_reading(BOOK, make_book(WHOLE), None, first=50)
    assert (len(view.passages), view.extent, view.earlier, view.later) == (WHOLE, None, None, None)


def test_a_link_promises_a_page_only_where_one_can_be_shown():
    slides = replace(DOCUMENT, media_type="application/vnd.openxmlformats-officedocument.presentationml.presentation")
    assert name_source(DOCUMENT, LAST) == "Quelle auf Seite 6 ansehen"
    assert name_source(slides, LAST) == name_source(DOCUMENT, replace(LAST, pages=())) == "Im Text ansehen"
