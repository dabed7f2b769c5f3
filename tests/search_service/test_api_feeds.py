"""Feeds and the OpenSearch description as they are served, and the ways to them."""

from __future__ import annotations

import json
import logging
from html.parser import HTMLParser
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from search_service.api import create_app
from tests.search_service.served import ODD_QUESTIONS, SEARCH, problem
from tests.search_service.small_library import LEAFLETS

FEED = "/api/v1/feeds/search.atom"
NAMES = {"a": "http://www.w3.org/2005/Atom", "o": "http://a9.com/-/spec/opensearch/1.1/"}
QUESTION = "Gute Schichtplanung braucht Vorlauf"


class Links(HTMLParser):
    """The `link` elements of a page, by relation and type."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[tuple[str | None, str | None], str | None] = {}
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "link":
            given = dict(attrs)
            self.found[given.get("rel"), given.get("type")] = given.get("href")


def entries(answer):
    assert answer.status_code == 200, answer.text
    return ElementTree.fromstring(answer.content).findall("a:entry", NAMES)


def test_a_feed_names_each_fitting_document_once(client):
    answer = client.get(FEED, params={"q": QUESTION})
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    ids = [entry.findtext("a:id", namespaces=NAMES) for entry in entries(answer)]
    asked = {"q": QUESTION, "group_by": "document", "page_size": 100}
    fitting = [hit for hit in client.get(SEARCH, params=asked).json()["hits"] if hit["relevance"] >= 0.09]
    assert LEAFLETS <= len(ids) == len(set(ids)) == len(fitting)
    assert entries(client.get(FEED, params={"q": "Quastenflosser"})) == []


def test_two_fetches_of_one_generation_are_equal_byte_by_byte(client):
    first, second = (client.get(FEED, params={"q": QUESTION}, headers={"user-agent": agent}) for agent in "ab")
    assert first.content == second.content


def test_a_feed_narrows_by_the_filters_of_the_search(client):
    assert len(entries(client.get(FEED, params={"q": QUESTION, "year": "2012..2014", "type": "advice"}))) == 3
    assert entries(client.get(FEED, params={"q": QUESTION, "topic": "raumfahrt"})) == []


def test_the_addresses_in_a_feed_lead_back_to_it_and_to_the_page(client):
    answer = client.get(FEED, params={"q": "Übergabe & <Protokoll>", "year": "2020..", "mode": "lexical", "editions": "all"})
    feed = ElementTree.fromstring(answer.content)
    links = {link.attrib["rel"]: link.attrib["href"] for link in feed.findall("a:link", NAMES)}
    assert client.get(links["self"]).content == answer.content
    page = client.get(links["alternate"])
    assert page.status_code == 200
    assert client.get(Links(page.text).found["alternate", "application/atom+xml"]).content == answer.content


@pytest.mark.parametrize("question", ODD_QUESTIONS.values(), ids=ODD_QUESTIONS.keys())
def test_odd_questions_have_a_feed_too(client, question):
    entries(client.get(FEED, params={"q": question}))


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "„q“ fehlt"),
        ("?q=", "Die Frage ist leer"),
        (f"?q={'x' * 2001}", "zu lang"),
        ("?q=x&page=2", "Den Parameter „page“ gibt es nicht. Erlaubt sind: "),
        ("?q=x&year=bald", "kein Jahr und kein Zeitraum"),
        ("?q=x&mode=magic", "Erlaubt sind: hybrid, lexical, semantic"),
    ],
)
def test_a_feed_that_cannot_be_is_told_why(client, query, told):
    assert told in problem(client.get(FEED + query), 422)["detail"]


def test_the_question_of_a_feed_is_not_logged(client, caplog):
    with caplog.at_level(logging.DEBUG, logger="search_service"):
        client.get(FEED, params={"q": "Betriebsgeheimnis"})
    assert "Betriebsgeheimnis" not in caplog.text


def test_every_page_names_the_description_and_only_results_a_feed(client):
    for path in ("/", "/hilfe", "/suche?q=Pausen", "/nichts"):
        found = Links(client.get(path, headers={"accept": "text/html"}).text).found
        assert found["search", "application/opensearchdescription+xml"] == "/opensearch.xml"
        assert (("alternate", "application/atom+xml") in found) is path.startswith("/suche")
    hostile = client.get("/suche", params={"q": '"><script>alert(1)</script>'}).text
    assert Links(hostile).found["alternate", "application/atom+xml"].startswith(f"{FEED}?q=%22%3E%3Cscript")


def test_the_templates_of_the_description_work_as_a_browser_fills_them(searcher, client):
    answer = client.get("/opensearch.xml")
    assert answer.headers["content-type"] == "application/opensearchdescription+xml; charset=utf-8"
    description = ElementTree.fromstring(answer.content)
    for url in description.findall("o:Url", NAMES):
        filled = url.attrib["template"].replace("{searchTerms}", quote("Übergabe & Co")).replace("{startPage?}", "")
        reached = client.get(filled)
        assert reached.status_code == 200, filled
        assert reached.headers["content-type"].split(";")[0] == url.attrib["type"]
    with TestClient(create_app(searcher, public_url="https://wissen.example.org/")) as public:
        templates = public.get("/opensearch.xml", headers={"host": "boese.example"}).text
    assert 'template="https://wissen.example.org/suche?q={searchTerms}' in templates
    assert "boese" not in templates


def test_suggestions_come_in_the_form_that_browsers_expect(client):
    answer = client.get("/api/v1/suggest", params={"q": "Schi", "format": "opensearch"})
    assert answer.headers["content-type"] == "application/x-suggestions+json"
    usual = client.get("/api/v1/suggest", params={"q": "Schi"}).json()["suggestions"]
    assert json.loads(answer.content) == ["Schi", [each["text"] for each in usual]]
    assert client.get("/api/v1/suggest", params={"q": "", "format": "opensearch"}).json() == ["", []]
    assert client.get("/api/v1/suggest", params={"q": "Schi", "format": "json"}).json()["suggestions"] == usual
    refused = problem(client.get("/api/v1/suggest", params={"q": "Schi", "format": "xml"}), 422)
    assert "Erlaubt sind: json, opensearch." in refused["detail"]
