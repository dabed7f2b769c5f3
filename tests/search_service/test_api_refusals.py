"""The JSON interface: requests that cannot be answered."""

from __future__ import annotations

import json
import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from search_service.api import create_app
from search_service.errors import ChangeWissenError, KnowledgeBaseDamaged, KnowledgeBaseMissing
from search_service.problem_answers import KINDS_BY_ERROR
from search_service.problems import MAX_BODY_BYTES
from search_service.queries import Mode
from tests.search_service.served import ODD_QUESTIONS, SEARCH, CrashingSearcher, problem
from tests.search_service.small_library import GUIDE


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({}, "„q“ fehlt"),
        ({"q": ""}, "Die Frage ist leer"),
        ({"q": " \t"}, "Die Frage ist leer"),
        ({"q": "x" * 10_000}, "10.000 Zeichen zu lang (höchstens 2.000)"),
        ({"q": "x", "mode": "magic"}, "Erlaubt sind: hybrid, lexical, semantic"),
        ({"q": "x", "page": "0"}, "Seite 0"),
        ({"q": "x", "page": "zwei"}, "„page“ muss eine ganze Zahl sein"),
        ({"q": "x", "page_size": "1000"}, "zwischen 1 und 100"),
        ({"q": "x", "page": "9" * 30}, "liegt außerhalb"),
        ({"q": "x", "year": "neulich"}, "kein Jahr und kein Zeitraum"),
        ({"q": "x", "year": "2025..2020"}, "liegt der Anfang nach dem Ende"),
        ({"q": "x", "collection": ""}, "„collection“ darf nicht leer sein"),
        ({"q": "x", "colour": "blau"}, "Den Parameter „colour“ gibt es nicht. Erlaubt sind: q, mode, page,"),
        ({"q": "x", "group_by": "colour"}, "Erlaubt sind: spread, document, none"),
        ({"q": "x", "verbatim": "vielleicht"}, "„verbatim“ muss true oder false sein"),
    ],
)
def test_a_get_that_cannot_be_used_is_told_why_in_german(client, parameters, told):
    assert told in problem(client.get(SEARCH, params=parameters), 422)["detail"]


@pytest.mark.parametrize(
    ("body", "status", "pointer", "told"),
    [
        (b"", 422, "#", "Der Anfragetext fehlt"),
        (b"{", 400, "#", "kein gültiges JSON"),
        (b"[]", 422, "#", "muss ein JSON-Objekt sein"),
        (b'"x"', 422, "#", "muss ein JSON-Objekt sein"),
        (b"{}", 422, "#/q", "„q“ fehlt"),
        (b'{"q": 5}', 422, "#/q", "„q“ muss ein Text sein"),
        (b'{"q": "x", "size": 3}', 422, "#/size", "Das Feld „size“ gibt es nicht. Erlaubt sind: q, mode,"),
        (b'{"q": "x", "filters": {"colour": ["blau"]}}', 422, "#/filters/colour", "Den Filter „colour“ gibt es nicht"),
        (b'{"q": "x", "filters": {"type": "guide"}}', 422, "#/filters/type", "muss eine Liste von Texten sein"),
        (b'{"q": "x", "filters": {"year": {"gt": 2020}}}', 422, "#/filters/year/gt", "Erlaubt sind: gte, lte"),
        (b'{"q": "x", "filters": {"year": {"gte": 2025, "lte": 2020}}}', 422, None, "Bitte die Jahre tauschen"),
        (b'{"q": "x", "page": 1.5}', 422, "#/page", "muss eine ganze Zahl sein"),
        (b'{"q": "\\ud800"}', 422, "#/q", "kein gültiges Unicode"),
        (b"\xff\xfe", 400, "#", "kein gültiges JSON"),
        (b'{"q": "x", "filters": ' + b"[" * 60_000, 400, None, "nicht lesbar"),
        (b'{"q": "' + b"x" * MAX_BODY_BYTES + b'"}', 413, None, "größer als 64 KiB"),
    ],
)  # fmt: skip
def test_a_post_that_cannot_be_used_is_told_why_and_where(client, body, status, pointer, told):
    answer = problem(client.post(SEARCH, content=body, headers={"content-type": "application/json"}), status)
    assert told in answer["detail"]
    if pointer is not None:
        assert answer["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/api/v1/suggest", "„q“ fehlt"),
        ("/api/v1/suggest?q=x&limit=0", "„limit“ muss zwischen 1 und 20 liegen"),
        ("/api/v1/suggest?q=x&limit=21", "„limit“ muss zwischen 1 und 20 liegen"),
        ("/api/v1/suggest?q=x&limit=viele", "„limit“ muss eine ganze Zahl sein"),
        ("/api/v1/suggest?q=x&mode=hybrid", "Den Parameter „mode“ gibt es nicht. Erlaubt sind: q, limit, format."),
        (f"/api/v1/suggest?q={'x' * 2001}", "mit 2.001 Zeichen zu lang (höchstens 2.000)"),
        (f"/api/v1/documents/{GUIDE}/similar?limit=0", "„limit“ muss zwischen 1 und 20 liegen"),
        (f"/api/v1/documents/{GUIDE}/similar?q=x", "Den Parameter „q“ gibt es nicht. Erlaubt sind: limit."),
        ("/api/v1/passages/p0/similar?limit=99", "„limit“ muss zwischen 1 und 20 liegen"),
    ],
)
def test_what_is_asked_beside_the_search_is_checked_as_well(client, path, told):
    assert told in problem(client.get(path), 422)["detail"]


