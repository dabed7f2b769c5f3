"""The German pages as HTML, over a real knowledge base: start, errors, documents and help."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from search_service.api import create_app
from search_service.editions import Editions
from search_service.errors import InvalidQuery, KnowledgeBaseMissing
from search_service.problem_answers import ProblemAnswers
from search_service.searcher import Searcher
from search_service.site.document_view import view_document
from search_service.site.error_pages import ErrorPages
from search_service.site.renderer import Renderer
from search_service.typesetting import Heading, german_number, part_title, quote_words, tell_size, typeset
from tests.search_service.page_reader import BROWSER, read, text
from tests.search_service.served import CrashingSearcher
from tests.search_service.small_library import CASE, DOCUMENTS, GLOSSARY, GUIDE, LEAFLETS, OLD_GLOSSARY, PASSAGES


@pytest.fixture(scope="module")
def client(searcher: Searcher) -> Iterator[TestClient]:
    with TestClient(create_app(searcher), headers=BROWSER) as client:
        yield client


@pytest.fixture(autouse=True)
def forget_language(client: TestClient) -> Iterator[None]:
    yield
    client.cookies.clear()


# --- Start ------------------------------------------------------------------------------------------------------------


def test_the_start_page_has_field_examples_and_the_five_collections(client):
    page = read(client, "/")
    assert page.xpath("//form[@role='search']//input[@name='q']")
    collections = page.xpath("//input[@name='collection']/@value")
    assert collections == ["praxisprojekte", "beratung", "wissen", "erfolg", "lernreisen"]
    assert f"Ch@nge Beratung {LEAFLETS} Dokumente" in text(page)
    assert f"{DOCUMENTS} Dokumente mit {PASSAGES} Textstellen" in text(page)
    examples = page.xpath("//ul[@class='examples']//a/@href")
    assert len(examples) == 5
    for example in examples:
        read(client, example)


def test_the_start_page_names_the_newest_documents_with_type_publisher_and_day(client):
    newest = read(client, "/").xpath("//ul[@class='newest']/li")
    assert len(newest) == 5
    assert newest[0].xpath("a/@href") == [f"/dokument/{GUIDE}"]
    told = "Leitfaden Künstliche Intelligenz im Betrieb Leitfaden · Zukunfts-HUB Ruhr · seit 5. März 2026"
    assert text(newest[0]) == told
    assert newest[0].xpath(".//time/@datetime") == ["2026-03-05"]


@pytest.mark.parametrize("address", ["/suche", "/suche?q=", "/suche?q=%20%09&page=7&mode=magic"])
def test_who_searches_without_a_question_is_asked_for_one_in_the_focused_field(client, address):
    page = read(client, address)
    assert page.findtext(".//h1") == "Wonach möchten Sie suchen?"
    assert "Das Suchfeld war leer." in text(page)
    assert page.xpath("//input[@name='q'][@autofocus]/@value") == [""]
    assert len(page.xpath("//ul[@class='examples']//a")) == 5
    assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]


def test_a_collection_stays_ticked_while_the_question_is_still_asked_for(client):
    page = read(client, "/suche", q="", collection=["erfolg", "wissen"])
    assert page.xpath("//input[@name='collection'][@checked]/@value") == ["wissen", "erfolg"]
    assert not read(client, "/").xpath("//input[@checked][@name='collection'] | //input[@autofocus]")


def test_the_start_page_speaks_plain_language_on_request(client):
    page = read(client, "/", sprache="einfach")
    assert page.findtext(".//h1") == "Antworten zu Arbeit und Technik"
    assert "Wir zeigen Ihnen, wo die Antwort steht" in text(page)


def test_the_start_page_stands_without_a_knowledge_base():
    with TestClient(create_app(CrashingSearcher(KnowledgeBaseMissing("Keine.")))) as client:
        assert "noch nicht geladen" in text(read(client, "/"))


# --- Errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"von": "2030", "bis": "2020"}, "Das Jahr bei „von“ liegt nach dem bei „bis“. Bitte tauschen."),
        ({"von": "abc"}, "„abc“ ist kein Jahr. Bitte vier Ziffern, z. B. 2024."),
        ({"bis": "2..3"}, "„2..3“ ist kein Jahr. Bitte vier Ziffern, z. B. 2024."),
        ({"von": "9" * 500}, f"„{'9' * 40} …“ ist kein Jahr. Bitte vier Ziffern, z. B. 2024."),
    ],
)
def test_years_that_cannot_be_are_refused_in_the_words_of_the_form(client, asked, told):
    answer = client.get("/suche", params={"q": "Betriebsrat", **asked})
    assert answer.status_code == 422
    assert told in answer.text.replace("\u00a0", " ")
    assert "year" not in answer.text


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"q": "lang " * 2000}, "zu lang"),
        ({"q": "x", "mode": "magic"}, "Den Modus „magic“ gibt es nicht"),
        ({"q": "x", "von": "2025", "bis": "2020"}, "Bitte tauschen"),
        ({"q": "x", "page": "500"}, "blätterbar"),
        ({"q": "x", "group_by": "colour"}, "Die Gruppierung „colour“ gibt es nicht"),
        ({"q": "x", "sort": "colour"}, "Die Sortierung „colour“ gibt es nicht"),
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
    assert "accept" in answer.headers["vary"].lower().split(", ")


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
    assert "S. 12–13 (PDF-Seiten 15–16)" in text(passages[2])
    assert page.xpath("//a[contains(@class, 'button')]/@href") == [f"/dokument/{GUIDE}/quelle"]
    assert f"/api/v1/documents/{GUIDE}/file" in page.xpath("//p[@class='get']/a/@href")
    assert "https://example.org/leitfaden" in page.xpath("//a[contains(@rel, 'external')]/@href")


def test_a_document_leads_to_similar_ones_at_their_nearest_passage(client):
    page = read(client, f"/dokument/{GLOSSARY}")
    links = page.xpath("//section[@class='similar']//li/a/@href")
    assert len(links) == 4
    assert links[0].startswith(f"/dokument/{OLD_GLOSSARY}#p")
    assert "Ch@nge Wissen · Leitfaden · 2019" in text(page.xpath("//section[@class='similar']")[0])
    assert f"/dokument/{GLOSSARY}" not in " ".join(links)


def test_an_origin_that_is_no_web_address_is_not_linked(searcher):
    document = searcher.library.document(GUIDE)
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
        assert hosts <= {"www.w3.org", "schema.org"}, (path, hosts)  # names of vocabularies, never fetched


# --- Small laws -------------------------------------------------------------------------------------------------------


def test_numbers_sizes_and_titles_are_written_in_german():
    assert [german_number(number) for number in (7, 1234, 1234567)] == ["7", "1.234", "1.234.567"]
    assert [tell_size(size) for size in (0, 49_400, 1_250_000)] == ["1 KB", "49 KB", "1,2 MB"]
    assert [quote_words(words, 24) for words in ("KI", '"mobile Arbeit"', "was heißt „mobil“?", 'Rohr 5" dick', '""')] == [
        "„KI“", "„mobile Arbeit“", "„was heißt ‚mobil‘?“", '„Rohr 5" dick“', '„""“',
    ]  # fmt: skip
    assert quote_words("Gefährdungsbeurteilung und Beteiligung", 30) == "„Gefährdungsbeurteilung und …“"
    assert quote_words("Donaudampfschifffahrtsgesellschaft", 5) == "„Donau …“"
    assert part_title("Cobots – Auswahl – Schutz") == Heading("Cobots", "– Auswahl – Schutz")
    assert [part_title(title).rest for title in ("Cobots", "– Cobots", "2020–2024")] == [None, None, None]
    assert (
        typeset("Recht – § 87 Abs. 1, S. 12, z. B. dies") == "Recht\u00a0– §\u00a087 Abs.\u00a01, S.\u00a012, z.\u00a0B. dies"
    )
    assert typeset("Satz 2 auf Seite iv, Seiten 3–4") == "Satz\u00a02 auf Seite\u00a0iv, Seiten\u00a03–4"
    assert typeset("Beide Seiten können jeden Satz prüfen") == "Beide Seiten können jeden Satz prüfen"


def test_half_of_a_character_never_breaks_a_page_nor_a_problem(searcher):
    request = Request({"type": "http", "method": "GET", "path": "/x", "headers": [], "query_string": b""})
    assert b"?" in Renderer().answer(request, "help.html", longest=1, problem_titles={"x": "\ud800"}).body
    problems = ProblemAnswers(ErrorPages(Renderer()), "")
    scope = {**request.scope, "path": "/\udfff", "server": ("a", 80), "scheme": "http"}
    told = problems.for_error(Request(scope), InvalidQuery("„\ud800“ geht nicht.", "q\udfff"))
    assert json.loads(told.body)["detail"] == "„?“ geht nicht."
    assert json.loads(told.body)["errors"] == [{"parameter": "q?", "detail": "„?“ geht nicht."}]


@pytest.mark.parametrize("path", ["/merkliste/", "/hilfe/", "/pflege/", "/api/v1/search/", "/static", "/p/x/"])
def test_no_address_leads_to_the_host_that_a_request_names(client, path):
    answer = client.get(path, headers={**BROWSER, "host": "boese.example"}, follow_redirects=False)
    assert answer.status_code == 404
    assert "location" not in answer.headers
    assert "boese.example" not in answer.text
