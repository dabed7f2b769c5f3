"""The JSON interface: searching."""

from __future__ import annotations

import json
import re

import pytest
from starlette.testclient import TestClient

from search_service.answers import result_to_json
from search_service.api import create_app
from search_service.queries import Filters, Query
from search_service.searcher import Searcher
from search_service.synonyms import parse_synonyms
from tests.search_service.served import SEARCH
from tests.search_service.small_library import CASE, GUIDE, LEAFLETS, OLD_GLOSSARY, TEXT


def found(client: TestClient, **parameters: object) -> set[str]:
    answer = client.get(SEARCH, params={"mode": "lexical", "page_size": 100, **parameters})
    assert answer.status_code == 200, answer.text
    return {hit["document"]["id"] for hit in answer.json()["hits"]}


def test_a_question_gets_the_passage_with_its_page_citation_and_links(client):
    answer = client.get(SEARCH, params={"q": "Mitbestimmung bei KI: was sagt § 87?", "page_size": 3}).json()
    hit = answer["hits"][0]
    assert hit["document"]["title"] == "Leitfaden Künstliche Intelligenz im Betrieb"
    assert hit["passage"]["pages"] == [{"physical": 15, "label": "12", "label_source": "page_labels", "label_confidence": None}]
    assert hit["passage"]["heading_path"] == ["1 Recht", "1.1 Mitbestimmung"]
    assert "<mark>KI</mark>" in hit["passage"]["snippet_html"]
    assert hit["citation"] == {
        "text": "Redaktion Zukunfts-HUB (2025): Leitfaden Künstliche Intelligenz im Betrieb. Zukunfts-HUB Ruhr, "
        "S. 12 (PDF-Seite 15).",
        "locator": "S. 12 (PDF-Seite 15)",
    }
    assert hit["url"] == f"/dokument/{GUIDE}#{hit['id']}"
    assert hit["source_url"] == f"/api/v1/documents/{GUIDE}/file#page=15"
    marked: dict[str, list[str]] = {"keyword": [], "semantic": []}
    for mark in hit["passage"]["highlights"]:
        marked[mark["kind"]].append(hit["passage"]["text"][mark["start"] : mark["end"]])
    assert "KI" in marked["keyword"]
    assert set(marked["keyword"]) == set(hit["explain"]["words"])
    assert marked["semantic"] == ["Der Betriebsrat bestimmt bei der Einführung von KI mit."]
    assert "<em>Der Betriebsrat bestimmt bei der Einführung von <mark>KI</mark> mit.</em>" in hit["passage"]["snippet_html"]


def test_the_field_names_are_the_promised_ones(client):
    answer = client.get(SEARCH, params={"q": "Betriebsrat"}).json()
    assert set(answer) == {
        "query", "query_id", "took_ms", "total", "page", "page_size", "hits", "facets", "notices", "index", "older_editions",
        "fitting", "suggestions",
    }  # fmt: skip
    assert set(answer["total"]) == {"value", "relation"}
    assert set(answer["suggestions"]) == {"did_you_mean", "corrected", "also_searched", "related"}
    assert set(answer["index"]) == {"generation", "updated_at"}
    hit = answer["hits"][0]
    assert set(hit) == {
        "id", "rank", "score", "document", "passage", "url", "source_url", "citation", "more_in_document", "explain",
        "relevance", "also_in",
    }  # fmt: skip
    assert set(hit["document"]) == {
        "id", "title", "authors", "year", "type", "collection", "sectors", "topics", "audience", "publisher", "language",
        "license", "valid_until", "note", "url", "origin_url", "doi", "isbn", "urn", "edition", "newer_edition",
    }  # fmt: skip
    assert set(hit["passage"]) == {"text", "snippet_html", "heading_path", "pages", "highlights"}
    assert set(hit["explain"]) == {"lexical", "semantic", "rescoring", "words", "text"}
    assert set(answer["facets"]["type"][0]) == {"value", "label", "count"}


