"""The JSON interface: hits by year instead of relevance."""

from __future__ import annotations

import json

import pytest

from tests.search_service.served import SEARCH, problem

QUESTION = "Gute Schichtplanung braucht Vorlauf"


def hits(client, **asked):
    answer = client.get(SEARCH, params={"q": QUESTION, "page_size": 100, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()["hits"]


def test_by_year_the_newest_fitting_hit_stands_first_and_what_does_not_fit_behind_all(client):
    by_year = hits(client, sort="year")
    fitting = [hit["relevance"] >= 0.09 for hit in by_year]
    assert fitting == sorted(fitting, reverse=True)
    assert 0 < sum(fitting) < len(fitting)
    for wanted in (True, False):
        years = [hit["document"]["year"] or 0 for hit, fits in zip(by_year, fitting, strict=True) if fits is wanted]
        assert years == sorted(years, reverse=True)
    assert by_year[0]["document"]["title"] == "Merkblatt 14: Schichtplanung"
    assert [hit["rank"] for hit in by_year] == list(range(1, len(by_year) + 1))


def test_an_order_changes_neither_hits_nor_counts(client):
    def tell(**asked):
        answer = client.get(SEARCH, params={"q": QUESTION, "page_size": 100, **asked}).json()
        return {hit["id"] for hit in answer["hits"]}, answer["total"], answer["facets"], answer["fitting"]

    assert tell(sort="year") == tell(sort="relevance") == tell()
    for mode in ("hybrid", "lexical"):
        nothing = tell(q="Quastenflosser", mode=mode)
        assert tell(sort="year", q="Quastenflosser", mode=mode) == nothing


def test_pages_by_year_join_to_the_whole_list(client):
    pages = [hits(client, sort="year", page_size=4, page=page) for page in range(1, 8)]
    assert [hit["id"] for page in pages for hit in page] == [hit["id"] for hit in hits(client, sort="year")]


def test_hits_of_one_year_stand_by_relevance(client):
    one_year = [hit["score"] for hit in hits(client, sort="year", year="2025", q="Einführung Betriebsrat", group_by="none")]
    assert len(one_year) > 1
    assert one_year == sorted(one_year, reverse=True)


def test_an_order_has_an_answer_of_its_own_and_works_with_a_body(client):
    usual, by_year = (client.get(SEARCH, params={"q": QUESTION, "sort": sort}).json() for sort in ("relevance", "year"))
    assert usual["query_id"] == client.get(SEARCH, params={"q": QUESTION}).json()["query_id"] != by_year["query_id"]
    by_post = client.post(SEARCH, json={"q": QUESTION, "sort": "year"}).json()
    for answer in (by_year, by_post):
        del answer["took_ms"]
    assert json.dumps(by_post) == json.dumps(by_year)


@pytest.mark.parametrize("sort", ["colour", "", "YEAR", "-year"])
def test_an_order_nobody_knows_is_told(client, sort):
    refused = problem(client.get(SEARCH, params={"q": "x", "sort": sort}), 422)
    assert "„sort“ hat einen unbekannten Wert. Erlaubt sind: relevance, year." in refused["detail"]
