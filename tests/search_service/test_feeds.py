"""The matches of a question as an Atom feed: who stands in it, in which order, and that it is sound whatever it holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.documents import Document, Metadata, Page, Passage
from search_service.feeds import write_feed, write_opensearch
from search_service.hits import Explanation, Hit, Result, Snippet, Total
from search_service.queries import Filters, Query
from search_service.relevance import Evidence

NAMES = {"a": "http://www.w3.org/2005/Atom", "o": "http://a9.com/-/spec/opensearch/1.1/"}
TAKEN_IN = datetime(2026, 3, 5, 12, 30, 15, 999, tzinfo=UTC)
PUBLISHED = datetime(2026, 4, 1, tzinfo=UTC)
SURE = Evidence(cosine=0.95, coverage=1.0, unknown=0.0, weight=1.0)
FAR = Evidence(cosine=0.5, coverage=0.0, unknown=1.0, weight=1.0)
LEAFLET = Metadata("Pausen & <b>Ruhe</b>", ("Ada Muster", "Bo Beispiel"), 2025, "HUB", type="guide", collection="wissen")


def hit(rank: int, *, evidence: Evidence = SURE, days: int = 0, metadata: Metadata = LEAFLET, text: str = "Pausen.") -> Hit:
    """Return a hit in document "dRANK", taken in `days` after the first."""
    taken_in = TAKEN_IN + timedelta(days=days)
    document = Document(f"d{rank}", "/a.pdf", "0" * 64, "application/pdf", 1, 9, taken_in, metadata)
    passage = Passage(f"p{rank}", document.id, 0, text, (), (Page(7, "5", "print"),))
    return Hit(rank, 0.5, document, passage, Snippet(text), (), Explanation(1.0, 0.9, evidence=evidence))


def result(*hits: Hit) -> Result:
    return Result(hits, Total(len(hits), "eq"), {}, (), 4, PUBLISHED)


def read(content: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(content)


def tell(element: ElementTree.Element, path: str) -> list[str]:
    return [found.text or "" for found in element.findall(path, NAMES)]


def links(element: ElementTree.Element) -> dict[str, str]:
    return {link.attrib["rel"]: link.attrib["href"] for link in element.findall("a:link", NAMES)}


def test_a_feed_worked_by_hand() -> None:
    query = Query("Wie lange sind Pausen?", filters=Filters({"type": ("guide", "study")}, 2020, None))
    feed = read(write_feed(result(hit(1)), query, "https://wissen.example.org"))
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    assert tell(feed, "a:title") == ["Ch@nge Wissen: „Wie lange sind Pausen?“"]
    assert tell(feed, "a:subtitle") == [
        "Dokumente, die zu dieser Frage passen, das zuletzt aufgenommene zuerst (Art: Leitfaden oder Studie; Jahr: ab 2020)."
    ]
    assert tell(feed, "a:updated") == ["2026-03-05T12:30:15Z"]
    asked = "q=Wie+lange+sind+Pausen%3F&type=guide&type=study"
    assert links(feed) == {
        "self": f"https://wissen.example.org/api/v1/feeds/search.atom?{asked}&year=2020..",
        "alternate": f"https://wissen.example.org/suche?{asked}&von=2020",
        "search": "https://wissen.example.org/opensearch.xml",
    }
    (entry,) = feed.findall("a:entry", NAMES)
    assert tell(entry, "a:id") == ["urn:uuid:d5b818ca-27ad-5ad3-b977-12d1944db4f2"]
    assert tell(entry, "a:title") == ["Pausen & <b>Ruhe</b>"]
    assert tell(entry, "a:updated") == ["2026-03-05T12:30:15Z"]
    assert tell(entry, "a:author/a:name") == ["Ada Muster", "Bo Beispiel"]
    assert links(entry) == {"alternate": "https://wissen.example.org/dokument/d1#p1"}
    assert tell(entry, "a:summary") == [
        "Pausen.\n\nAda Muster; Bo Beispiel (2025): Pausen & <b>Ruhe</b>. HUB, S. 5 (PDF-Seite 7)."
    ]


def test_what_was_taken_in_last_stands_first_and_the_better_hit_on_ties() -> None:
    feed = read(write_feed(result(hit(1), hit(2, days=3), hit(3), hit(4, days=1)), Query("Pausen"), ""))
    assert [entry["alternate"] for entry in map(links, feed.findall("a:entry", NAMES))] == [
        "/dokument/d2#p2", "/dokument/d4#p4", "/dokument/d1#p1", "/dokument/d3#p3"
    ]  # fmt: skip
    assert tell(feed, "a:updated") == ["2026-03-08T12:30:15Z"]


def test_only_what_fits_is_told() -> None:
    feed = read(write_feed(result(hit(1), hit(2, evidence=FAR, days=9)), Query("Pausen"), ""))
    assert len(feed.findall("a:entry", NAMES)) == 1
    assert tell(feed, "a:updated") == ["2026-03-05T12:30:15Z"]


def test_a_feed_of_nothing_is_as_old_as_the_generation() -> None:
    feed = read(write_feed(result(hit(1, evidence=FAR)), Query("Pausen"), ""))
    assert feed.findall("a:entry", NAMES) == []
    assert tell(feed, "a:updated") == ["2026-04-01T00:00:00Z"]


def test_an_entry_keeps_its_name_when_the_service_moves_or_the_passage_changes() -> None:
    before = read(write_feed(result(hit(1)), Query("Pausen"), ""))
    after = read(write_feed(result(hit(1, text="Andere Pausen.", days=2)), Query("Pausen"), "https://neu.example.org"))
    assert tell(before, "a:entry/a:id") == tell(after, "a:entry/a:id")
    assert tell(before, "a:id") == tell(after, "a:id") != tell(read(write_feed(result(), Query("Ruhe"), "")), "a:id")
    assert tell(before, "a:entry/a:updated") != tell(after, "a:entry/a:updated")


def test_a_question_whose_filters_stand_in_another_order_has_the_same_feed() -> None:
    one, other = (
        Query("Pausen", filters=Filters({"topic": topics})) for topics in (("ki", "robotik"), ("robotik", "ki", "ki"))
    )
    assert links(read(write_feed(result(), one, "")))["self"] == links(read(write_feed(result(), other, "")))["self"]


def test_without_authors_the_publisher_speaks_and_without_either_the_feed() -> None:
    feed = read(
        write_feed(
            result(hit(1, metadata=replace(LEAFLET, authors=())), hit(2, metadata=Metadata("Ohne"))), Query("Pausen"), ""
        )
    )
    assert [tell(entry, "a:author/a:name") for entry in feed.findall("a:entry", NAMES)] == [["HUB"], []]
    assert tell(feed, "a:author/a:name") == ["Ch@nge Wissen"]


@pytest.mark.parametrize("sign", ["\x00", "\x0b", "\x1f", "\ufffe", "\uffff", "\ud800"])
def test_signs_that_xml_cannot_hold_are_left_out(sign: str) -> None:
    feed = read(write_feed(result(hit(1, metadata=Metadata(f"Pau{sign}sen"))), Query("Pausen"), ""))
    assert tell(feed, "a:entry/a:title") == ["Pausen"]


TEXTS = st.text(st.characters(), min_size=1, max_size=40)  # half characters too: what a file says is not chosen here


@given(TEXTS, TEXTS, st.lists(TEXTS, max_size=2), st.text(min_size=1).filter(str.strip), TEXTS)
def test_whatever_a_feed_holds_it_is_sound_and_the_same_twice(
    title: str, text: str, authors: list[str], question: str, publisher: str
) -> None:
    metadata = Metadata(title, tuple(authors), 2025, publisher, collection=publisher)
    query = Query(question, filters=Filters({"publisher": (publisher,)}))
    content = write_feed(result(hit(1, metadata=metadata, text=text)), query, "")
    assert content == write_feed(result(hit(1, metadata=metadata, text=text)), query, "")
    feed = read(content)
    assert len(feed.findall("a:entry", NAMES)) == 1
    assert {element.tag.split("}")[1] for element in feed.iter()} <= {
        "feed", "id", "title", "subtitle", "updated", "author", "name", "link", "entry", "category", "summary",
    }  # fmt: skip


def test_the_description_names_page_feed_and_suggestions() -> None:
    description = read(write_opensearch("https://wissen.example.org"))
    (short,) = tell(description, "o:ShortName")
    assert short == "Ch@nge Wissen"
    assert len(short) <= 16
    templates = {url.attrib["type"]: url.attrib["template"] for url in description.findall("o:Url", NAMES)}
    assert templates == {
        "text/html": "https://wissen.example.org/suche?q={searchTerms}&page={startPage?}",
        "application/atom+xml": "https://wissen.example.org/api/v1/feeds/search.atom?q={searchTerms}",
        "application/x-suggestions+json": "https://wissen.example.org/api/v1/suggest?q={searchTerms}&format=opensearch",
        "application/opensearchdescription+xml": "https://wissen.example.org/opensearch.xml",
    }
    assert tell(description, "o:Language") == ["de"]
