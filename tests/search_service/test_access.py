"""Who may do what: keys in requests, for the administration and, where the operator wants it, for the search."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from search_service.access import (
    ATTEMPTS_SECONDS,
    MAX_ATTEMPTS,
    Attempts,
    SearchAccess,
    parse_search_access,
)
from search_service.api import create_app
from search_service.desk.keys import Scope
from search_service.errors import DeskUnavailable, InvalidSettings
from search_service.searcher import Searcher
from tests.search_service.managed import ADMIN, Office, open_office
from tests.search_service.served import problem
from tests.search_service.small_library import GUIDE

JOBS = f"{ADMIN}/jobs"
NO_SUCH_KEY = f"cw_{'a' * 8}_{'b' * 43}"


@pytest.fixture
def office(searcher: Searcher, tmp_path: Path) -> Iterator[Office]:
    with open_office(searcher, tmp_path) as office:
        yield office


@pytest.fixture
def stranger(office: Office) -> TestClient:
    """A client of the same service without a key."""
    return TestClient(office.client.app)


@pytest.mark.parametrize("header", [("Authorization", "Bearer {}"), ("authorization", "bearer {}"), ("X-API-Key", "{}")])
def test_a_key_is_shown_in_either_header(stranger: TestClient, office: Office, header: tuple[str, str]) -> None:
    name, form = header
    assert stranger.get(JOBS, headers={name: form.format(office.key)}).status_code == 200


def test_a_key_beside_the_login_of_a_proxy_is_seen(stranger: TestClient, office: Office) -> None:
    assert stranger.get(JOBS, headers={"authorization": "Basic YTpi", "x-api-key": office.key}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer"}, {"authorization": "Basic YTpi"}, {"x-api-key": ""}, {"authorization": ""}],
)
def test_without_a_key_the_answer_says_how_to_show_one(stranger: TestClient, headers: dict[str, str]) -> None:
    answer = stranger.get(JOBS, headers=headers)
    assert "Authorization: Bearer cw_…" in problem(answer, 401)["detail"]
    assert answer.headers["www-authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("key", [NO_SUCH_KEY, "geheim", "cw_", "ü", "x" * 8000, "cw_\x00"])
def test_a_key_that_does_not_hold_is_refused_and_not_repeated(stranger: TestClient, key: str) -> None:
    answer = stranger.get(JOBS, headers={"x-api-key": key.encode("utf-8")})
    told = "gilt nicht" if key == NO_SUCH_KEY else "unvollständig oder vertippt"
    assert told in problem(answer, 401)["detail"]
    assert len(key) < 5 or key not in answer.text


def test_a_revoked_key_is_refused_at_once(office: Office) -> None:
    assert office.client.get(JOBS).status_code == 200
    office.desk.keys.revoke(office.key[3:11])
    assert "ist gesperrt" in problem(office.client.get(JOBS), 401)["detail"]


def test_a_key_for_the_search_does_not_open_the_administration(stranger: TestClient, office: Office) -> None:
    _, key = office.desk.keys.create("Portal", Scope.SEARCH)
    answer = problem(stranger.get(JOBS, headers={"x-api-key": key}), 403)
    assert "„Portal“ gilt für die Suche" in answer["detail"]


def test_every_address_of_the_administration_wants_a_key(stranger: TestClient, office: Office) -> None:
    described = office.client.get("/api/v1/openapi.json").json()
    operations = [
        (path, method) for path, methods in described["paths"].items() if path.startswith(f"{ADMIN}/") for method in methods
    ]
    assert len(operations) >= 13
    for path, method in operations:
        address = path.replace("{number}", "1").replace("{document_id}", "d0").replace("{job_id}", "j0")
        body = {"json": {}} if method in ("post", "patch") else {}
        problem(stranger.request(method, address, **body), 401)
        assert described["paths"][path][method]["security"] == [{"bearer": []}, {"apiKey": []}]
        assert "401" in described["paths"][path][method]["responses"]
    assert described["components"]["securitySchemes"]["apiKey"]["name"] == "X-API-Key"


def test_many_wrong_keys_are_answered_shortly_and_logged_without_the_key(
    stranger: TestClient, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for _ in range(MAX_ATTEMPTS):
            problem(stranger.get(JOBS, headers={"x-api-key": NO_SUCH_KEY}), 401)
        answer = stranger.get(JOBS, headers={"x-api-key": NO_SUCH_KEY})
        assert int(answer.headers["retry-after"]) == ATTEMPTS_SECONDS
        problem(answer, 429)
        assert office.client.get(JOBS).status_code == 200
    told = [record for record in caplog.records if record.name == "search_service.access"]
    assert [record.getMessage() for record in told] == [f"a request to {JOBS} showed a key that does not hold"] * MAX_ATTEMPTS
    assert NO_SUCH_KEY not in caplog.text
    assert office.key not in caplog.text


def test_a_desk_that_cannot_be_opened_sends_the_editor_to_the_operator(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise DeskUnavailable("Der Ordner /srv/kb ist nur lesbar eingebunden.")

    monkeypatch.setattr(office.desk.jobs, "list", refuse)
    detail = problem(office.client.get(JOBS), 503)["detail"]
    assert detail == "Aufträge und Schlüssel sind gerade nicht erreichbar. Bitte den Betreiber verständigen."


def test_attempts_are_counted_by_address_and_forgotten_after_a_minute() -> None:
    now = 0.0
    attempts = Attempts(clock=lambda: now)
    assert [attempts.note("a") for _ in range(MAX_ATTEMPTS + 1)] == [False] * MAX_ATTEMPTS + [True]
    assert attempts.note("b") is False
    now = ATTEMPTS_SECONDS
    assert attempts.note("a") is False


@pytest.mark.parametrize("path", ["/api/v1/search?q=Schichtplanung", "/suche?q=Schichtplanung", f"/api/v1/documents/{GUIDE}"])
def test_the_search_is_open_or_wants_a_key_as_the_operator_says(searcher: Searcher, tmp_path: Path, path: str) -> None:
    with open_office(searcher, tmp_path) as office:
        _, key = office.desk.keys.create("Portal", Scope.SEARCH)
        for access, status in ((SearchAccess.PUBLIC, 200), (SearchAccess.KEY, 401)):
            with TestClient(create_app(searcher, desk=office.desk, search_access=access)) as client:
                assert client.get(path).status_code == status
                assert client.get(path, headers={"x-api-key": key}).status_code == 200
                assert client.get(path, headers={"x-api-key": office.key}).status_code == 200
                assert client.get("/ready").status_code == 200


def test_the_setting_is_one_of_two_words() -> None:
    assert parse_search_access("key") is SearchAccess.KEY
    with pytest.raises(InvalidSettings, match="public oder key"):
        parse_search_access("privat")
