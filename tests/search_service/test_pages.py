"""The German pages as HTML, over a real knowledge base; how they behave in a browser is in test_browser."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from lxml import html
from starlette.testclient import TestClient

from search_service.api import create_app
from search_service.document_view import view_document
from search_service.editions import Editions
from search_service.errors import KnowledgeBaseMissing
from search_service.queries import Query
from search_service.results_view import view_results
from search_service.searcher import Searcher
from search_service.typesetting import german_number, tell_size, typeset
from tests.search_service.small_library import LEAFLETS, build_library
from tests.search_service.test_api import CASE, GUIDE, CrashingSearcher

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    return build_library(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def client(searcher: Searcher) -> Iterator[TestClient]:
    with TestClient(create_app(searcher), headers=BROWSER) as client:
        yield client


def read(client: TestClient, path: str, status: int = 200, **parameters: object) -> html.HtmlElement:
    """Return the page at `path`, checked for what every page must have."""
    answer = client.get(path, params=urlencode(parameters, doseq=True) if parameters else None)
    assert answer.status_code == status, answer.text
    page = html.fromstring(answer.text)
    assert page.get("lang") == "de"
    assert [element.tag for element in page.iter("main", "header", "footer", "nav")].count("main") == 1
    assert page.find(".//title").text
    assert len(page.findall(".//h1")) == 1
    levels = [int(element.tag[1]) for element in page.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels)), levels
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert not page.xpath("//script | //@style | //@*[starts-with(name(), 'on')]")
    for reference in page.xpath("//link/@href | //img/@src"):
        assert reference.startswith("/"), reference
    for anchor in page.xpath("//a/@href[starts-with(., '#')]"):
        assert anchor[1:] in ids, anchor
    return page


def text(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split()).replace("\u00a0", " ")


# --- Start ------------------------------------------------------------------------------------------------------------


def test_the_start_page_has_field_examples_and_the_five_collections(client):
    page = read(client, "/")
    assert page.xpath("//form[@role='search']//input[@name='q']")
    collections = page.xpath("//input[@name='collection']/@value")
    assert collections == ["praxisprojekte", "beratung", "wissen", "erfolg", "lernreisen"]
    assert f"Ch@nge Beratung {LEAFLETS} Dokumente" in text(page)
    assert f"{LEAFLETS + 4} Dokumente mit {LEAFLETS + 6} Textstellen" in text(page)
    examples = page.xpath("//ul[@class='examples']//a/@href")
    assert len(examples) == 5
    for example in examples:
        read(client, example)


def test_the_start_page_stands_without_a_knowledge_base():
    with TestClient(create_app(CrashingSearcher(KnowledgeBaseMissing("Keine.")))) as client:
        assert "noch nicht geladen" in text(read(client, "/"))


# --- Results ----------------------------------------------------------------------------------------------------------


def test_a_hit_shows_title_place_snippet_source_and_citation(client):
    page = read(client, "/suche", q="Mitbestimmung KI", mode="lexical")
    (hit,) = page.xpath("//ol[@class='hits']/li")
    assert hit.xpath(".//h2/a/@href")[0].startswith(f"/dokument/{GUIDE}#p")
    shown = text(hit)
    assert "S. 12, PDF-Seite 15" in shown
    assert "Ch@nge Wissen · Leitfaden · 2025 · Zukunfts-HUB Ruhr" in shown
    assert "1 Recht › 1.1 Mitbestimmung" in shown
    assert [mark.text for mark in hit.iter("mark")] == ["KI"]
    (source,) = hit.xpath(".//a[contains(., 'Quelle')]")
    assert text(source).startswith("Quelle auf Seite 12 öffnen")
    assert source.get("href").endswith("/file#page=15")
    assert text(hit.xpath(".//*[@class='citation']")[0]).endswith("S. 12 (PDF-Seite 15).")
    assert "Diese Wörter passen zu Ihrer Frage: KI." in shown


def test_markup_of_documents_is_shown_and_not_obeyed(client):
    for path in (f"/suche?{urlencode({'q': 'Protokoll Gespräch'})}", f"/dokument/{CASE}"):
        page = read(client, path)
        assert 'Fallbericht <script>alert("x")</script> & Übergabe' in text(page)
        assert "<b>zwischen</b>" in text(page)


@pytest.mark.parametrize(
    "question", ['<script>alert("x")</script>', '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "😀 §", "a&b=c#d"]
)
def test_a_question_with_markup_comes_back_as_text(client, question):
    page = read(client, "/suche", q=question)
    assert page.xpath("//input[@name='q']/@value") == [question]


def test_a_note_stands_as_a_badge_and_validity_is_told(client):
    page = read(client, "/suche", q="Protokoll Gespräch", collection="erfolg")
    assert page.xpath("//*[@class='badge']/text()") == ["Konstruierter Fallbericht"]
    assert "gültig bis 31. Dezember 2026" in text(page)


def test_filters_are_a_form_and_active_ones_can_be_taken_off_one_by_one(client):
    page = read(client, "/suche", q="Schichtplanung Betriebsrat", mode="lexical", type=["advice", "guide"], von="2012")
    checked = page.xpath("//input[@type='checkbox'][@checked]/@value")
    assert sorted(checked) == ["advice", "guide"]
    assert page.xpath("//select[@name='von']/option[@selected]/@value") == ["2012"]
    assert set(page.xpath("//aside//input/@form | //aside//select/@form | //aside//button/@form")) == {"suche"}
    chips = {text(chip): chip.get("href") for chip in page.xpath("//ul[@class='chips']//a")}
    assert set(chips) == {
        "Filter entfernen: Art: Beratung ×",
        "Filter entfernen: Art: Leitfaden ×",
        "Filter entfernen: Jahr: ab 2012 ×",
        "Alle Filter entfernen",
    }
    without = read(client, chips["Filter entfernen: Art: Leitfaden ×"])
    assert without.xpath("//input[@type='checkbox'][@checked]/@value") == ["advice"]
    assert not read(client, chips["Alle Filter entfernen"]).xpath("//ul[@class='chips']")


def test_paging_leads_through_all_hits_and_says_where_one_is(client):
    first = read(client, "/suche", q="Schichtplanung", mode="lexical")
    assert f"{LEAFLETS} Dokumente" in text(first.find(".//h1"))
    assert first.xpath("//nav[@class='paging']//a[@aria-current='page']/text()") == ["1"]
    second = read(client, first.xpath("//a[@rel='next']/@href")[0])
    assert len(second.xpath("//ol[@class='hits']/li")) == LEAFLETS - 10
    assert second.xpath("//ol[@class='hits']/@start") == ["11"]
    assert not second.xpath("//a[@rel='next']")
    assert "So viele Seiten" in text(read(client, "/suche", q="Schichtplanung", mode="lexical", page=9))


def test_further_passages_of_a_document_are_one_link_away(client):
    page = read(client, "/suche", q="Betriebsrat Einführung", mode="lexical")
    (more,) = page.xpath("//a[contains(., 'weitere Stellen in diesem Dokument')]")
    inside = read(client, more.get("href"))
    assert len(inside.xpath("//ol[@class='hits']/li")) == 3
    assert "Nur in: Leitfaden Künstliche Intelligenz im Betrieb" in text(inside)


def test_nothing_found_is_said_with_what_to_try(client):
    page = read(client, "/suche", q="Quastenflosser", mode="lexical", collection="wissen")
    assert page.findtext(".//h1") == "Nichts gefunden"
    assert "jedenfalls nicht mit diesen Filtern" in text(page)
    assert page.xpath("//a[text()='Ohne Filter suchen']")


def test_a_notice_is_shown_in_a_status_box(searcher):
    by_words = Searcher(searcher._reader, None, "Das Sprachmodell fehlt.")
    with TestClient(create_app(by_words), headers=BROWSER) as client:
        for path in ("/", "/suche?q=Betriebsrat"):
            assert "Das Sprachmodell fehlt." in text(read(client, path).xpath("//*[@role='status']")[0])


# --- Errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"q": ""}, "Die Frage ist leer"),
        ({"q": "lang " * 2000}, "zu lang"),
        ({"q": "x", "mode": "magic"}, "Den Modus „magic“ gibt es nicht"),
        ({"q": "x", "von": "2025", "bis": "2020"}, "Bitte die Jahre tauschen"),
        ({"q": "x", "page": "500"}, "blätterbar"),
    ],
)
def test_a_question_that_cannot_be_asked_keeps_its_field_and_says_why(client, parameters, told):
    page = read(client, "/suche", 422, **parameters)
    assert told in text(page.xpath("//*[@role='alert']")[0])
    (field,) = page.xpath("//input[@name='q']")
    assert field.get("value") == parameters["q"]
    assert "fehler" in field.get("aria-describedby").split()


@pytest.mark.parametrize("path", ["/nichts", "/dokument/unbekannt", "/static/nichts.css"])
def test_a_browser_gets_errors_as_a_page_and_a_program_as_a_problem(client, path):
    assert text(read(client, path, 404).find(".//h1")) == "Nicht gefunden"
    answer = client.get(path, headers={"accept": "*/*"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.headers["vary"] == "accept"


def test_a_crash_is_a_page_without_insides():
    with TestClient(create_app(CrashingSearcher(ZeroDivisionError("geheim"))), headers=BROWSER) as client:
        page = read(client, "/suche", 500, q="x")
    assert "geheim" not in text(page)
    assert "Interner Fehler" in text(page)


# --- Document and help ------------------------------------------------------------------------------------------------


def test_a_document_shows_metadata_outline_and_passages_at_their_anchors(client):
    page = read(client, f"/dokument/{GUIDE}")
    assert "Redaktion Zukunfts-HUB (2025): Leitfaden Künstliche Intelligenz im Betrieb. Zukunfts-HUB Ruhr." in text(page)
    assert [text(entry) for entry in page.xpath("//nav[contains(@class, 'contents')]//a")] == [
        "Vorwort", "1 Recht", "1.1 Mitbestimmung", "1.2 Streit",
    ]  # fmt: skip
    assert [text(heading) for heading in page.xpath("//h3 | //h4")] == ["Vorwort", "1 Recht", "1.1 Mitbestimmung", "1.2 Streit"]
    passages = page.xpath("//section[@class='passage']")
    assert len(passages) == 3
    assert all(re.fullmatch("p[0-9a-f]{16}", passage.get("id")) for passage in passages)
    assert "S. 12–13, PDF-Seiten 15–16" in text(passages[2])
    assert page.xpath("//a[contains(@class, 'button')]/@href") == [f"/api/v1/documents/{GUIDE}/file"]
    assert page.xpath("//a[contains(@rel, 'external')]/@href") == ["https://example.org/leitfaden"]


def test_an_origin_that_is_no_web_address_is_not_linked(searcher):
    document = searcher.document(GUIDE)
    tricky = replace(document, metadata=replace(document.metadata, source_url="javascript:alert(1)"))
    assert view_document(tricky, [], Editions()).origin is None


def test_the_help_explains_pages_and_privacy(client):
    page = read(client, "/hilfe")
    assert "Zitieren Sie die gedruckte Zahl" in text(page)
    assert "weder gespeichert noch protokolliert" in text(page)


def test_no_page_sets_a_cookie_or_names_a_foreign_host(client):
    for path in ("/", "/hilfe", "/suche?q=Betriebsrat", f"/dokument/{CASE}", "/static/stil.css", "/static/zeichen.svg"):
        answer = client.get(path)
        assert "set-cookie" not in answer.headers
        hosts = set(re.findall(r"(?:https?:)?//([a-z0-9.-]+\.[a-z]+)", answer.text))
        assert hosts <= {"www.w3.org"}, (path, hosts)  # the name of the SVG namespace, never fetched


# --- Small laws -------------------------------------------------------------------------------------------------------


def test_numbers_sizes_and_titles_are_written_in_german():
    assert [german_number(number) for number in (7, 1234, 1234567)] == ["7", "1.234", "1.234.567"]
    assert [tell_size(size) for size in (0, 49_400, 1_250_000)] == ["1 KB", "49 KB", "1,2 MB"]
    assert (
        typeset("Recht – § 87 Abs. 1, S. 12, z. B. dies") == "Recht\u00a0– §\u00a087 Abs.\u00a01, S.\u00a012, z.\u00a0B. dies"
    )


def test_page_numbers_show_first_last_and_neighbours(searcher):
    result = searcher.search(Query("Schichtplanung", page_size=1, page=7))
    numbers = [page.number for page in view_results(result, Query("Schichtplanung", page_size=1, page=7)).pages]
    last = result.total.value
    assert numbers == [1, 0, 5, 6, 7, 8, 9, 0, last]


def test_a_chosen_filter_that_matches_nothing_can_still_be_unticked(client):
    page = read(client, "/suche", q="Betriebsrat", mode="lexical", sector="gesundheit")
    assert page.xpath("//input[@name='sector'][@checked]/@value") == ["gesundheit"]
