"""The JSON interface: what an answer tells beside its hits can be chosen."""

from __future__ import annotations

import pytest

from tests.search_service.served import SEARCH, problem

QUESTION = "Mitbestimmung bei KI: was sagt § 87?"


def answer(client, **switches):
    body = client.post(SEARCH, json={"q": QUESTION, **switches})
    assert body.status_code == 200, body.text
    return body.json()


def strip(body):
    """Return an answer without what the switches change."""
    for name in ("took_ms", "query_id", "facets"):
        del body[name]
    for hit in body["hits"]:
        del hit["explain"], hit["passage"]["highlights"], hit["passage"]["snippet_html"]
    return body


def test_facets_are_told_as_chosen_and_all_without_a_choice(client):
    everything = answer(client)["facets"]
    assert answer(client, facets=None)["facets"] == everything
    chosen = answer(client, facets=["year", "type"])["facets"]
    assert chosen == {"type": everything["type"], "year": everything["year"]}
    assert answer(client, facets=[])["facets"] == {}
    by_address = client.get(SEARCH, params={"q": QUESTION, "facets": ["year", "type"]}).json()["facets"]
    assert by_address == chosen
    assert client.get(SEARCH, params={"q": QUESTION, "facets": "none"}).json()["facets"] == {}


def test_without_highlights_the_snippet_is_plain_escaped_text(client):
    asked = {"q": "Protokoll Gespräch", "mode": "lexical"}
    marked = client.post(SEARCH, json=asked).json()["hits"][0]
    plain = client.post(SEARCH, json={**asked, "highlight": False}).json()["hits"][0]
    assert "<mark>" in marked["passage"]["snippet_html"]
    assert plain["passage"]["highlights"] == []
    assert plain["passage"]["snippet_html"] == marked["passage"]["snippet_html"].replace("<mark>", "").replace("</mark>", "")
    assert "&lt;b&gt;" in plain["passage"]["snippet_html"]
    assert plain["source_url"] == marked["source_url"]


def test_without_explanation_its_fields_are_empty_and_still_there(client):
    told, untold = (answer(client, explain=explain)["hits"][0]["explain"] for explain in (True, False))
    assert told["text"]
    assert untold == {"lexical": None, "semantic": None, "rescoring": None, "words": [], "text": ""}
    assert set(told) == set(untold)


@pytest.mark.parametrize("switches", [{"facets": []}, {"highlight": False}, {"explain": False}])
def test_no_switch_changes_hits_or_totals_and_each_answer_has_an_id_of_its_own(client, switches):
    usual, other = answer(client), answer(client, **switches)
    assert usual["query_id"] != other["query_id"]
    assert strip(usual) == strip(other)


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"facets": "colour"}, "„facets“ hat einen unbekannten Wert. Erlaubt sind: collection,"),
        ({"facets": ""}, "„facets“ hat einen unbekannten Wert."),
        ({"highlight": "bunt"}, "„highlight“ muss true oder false sein"),
        ({"explain": "2"}, "„explain“ muss true oder false sein"),
    ],
)
def test_a_switch_that_is_none_is_told(client, parameters, told):
    assert told in problem(client.get(SEARCH, params={"q": "x", **parameters}), 422)["detail"]
    (name, value), *_ = parameters.items()
    problem(client.post(SEARCH, json={"q": "x", name: value}), 422)
