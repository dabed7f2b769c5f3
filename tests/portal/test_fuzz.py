"""A slice of what `python -m evaluation.contract.fuzz` does by the ten thousand, and the parts it is made of."""

from __future__ import annotations

import tomllib
from http import HTTPStatus

import httpx
import pytest

from evaluation.contract.fuzz import Outcome, count_operations, find_ids, read_outcome, run_round, write_settings
from evaluation.contract.rules import breaks_a_rule, is_refused_for_its_content, is_refused_inside, tells_of
from evaluation.served import ServiceFailed, await_ready

EACH = 4  # requests per operation


@pytest.mark.parametrize(
    "asked",
    [
        {"page": 12, "page_size": 100},
        {"page": 102},
        {"filters": {"year": {"gte": 2025, "lte": 2024}}},
        {"year": "2025..2024"},
        {"queries": [{"q": "x"}, {"page": 5101266564960.0, "page_size": 44}]},
    ],
)
def test_what_the_schema_cannot_forbid_is_recognized_anywhere(asked):
    assert breaks_a_rule(asked)


@pytest.mark.parametrize(
    "asked",
    [
        {"page": 11, "page_size": 100},
        {"page": 101},
        {"page": "12", "page_size": "100"},
        {"page": True, "page_size": 2000},
        {"year": {"gte": 2024, "lte": 2024}},
        {"year": {"gte": None, "lte": 2024}},
        {"year": "2024..2024"},
        {"year": "..2024"},
        {"q": "2025..2024"},
        None,
        "page",
    ],
)
def test_everything_else_is_tried(asked):
    assert not breaks_a_rule(asked)


@pytest.mark.parametrize("asked", [{"q": "x", "page": 12, "page_size": 100}, {"q": "x", "year": "2025..2024"}])
def test_the_service_refuses_what_the_rules_leave_out(service, asked):
    assert httpx.get(f"{service}/api/v1/search", params=asked).status_code == 422


def test_ids_that_exist_are_given_to_half_of_the_addresses(service):
    ids = find_ids(service)
    assert ids["document_id"]
    for identifier in ids["document_id"][:2]:
        assert httpx.get(f"{service}/api/v1/documents/{identifier}").status_code == 200
    settings = tomllib.loads(write_settings(ids))
    assert settings["dictionaries"]["passage_id"]["values"] == ids["passage_id"]
    assert settings["parameters"]["path.document_id"] == {"dictionary": "document_id", "probability": 0.5}
    assert tomllib.loads(write_settings({}, "cw_x"))["auth"]["openapi"]["bearer"] == {"bearer": "cw_x"}
    assert "dictionaries" not in tomllib.loads(write_settings({"document_id": []}))


def test_failures_and_errors_are_told_apart_from_cases():
    failure = {"code": "ST202", "title": "Schema-valid request rejected", "operations": ["GET /a", "GET /b"]}
    report = {"test_cases": {"generated": 7}, "failures": [failure], "errors": [{"title": "Netz"}]}
    told = ("ST202 Schema-valid request rejected: GET /a, GET /b", 'Fehler von schemathesis: {"title": "Netz"}')
    assert read_outcome(report) == Outcome(7, told)
    assert count_operations({"paths": {"/a": {"get": {}, "post": {}}, "/b": {"get": {}}}}) == 3


def test_a_service_that_is_not_there_is_said_to_be_missing():
    with pytest.raises(ServiceFailed, match="antwortet kein Dienst"):
        await_ready("http://127.0.0.1:9", start_seconds=0)


def test_a_refusal_inside_an_answer_is_a_refusal():
    assert is_refused_inside({"answers": [{"status": 200}, {"status": 422}]})
    assert not is_refused_inside({"answers": [{"status": 200}]})
    assert not is_refused_inside({"hits": []})
    assert not is_refused_inside([])


def test_a_value_that_is_false_is_told_from_one_of_the_wrong_form():
    assert is_refused_for_its_content({"errors": [{"pointer": "#/ids/0"}, {"pointer": "#/metadata/isbn"}]})
    assert is_refused_for_its_content({"errors": [{"parameter": "before"}]})
    assert not is_refused_for_its_content({"errors": [{"pointer": "#/ids/0"}, {"pointer": "#/title"}]})
    assert not is_refused_for_its_content({"errors": [{"parameter": "ids"}]})
    assert not is_refused_for_its_content({"detail": "ids"})


def test_a_key_that_is_no_longer_looked_at_is_told_from_one_that_opens():
    expected = "Expected 401 or 403, got `{}` for `GET /a` (invalid credentials provided)"
    assert tells_of(expected.format("429 Too Many Requests"), HTTPStatus.TOO_MANY_REQUESTS)
    assert not tells_of(expected.format("200 OK"), HTTPStatus.TOO_MANY_REQUESTS)


def test_odd_requests_are_answered_as_the_schema_says(service, managed, tmp_path, capfd):
    outcome = run_round(service, EACH, 1, tmp_path / "bericht.json", managed.key, phases=["examples", "fuzzing"])
    assert outcome.failures == (), capfd.readouterr().out
    assert outcome.cases > 10 * EACH
