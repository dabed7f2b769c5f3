"""The JSON interface: lists of documents, and what documents and hits have in common."""

from __future__ import annotations

import pytest

from search_service.library import NO_DOCUMENT
from tests.search_service.served import SEARCH, problem
from tests.search_service.small_library import CASE, DOCUMENTS, GUIDE, LEAFLETS, TEXT

LIST = "/api/v1/documents"
FACETS = "/api/v1/facets"


def test_the_list_names_each_document_with_its_file(client):
    answer = client.get(LIST, params={"collection": "erfolg"}).json()
    assert (answer["total"], answer["page"], answer["page_size"]) == ({"value": 1, "relation": "eq"}, 1, 20)
    assert (answer["sort"], answer["order"], answer["notices"]) == ("title", "asc", [])
    assert set(answer["index"]) == {"generation", "updated_at"}
    (document,) = answer["documents"]
    assert (document["id"], document["year"], document["url"]) == (CASE, 2024, f"/dokument/{CASE}")
    assert document["file_url"] == f"{LIST}/{CASE}/file"
    assert (document["page_count"], document["indexed_at"]) == (None, "2026-03-05T12:00:00Z")
    assert document["citation"].startswith("Zukunfts-HUB Ruhr (2024): Fallbericht <script>")  # JSON: who shows it escapes it


def test_pages_follow_each_other_without_gap_or_repetition(client):
    pages = [client.get(LIST, params={"page": page, "page_size": 7}).json() for page in (1, 2, 3, 4, 10**12)]
    listed = [document["id"] for page in pages for document in page["documents"]]
    assert [len(page["documents"]) for page in pages] == [7, 7, 5, 0, 0]
    assert len(set(listed)) == len(listed) == DOCUMENTS
    assert {page["total"]["value"] for page in pages} == {DOCUMENTS}


@pytest.mark.parametrize(
    ("parameters", "first", "order"),
    [
        ({"sort": "year"}, GUIDE, "desc"),
        ({"sort": "year", "order": "asc", "type": "advice"}, "Merkblatt 1: Schichtplanung", "asc"),
        ({"sort": "title", "order": "desc"}, TEXT, "desc"),
        ({"sort": "title"}, CASE, "asc"),
        ({"sort": "indexed_at"}, GUIDE, "desc"),
    ],
)
def test_the_list_is_sorted_as_asked(client, parameters, first, order):
    answer = client.get(LIST, params=parameters).json()
    assert first in (answer["documents"][0]["id"], answer["documents"][0]["title"])
    assert answer["order"] == order


def test_filters_are_those_of_the_search(client):
    def count(**filters):
        return client.get(LIST, params=filters).json()["total"]["value"]

    assert count(type="advice") == LEAFLETS
    assert count(type=["advice", "case_report"], year="2020..") == 6  # five leaflets and the case
    assert count(document=[GUIDE, TEXT]) == 2
    assert count(editions="all") == DOCUMENTS
    nothing = client.get(LIST, params={"sector": "raumfahrt"}).json()
    assert (nothing["documents"], nothing["total"]["value"]) == ([], 0)
    assert "Zu diesen Filtern gibt es kein Dokument." in nothing["notices"][0]


def test_facets_without_a_question_count_the_whole_library(client):
    answer = client.get(FACETS).json()
    assert (answer["query"], answer["relation"], answer["fitting"], answer["notices"]) == (None, "eq", True, [])
    assert set(answer["facets"]) == {"collection", "type", "sector", "topic", "audience", "publisher", "language", "year"}
    assert answer["facets"]["type"][0] == {"value": "advice", "label": "Beratung", "count": LEAFLETS}
    assert sum(item["count"] for item in answer["facets"]["language"]) == DOCUMENTS


@pytest.mark.parametrize("filters", [{}, {"type": "advice"}, {"year": "2012..2014", "topic": "schichtplanung"}])
def test_facets_of_a_question_are_those_of_its_search(client, filters):
    asked = {"q": "Schichtplanung", **filters}
    assert client.get(FACETS, params=asked).json()["facets"] == client.get(SEARCH, params=asked).json()["facets"]