def test_get_post_and_the_command_line_give_the_same_answer(client, searcher):
    by_get = client.get(SEARCH, params={"q": "Schichtplanung", "topic": "schichtplanung", "year": "2012..2014"}).json()
    filters = {"topic": ["schichtplanung"], "year": {"gte": 2012, "lte": 2014}}
    by_post = client.post(SEARCH, json={"q": "Schichtplanung", "filters": filters}).json()
    query = Query("Schichtplanung", filters=Filters({"topic": ("schichtplanung",)}, 2012, 2014))
    by_hand = result_to_json(searcher.search(query), query)
    for answer in (by_get, by_post, by_hand):
        answer.pop("took_ms")
    assert by_get == by_post == by_hand
    assert {hit["document"]["year"] for hit in by_get["hits"]} == {2012, 2013, 2014}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"collection": "erfolg"}, {CASE}),
        ({"collection": ["erfolg", "praxisprojekte"]}, {CASE, TEXT}),
        ({"type": "case_report"}, {CASE}),
        ({"sector": "gesundheit"}, {CASE}),
        ({"publisher": "Zukunfts-HUB Ruhr"}, {CASE}),
        ({"language": "de"}, {CASE, TEXT}),
        ({"language": "en"}, set()),
        ({"year": "2024"}, {CASE}),
        ({"year": "2024.."}, {CASE}),
        ({"year": "..2020"}, set()),
        ({"document": TEXT}, {TEXT}),
        ({"collection": "erfolg", "type": "guide"}, set()),
    ],
)
def test_filters_keep_what_they_name(client, parameters, expected):
    assert found(client, q="Übergabe", **parameters) == expected


def test_totals_and_facets_do_not_change_between_pages(client):
    pages = [client.get(SEARCH, params={"q": "Schichtplanung", "mode": "lexical", "page": page}).json() for page in (1, 2, 3)]
    assert [len(page["hits"]) for page in pages] == [10, LEAFLETS - 10, 0]
    assert len({json.dumps([page["total"], page["facets"]]) for page in pages}) == 1
    assert [hit["rank"] for page in pages for hit in page["hits"]] == list(range(1, LEAFLETS + 1))


@pytest.mark.parametrize(("grouping", "expected"), [("document", 1), ("spread", 2), ("none", 3)])
def test_as_many_passages_of_one_document_are_shown_as_asked_for(client, grouping, expected):
    asked = {"q": "Betriebsrat Einführung", "mode": "lexical"}
    by_get = client.get(SEARCH, params={**asked, "group_by": grouping}).json()["hits"]
    by_post = client.post(SEARCH, json={**asked, "group_by": grouping}).json()["hits"]
    assert [hit["more_in_document"] for hit in by_get] == [2] * expected
    assert [hit["id"] for hit in by_post] == [hit["id"] for hit in by_get]


def test_two_passages_of_a_document_are_shown_unless_asked_otherwise(client):
    assert len(client.get(SEARCH, params={"q": "Betriebsrat Einführung", "mode": "lexical"}).json()["hits"]) == 2


def test_a_passage_that_two_documents_share_is_one_hit_that_names_both(client):
    hits = client.get(SEARCH, params={"q": "Exoskelett"}).json()["hits"]
    assert hits[0]["document"]["year"] == 2023  # the newer one
    assert hits[0]["also_in"] == [{"id": OLD_GLOSSARY, "title": "Glossar", "url": f"/dokument/{OLD_GLOSSARY}"}]
    assert OLD_GLOSSARY not in {hit["document"]["id"] for hit in hits}


def test_a_sure_slip_is_searched_as_it_was_meant_and_as_typed_when_told_to(client):
    mended = client.get(SEARCH, params={"q": "Gedechtnis", "mode": "lexical"}).json()
    assert (mended["query"], mended["suggestions"]["did_you_mean"]) == ("Gedechtnis", "Gedächtnis")
    assert mended["suggestions"]["corrected"]
    assert mended["hits"][0]["document"]["id"] == TEXT
    for typed in (
        client.get(SEARCH, params={"q": "Gedechtnis", "mode": "lexical", "verbatim": "true"}).json(),
        client.post(SEARCH, json={"q": "Gedechtnis", "mode": "lexical", "verbatim": True}).json(),
    ):
        assert typed["hits"] == []
        assert typed["suggestions"] == {"did_you_mean": None, "corrected": False, "also_searched": {}, "related": []}
        assert typed["query_id"] != mended["query_id"]


def test_an_unsure_spelling_is_only_offered(client):
    answer = client.get(SEARCH, params={"q": "Betribsrat", "mode": "lexical"}).json()
    assert (answer["suggestions"]["did_you_mean"], answer["suggestions"]["corrected"]) == ("Betriebsrat", False)
    assert (answer["hits"], answer["fitting"]) == ([], False)


