"""RIS, read back with rispy."""

from __future__ import annotations

from dataclasses import replace

import rispy
from hypothesis import given, settings

from search_service.bibliography.items import one_line
from search_service.bibliography.ris import write_ris
from search_service.documents import Page
from tests.search_service.bibliography.cited_works import HOSTILE, METADATA, PAGES, PRINTED, STUDY, make_entry


def test_a_study_cited_at_two_pages():
    assert write_ris([make_entry(STUDY, PRINTED)]).split("\r\n") == [
        "TY  - RPRT",
        "ID  - mueller2025kuenstliche-1f3a5c",
        "AU  - Müller, Anna",
        "AU  - Özdemir, Bernd",
        "AU  - Institut Arbeit und Technik",
        "TI  - Künstliche Intelligenz im Betrieb",
        "PY  - 2025",
        "PB  - Zukunfts-HUB Ruhr",
        "ET  - 2",
        "M3  - Studie",
        "SP  - 12",
        "EP  - 13",
        "LA  - de",
        "DO  - 10.1000/xyz_1",
        "UR  - https://example.org/studie?a=1&b=2%20c",
        "N1  - Zitierte Stelle: S. 12–13 (PDF-Seiten 15–16)",
        "N1  - URN: urn:nbn:de:0001-2345",
        "ER  - ",
        "",
    ]


def test_several_places_stand_in_a_note_because_there_is_room_for_one_span():
    text = write_ris([make_entry(STUDY, PRINTED, (Page(20, "17"),))])
    assert "SP  -" not in text
    assert "N1  - Zitierte Stellen: S. 12–13 (PDF-Seiten 15–16); S. 17 (PDF-Seite 20)\r\n" in text


def test_records_are_parted_by_an_empty_line():
    text = write_ris([make_entry(STUDY), make_entry(replace(STUDY, type="event", isbn="9783161484100"))])
    assert "ER  - \r\n\r\nTY  - BOOK\r\n" in text
    assert "\n" not in text.replace("\r\n", "")


@given(HOSTILE)
def test_any_title_comes_back_as_it_was(title):
    [record] = rispy.loads(write_ris([make_entry(replace(STUDY, title=title), PRINTED)]))
    assert record["title"] == (one_line(title) or "Ohne Titel")
    assert record["authors"] == ["Müller, Anna", "Özdemir, Bernd", "Institut Arbeit und Technik"]
    assert (record["year"], record["start_page"], record["end_page"]) == ("2025", "12", "13")
    assert record["type_of_reference"] == "RPRT"


@given(METADATA, PAGES)
@settings(max_examples=60)
def test_any_work_is_one_record_whose_texts_come_back(metadata, pages):
    work = make_entry(metadata, pages)
    first, second = rispy.loads(write_ris([work, make_entry(STUDY)]))
    item = work.item
    assert first["title"] == item.title
    assert first.get("authors", []) == [name.inverted for name in item.authors]
    assert first.get("publisher") == item.publisher
    assert first.get("year") == (str(item.year) if item.year else None)
    assert first.get("urls", []) == ([item.url.replace(";", "%3B")] if item.url else [])
    assert second["title"] == STUDY.title