def test_facets_can_be_chosen(client):
    assert set(client.get(FACETS, params={"facets": ["year", "type"]}).json()["facets"]) == {"year", "type"}
    asked = {"q": "Schichtplanung", "facets": "topic", "mode": "lexical"}
    assert list(client.get(FACETS, params=asked).json()["facets"]) == ["topic"]


def test_facets_of_a_question_that_nothing_answers_say_so(client):
    assert not client.get(FACETS, params={"q": "Quastenflosser"}).json()["fitting"]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (f"{LIST}?sort=colour", "„sort“ hat einen unbekannten Wert. Erlaubt sind: title, year, indexed_at."),
        (f"{LIST}?order=up", "„order“ hat einen unbekannten Wert. Erlaubt sind: asc, desc."),
        (f"{LIST}?page=0", "Die Seite 0 gibt es nicht. Gezählt wird ab 1."),
        (f"{LIST}?page_size=101", "„page_size“ muss zwischen 1 und 100 liegen."),
        (f"{LIST}?page=zwei", "„page“ muss eine ganze Zahl sein"),
        (f"{LIST}?year=2025..2020", "liegt der Anfang nach dem Ende"),
        (f"{LIST}?q=x", "Den Parameter „q“ gibt es nicht. Erlaubt sind: collection, type,"),
        (f"{LIST}?collection=", "„collection“ darf nicht leer sein"),
        (f"{LIST}?editions=first", "„editions“ hat einen unbekannten Wert. Erlaubt sind: newest, all."),
        (f"{FACETS}?q=", "Die Frage ist leer"),
        (f"{FACETS}?q={'x' * 2001}", "zu lang"),
        (f"{FACETS}?facets=colour", "„facets“ hat einen unbekannten Wert. Erlaubt sind: collection, type,"),
        (f"{FACETS}?page=2", "Den Parameter „page“ gibt es nicht."),
        (f"{FACETS}?year=neulich", "kein Jahr und kein Zeitraum"),
    ],
)
def test_what_cannot_be_listed_or_counted_is_told_why(client, path, told):
    assert told in problem(client.get(path), 422)["detail"]


@pytest.mark.parametrize(
    "value", ["\x00", "../../etc/passwd", "<script>", "%ff", "\u202e", "ä" * 3000, "' OR 1=1 --", "\r\nX: y"]
)
def test_a_hostile_filter_finds_nothing_and_harms_nothing(client, value):
    for path in (LIST, FACETS):
        answer = client.get(path, params={"publisher": value})
        assert answer.status_code == 200, answer.text
        assert "Zu diesen Filtern gibt es kein Dokument." in answer.json()["notices"][0]
        assert "x" not in answer.headers


@pytest.mark.parametrize("path", [f"{SEARCH}?q=Schichtplanung", f"{FACETS}?q=Schichtplanung", f"{FACETS}?", f"{LIST}?"])
def test_a_value_of_a_filter_that_there_is_not_is_named_with_those_that_there_are(client, path):
    told = "„quatsch“ ist keine Sammlung. Es gibt: praxisprojekte, beratung, wissen, erfolg, lernreisen."
    assert client.get(f"{path}&collection=quatsch").json()["notices"][-1] == told
    assert client.get(f"{path}&collection=quatsch&collection=beratung").json()["notices"] == [told]
    assert client.get(f"{path}&sector=logistik&collection=beratung").json()["notices"] == [NO_DOCUMENT]


def test_values_that_there_are_not_are_named_on_the_page_cut_and_no_more_than_three(client):
    page = client.get("/suche", params={"q": "Schichtplanung", "type": "<b>", "topic": ["x" * 99, "y", "z"]}).text
    assert "„&lt;b&gt;“ ist keine Art von Dokument. Es gibt: study, guide," in page
    assert f"„{'x' * 40}“ ist kein Thema." in page
    assert ("„y“ ist kein Thema." in page, "„z“" in page) == (True, False)
