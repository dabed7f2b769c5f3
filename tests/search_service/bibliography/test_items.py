"""From documents and passages to references."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings

from search_service.bibliography.items import (
    ItemType,
    Locator,
    clean_address,
    gather,
    make_item,
    make_locator,
    one_line,
    refer,
    tell_places,
)
from search_service.bibliography.names import Name
from search_service.citations import PDF, PPTX, XLSX, cite_passage, link_doi
from search_service.documents import Metadata, Page
from tests.search_service.bibliography.cited_works import HOSTILE, METADATA, PAGES, STUDY, make_document, make_passage


def test_a_study_becomes_a_report_with_all_that_is_known():
    item = make_item(make_document())
    assert (item.type, item.genre, item.key) == (ItemType.REPORT, "Studie", "mueller2025kuenstliche-1f3a5c")
    anna, bernd = Name(family="Müller", given="Anna"), Name(family="Özdemir", given="Bernd")
    assert item.authors == (anna, bernd, Name("Institut Arbeit und Technik"))
    assert (item.edition, item.doi, item.url) == (2, "10.1000/xyz_1", "https://example.org/studie?a=1&b=2%20c")
    assert item.accessed is None


@pytest.mark.parametrize(
    ("changes", "media_type", "expected"),
    [
        ({"type": "study"}, PDF, ItemType.REPORT),
        ({"type": "guide"}, PDF, ItemType.REPORT),
        ({"type": "guide", "isbn": "9783161484100"}, PDF, ItemType.BOOK),
        ({"type": "case_report"}, PDF, ItemType.REPORT),
        ({"type": "guide", "source_url": "https://example.org"}, "text/html", ItemType.REPORT),
        ({"type": "advice", "source_url": "https://example.org"}, "text/html", ItemType.WEBPAGE),
        ({"type": "funding", "source_url": "https://example.org"}, PDF, ItemType.DOCUMENT),
        ({"type": "event"}, "text/html", ItemType.DOCUMENT),
        ({}, PDF, ItemType.DOCUMENT),
    ],
)
def test_the_kind_of_a_work_follows_from_its_type_isbn_and_format(changes, media_type, expected):
    item = make_item(make_document(Metadata("Titel", **changes), media_type))
    assert item.type is expected
    assert (item.accessed == date(2026, 3, 5)) == (expected is ItemType.WEBPAGE)


def test_what_is_not_known_stays_unknown():
    item = make_item(make_document(Metadata("  ")))
    assert (item.title, item.authors) == ("Ohne Titel", ())
    assert {item.year, item.publisher, item.url, item.genre, item.edition, item.language} == {None}
    assert make_item(make_document(replace(STUDY, edition=1))).edition is None
    assert make_item(make_document(replace(STUDY, source_url="javascript:alert(1)", urn=None))).url is None


def test_a_work_without_an_address_has_that_of_its_page_where_the_service_has_one():
    bare = make_document(replace(STUDY, source_url=None, urn=None))
    assert make_item(bare, "https://wissen.example.org").url == f"https://wissen.example.org/dokument/{bare.id}"
    assert make_item(bare).url is None
    assert make_item(make_document(), "https://wissen.example.org").url == make_item(make_document()).url
    assert make_item(bare, "https://wissen.example.org").type is make_item(bare).type


def test_a_work_that_has_only_a_urn_is_found_through_its_resolver():
    assert make_item(make_document(replace(STUDY, source_url=None))).url == "https://nbn-resolving.org/urn:nbn:de:0001-2345"


@pytest.mark.parametrize(
    ("pages", "media_type", "expected"),
    [
        ((Page(15, "12"), Page(16, "13")), PDF, Locator("S. 12–13 (PDF-Seiten 15–16)", "S. 12–13", ("12", "13"), None)),
        ((Page(12, "12"),), PDF, Locator("S. 12", "S. 12", ("12", "12"), None)),
        ((Page(15),), PDF, Locator("PDF-Seite 15", "PDF-Seite 15", None, None)),
        ((Page(3, "3"),), PPTX, Locator("Folie 3", "Folie 3", None, None)),
        ((Page(1, "Kosten", "sheet"),), XLSX, Locator("Blatt „Kosten“", "Blatt „Kosten“", None, None)),
        ((), "text/html", Locator("Abschnitt „Recht“", "Abschnitt „Recht“", None, "Recht")),
    ],
)
def test_the_place_is_told_as_the_footnote_tells_it_and_only_print_counts_as_a_page(pages, media_type, expected):
    assert make_locator(make_passage(pages), media_type) == expected


def test_a_passage_without_page_and_heading_has_no_place():
    assert make_locator(make_passage((), ()), "text/plain") is None


def test_the_footnote_is_the_one_of_the_page():
    document, passage = make_document(), make_passage()
    assert refer(document, passage).footnote == cite_passage(document, passage).text
    assert refer(document).footnote == (
        "Müller, Anna; Bernd Özdemir; Institut Arbeit und Technik (2025): "
        "Künstliche Intelligenz im Betrieb. 2. Aufl. Zukunfts-HUB Ruhr. https://doi.org/10.1000/xyz_1"
    )


def test_a_list_has_each_work_once_with_all_its_places():
    first, second = make_document(document_id="d1"), make_document(document_id="d2")
    asked = [
        refer(second), refer(first, make_passage()), refer(first, make_passage((Page(4),))),
        refer(first, make_passage()), refer(first),
    ]  # fmt: skip
    entries = gather(asked)
    assert [(entry.item.id, tell_places(entry.locators)) for entry in entries] == [
        ("d2", None),
        ("d1", "Zitierte Stellen: S. 12–13 (PDF-Seiten 15–16); PDF-Seite 4"),
    ]


def test_a_key_is_the_same_in_every_list_unless_two_works_share_it():
    one, other, third = (make_document(document_id=name) for name in ("d1000000", "d2000000", "d3000001"))
    alone = gather([refer(one), refer(third)])
    assert [entry.item.key for entry in alone] == ["mueller2025kuenstliche-000000", "mueller2025kuenstliche-000001"]
    keys = [entry.item.key for entry in gather(map(refer, (one, other, third)))]
    assert keys == [
        "mueller2025kuenstliche-000000-d1000000", "mueller2025kuenstliche-000000-d2000000", "mueller2025kuenstliche-000001",
    ]  # fmt: skip


def test_addresses_are_ascii_without_braces_and_escapes_and_keep_what_is_encoded():
    assert clean_address("https://example.org/ä b{c}\\d%20?x=1#y") == "https://example.org/%C3%A4%20b%7Bc%7D%5Cd%20?x=1#y"
    assert [clean_address(each) for each in (None, "", "ftp://example.org", "javascript:alert(1)", "https://")] == [None] * 5
    assert link_doi("10.1000/a<b>#c") == "https://doi.org/10.1000/a%3Cb%3E%23c"


@given(HOSTILE)
def test_one_line_is_one_line_for_every_reader_of_lines_and_utf8(text):
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert line.isprintable() or not any(character < " " for character in line)
    assert line.encode().decode() == line
    assert one_line(line) == line


@given(METADATA, PAGES)
@settings(max_examples=60)
def test_any_document_can_be_referred_to(metadata, pages):
    reference = refer(make_document(metadata), make_passage(pages))
    item = reference.item
    assert item.title
    assert item.key.isascii()
    assert item.key.replace("-", "").isalnum()
    assert len(reference.footnote.splitlines()) == 1
    assert reference.locator is None or reference.locator.printed is None or all(reference.locator.printed)
    for text in (item.doi, item.isbn, item.urn, item.language, item.url):
        assert text is None or not set(text) & set(" {}\\\n")