@pytest.mark.parametrize("question", ODD_QUESTIONS.values(), ids=ODD_QUESTIONS.keys())
@pytest.mark.parametrize("mode", Mode)
def test_odd_questions_get_a_sensible_answer(client, question, mode):
    answer = client.get(SEARCH, params={"q": question, "mode": mode})
    assert answer.status_code == 200, answer.text
    assert answer.json()["hits"] or answer.json()["notices"] or not answer.json()["fitting"]


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("!!!", "Die Frage enthält kein Wort."),
        ("-Schichtplanung", "Die Frage nennt nur, was ausgeschlossen ist."),
        ("und der die das", "Die Frage besteht nur aus Füllwörtern."),
        ("Schichtplanung -Schichtplanung", "„Schichtplanung“ ist gesucht und zugleich ausgeschlossen."),
        ('"Vorlauf braucht Schichtplanung"', "Die Wortfolge „Vorlauf braucht Schichtplanung“ steht in keinem Text."),
    ],
)
def test_a_question_that_leaves_nothing_is_told_why(client, question, told):
    assert told in client.get(SEARCH, params={"q": question}).json()["notices"][0]


def test_two_thousand_words_are_refused_and_not_cut(client):
    assert "zu lang" in problem(client.post(SEARCH, json={"q": "Wort " * 2000}), 422)["detail"]


def test_a_filter_that_leaves_nothing_is_told(client):
    answer = client.get(SEARCH, params={"q": "Schichtplanung", "collection": "nix"}).json()
    assert (answer["hits"], answer["fitting"]) == ([], False)
    assert "Zu diesen Filtern gibt es kein Dokument." in answer["notices"][0]


def test_a_fault_in_the_address_names_its_parameter(client):
    answer = problem(client.get(SEARCH, params={"q": "x", "colour": "blau", "page": "zwei"}), 422)
    assert {error["parameter"] for error in answer["errors"]} == {"colour", "page"}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200), mode=st.sampled_from(list(Mode)))
def test_any_text_is_answered_or_refused_politely(client, text, mode):
    answer = client.post(SEARCH, content=json.dumps({"q": text, "mode": mode}), headers={"content-type": "application/json"})
    if answer.status_code == 200:
        assert answer.json()["query"] == text
    else:
        problem(answer, 422)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/documents/unbekannt",
        "/api/v1/documents/unbekannt/file",
        "/api/v1/documents/unbekannt/similar",
        "/api/v1/passages/unbekannt/similar",
        "/api/v1/nichts",
        "/nichts",
    ],
)
def test_an_unknown_address_or_document_is_a_problem_document(client, path):
    problem(client.get(path), 404)


@pytest.mark.parametrize("path", ["/redoc", "/api/v1/docs", "/docs/oauth2-redirect"])
def test_there_are_no_documentation_pages_that_load_from_elsewhere(client, path):
    problem(client.get(path), 404)


def test_a_wrong_method_is_told_the_right_ones(client):
    answer = client.put(SEARCH)
    problem(answer, 405)
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
    answer = client.delete(f"/api/v1/documents/{GUIDE}")
    problem(answer, 405)
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_a_crash_shows_no_insides_and_logs_no_question(caplog):
    with TestClient(create_app(CrashingSearcher(ZeroDivisionError("geheim")))) as client, caplog.at_level(logging.ERROR):
        answer = client.get(SEARCH, params={"q": "Betriebsgeheimnis"})
        problem(answer, 500)
    assert "geheim" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "ZeroDivisionError" in caplog.text
    assert "Betriebsgeheimnis" not in caplog.text


def test_what_only_the_operator_can_mend_is_logged_and_not_shown(caplog):
    with TestClient(create_app(CrashingSearcher(KnowledgeBaseDamaged("Die Datei /srv/kb/x ist beschädigt.")))) as client:
        answer = client.get(SEARCH, params={"q": "x"})
    problem(answer, 503)
    assert answer.headers["retry-after"]
    assert "/srv" not in answer.text
    assert "/srv/kb/x" in caplog.text


def test_every_error_has_a_status_of_its_own_or_means_a_fault_of_the_service():
    unlisted = set(ChangeWissenError.__subclasses__()) - set(KINDS_BY_ERROR)
    # These arise at ingest and evaluation, which no request starts.
    assert {error.__name__ for error in unlisted} <= {
        "UnreadableDocument", "NothingToIndex", "InvalidMetadata", "InvalidSettings", "InvalidJudgements",
        "SourceUnavailable",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["documents", "documents/d0", "passages/p0", "facets", "facets?q=x", "feeds/search.atom?q=x"])
def test_what_is_read_beside_the_search_fails_as_politely(path):
    with TestClient(create_app(CrashingSearcher(KnowledgeBaseMissing("In /srv/kb liegt nichts.")))) as client:
        answer = client.get(f"/api/v1/{path}")
    problem(answer, 503)
    assert "/srv" not in answer.text


@pytest.mark.parametrize("blank", ["", " ", "\u001d", "\u00a0\n"])
def test_a_filter_value_that_nobody_can_see_is_refused_wherever_it_stands(client, blank):
    for asked in ({"q": "x", "filters": {"document": [blank]}}, {"q": "x", "filters": {"publisher": ["BMAS", blank]}}):
        assert problem(client.post(SEARCH, json=asked), 422)["errors"][0]["pointer"].startswith("#/filters/")
    assert problem(client.get(SEARCH, params={"q": "x", "document": blank}), 422)["errors"][0]["parameter"] == "document"