def test_what_fits_is_told_from_what_only_comes_nearest(client):
    fitting = client.get(SEARCH, params={"q": "Gute Schichtplanung braucht Vorlauf"}).json()
    assert fitting["fitting"]
    assert fitting["hits"][0]["relevance"] > 0.8
    assert fitting["suggestions"]["related"] == []
    foreign = client.get(SEARCH, params={"q": "Quastenflosser"}).json()
    assert not foreign["fitting"]
    assert foreign["hits"]
    assert max(hit["relevance"] for hit in foreign["hits"]) < 0.2
    assert len(foreign["suggestions"]["related"]) == 5


def test_a_hit_is_explained_from_its_own_values(client):
    hit = client.get(SEARCH, params={"q": "Mitbestimmung bei KI: was sagt § 87?"}).json()["hits"][0]
    explain = hit["explain"]
    assert explain["text"].startswith("Enthält „KI“ und „§ 87“. Die Bedeutung passt ")
    assert re.findall(r"\d,\d\d", explain["text"]) == [f"{hit['relevance']:.2f}".replace(".", ",")]  # the only number told
    assert 0 < explain["rescoring"] <= 1


def test_synonyms_are_told_where_they_were_searched(searcher):
    by_synonyms = Searcher(searcher._reader, None, "Kein Modell.", thesaurus=parse_synonyms("Gremium, Betriebsrat", "x"))
    with TestClient(create_app(by_synonyms)) as client:
        answer = client.get(SEARCH, params={"q": "Gremium"}).json()
    assert answer["suggestions"]["also_searched"] == {"Gremium": ["Betriebsrat"]}
    assert answer["hits"][0]["document"]["id"] == GUIDE


def test_typing_is_completed_from_titles_headings_and_words(client):
    answer = client.get("/api/v1/suggest", params={"q": "Schi"}).json()
    assert answer["query"] == "Schi"
    assert answer["suggestions"][:2] == [
        {"text": "Schichtplanung", "kind": "term", "url": None},
        {"text": "Schichtbuch", "kind": "title", "url": f"/dokument/{TEXT}"},
    ]
    assert len(answer["suggestions"]) == 5
    assert len(client.get("/api/v1/suggest", params={"q": "Schi", "limit": 1}).json()["suggestions"]) == 1
    heading = client.get("/api/v1/suggest", params={"q": "Mitbest"}).json()["suggestions"][0]
    assert heading == {"text": "Mitbestimmung", "kind": "heading", "url": None}
    shared = client.get("/api/v1/suggest", params={"q": "Glossar"}).json()["suggestions"][0]
    assert shared == {"text": "Glossar", "kind": "title", "url": None}  # two documents are called so


@pytest.mark.parametrize("typed", ["", " ", "S", "xqzw", "§§§", "\u0000", "😀"])
def test_where_nothing_can_be_completed_the_list_is_empty(client, typed):
    assert client.get("/api/v1/suggest", params={"q": typed}).json() == {"query": typed, "suggestions": []}


def test_the_query_id_names_the_question_and_not_the_caller(client):
    ask = [client.get(SEARCH, params={"q": q}, headers={"user-agent": agent}).json() for q, agent in
           (("Betriebsrat", "a"), ("Betriebsrat", "b"), ("Übergabe", "a"))]  # fmt: skip
    assert ask[0]["query_id"] == ask[1]["query_id"] != ask[2]["query_id"]


def test_markup_in_documents_never_reaches_a_snippet(client):
    hit = client.get(SEARCH, params={"q": "Protokoll Gespräch", "mode": "lexical"}).json()["hits"][0]
    assert "&lt;b&gt;zwischen&lt;/b&gt;" in hit["passage"]["snippet_html"]
    assert "<b>" not in hit["passage"]["snippet_html"]


def test_without_a_model_words_are_searched_and_the_answer_says_so(searcher):
    by_words = Searcher(searcher._reader, None, "Das Sprachmodell fehlt.")
    with TestClient(create_app(by_words)) as client:
        answer = client.get(SEARCH, params={"q": "Betriebsrat"}).json()
        ready = client.get("/ready").json()
    assert answer["hits"][0]["explain"]["semantic"] is None
    assert "Das Sprachmodell fehlt." in answer["notices"][0]
    assert (ready["lexical"], ready["semantic"], ready["notices"]) == (True, False, answer["notices"])
