"""The JSON interface: several questions at once."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search_service.problems import MAX_BODY_BYTES
from tests.search_service.served import SEARCH, problem
from tests.search_service.small_library import GUIDE

BATCH = f"{SEARCH}/batch"


def ask(client, *queries):
    answer = client.post(BATCH, json={"queries": queries})
    assert answer.status_code == 200, answer.text
    return answer.json()["answers"]


def test_answers_come_in_the_order_of_the_questions_and_are_those_of_single_ones(client):
    queries = [
        {"q": "Schichtplanung", "page_size": 2},
        {"q": "Betriebsrat", "mode": "lexical", "filters": {"document": [GUIDE]}, "facets": ["type"]},
        {"q": "Schichtplanung", "page_size": 2},
    ]
    answers = ask(client, *queries)
    for query, answer in zip(queries, answers, strict=True):
        alone = client.post(SEARCH, json=query).json()
        assert (answer["status"], answer["problem"]) == (200, None)
        del alone["took_ms"], answer["answer"]["took_ms"]
        assert answer["answer"] == alone


def test_a_faulty_question_gets_its_own_problem_and_spoils_no_other(client):
    first, faulty, last = ask(client, {"q": "Betriebsrat"}, {"q": " "}, {"q": "Übergabe"})
    assert (first["status"], last["status"]) == (200, 200)
    assert first["answer"]["query"] == "Betriebsrat"
    assert last["answer"]["query"] == "Übergabe"
    assert (faulty["status"], faulty["answer"]) == (422, None)
    told, detail = faulty["problem"], "Die Frage ist leer. Bitte ein Stichwort oder eine Frage eingeben."
    assert (told["type"], told["title"], told["status"]) == ("/hilfe#ungueltige-anfrage", "Ungültige Anfrage", 422)
    assert (told["detail"], told["instance"]) == (detail, "/api/v1/search/batch#/queries/1")
    assert told["errors"] == [{"pointer": "#/queries/1/q", "parameter": None, "detail": detail}]


@pytest.mark.parametrize(
    ("query", "pointer", "told"),
    [
        ({}, "#/queries/0/q", "„q“ fehlt"),
        ({"q": 5}, "#/queries/0/q", "„q“ muss ein Text sein"),
        ({"q": "x", "size": 3}, "#/queries/0/size", "Das Feld „size“ gibt es nicht. Erlaubt sind: q, mode,"),
        ({"q": "x", "filters": {"colour": []}}, "#/queries/0/filters/colour", "Erlaubt sind: collection, type,"),
        ({"q": "x", "filters": {"year": {"gt": 1}}}, "#/queries/0/filters/year/gt", "Erlaubt sind: gte, lte."),
        ({"q": "x", "mode": "magic"}, "#/queries/0/mode", "Erlaubt sind: hybrid, lexical, semantic"),
        ({"q": "x", "facets": ["colour"]}, "#/queries/0/facets/0", "„facets“ hat einen unbekannten Wert"),
        ({"q": "x" * 2001}, "#/queries/0/q", "zu lang"),
        ({"q": "x", "page": 10**9}, "#/queries/0/page", "liegt außerhalb"),
        ([], "#/queries/0", "Anfrage 1 muss ein JSON-Objekt sein"),
        (None, "#/queries/0", "Anfrage 1 muss ein JSON-Objekt sein"),
        ("Betriebsrat", "#/queries/0", "Anfrage 1 muss ein JSON-Objekt sein"),
    ],
)
def test_a_faulty_question_is_told_why_and_where(client, query, pointer, told):
    (answer,) = ask(client, query)
    assert (answer["status"], answer["answer"]) == (422, None)
    assert told in answer["problem"]["detail"]
    assert answer["problem"]["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({}, 422, "„queries“ fehlt"),
        ({"queries": []}, 422, "eine Liste von 1 bis 20 Anfragen"),
        ({"queries": [{"q": "x"}] * 21}, 422, "eine Liste von 1 bis 20 Anfragen"),
        ({"queries": {"q": "x"}}, 422, "eine Liste von 1 bis 20 Anfragen"),
        ({"queries": None}, 422, "eine Liste von 1 bis 20 Anfragen"),
        ({"queries": [{"q": "x"}], "parallel": True}, 422, "Das Feld „parallel“ gibt es nicht. Erlaubt sind: queries."),
        ([], 422, "muss ein JSON-Objekt sein"),
        ({"queries": [{"q": "x" * MAX_BODY_BYTES}]}, 413, "größer als"),
    ],
)
def test_a_batch_that_is_none_is_refused_as_a_whole(client, body, status, told):
    assert told in problem(client.post(BATCH, json=body), status)["detail"]


@pytest.mark.parametrize(("body", "status"), [(b"", 422), (b"{", 400), (b"\xff", 400), (b'{"queries": ' + b"[" * 60_000, 400)])
def test_what_is_no_json_is_refused(client, body, status):
    problem(client.post(BATCH, content=body, headers={"content-type": "application/json"}), status)


def test_a_half_character_spoils_its_own_question_alone(client):
    body = rb'{"queries": [{"q": "\ud800"}, {"q": "Betriebsrat"}]}'
    answers = client.post(BATCH, content=body, headers={"content-type": "application/json"}).json()["answers"]
    assert [answer["status"] for answer in answers] == [422, 200]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["q", "filters", "page", "year", "x"]), inner),
    max_leaves=8,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(JSON, min_size=1, max_size=4))
def test_any_batch_gets_one_answer_or_problem_for_each_of_its_questions(client, queries):
    answer = client.post(BATCH, content=json.dumps({"queries": queries}), headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text
    answers = answer.json()["answers"]
    assert len(answers) == len(queries)
    for each in answers:
        assert (each["answer"] is None) is (each["status"] == 422)
        assert (each["problem"] is None) is (each["status"] == 200)
