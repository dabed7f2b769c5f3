"""Signing in and out, and everything that keeps strangers and other sites out."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from search_service.access import MAX_ATTEMPTS
from search_service.api import create_app
from search_service.desk.keys import Scope
from search_service.edge.places import Place, find_place, is_page, is_upload
from search_service.searcher import Searcher
from search_service.site.editing.gate import find_onward, find_origin, is_from_here
from tests.search_service.editing.newsroom import FROM_HERE, SIGN_IN, Newsroom, open_newsroom

PAGES = ("", "/hochladen", "/auftraege", "/auftraege/j0000000000000000", "/dokumente", "/dokumente/d0000000000000000",
         "/dokumente/d0000000000000000/zurueckziehen", "/zurueckgezogen", "/luecken", "/staende", "/staende/1", "/neu-lesen",
         "/gesundheit")  # fmt: skip
FORMS = ("/hochladen", "/dokumente/d0000000000000000", "/dokumente/d0000000000000000/datei",
         "/dokumente/d0000000000000000/zurueckziehen", "/dokumente/d0000000000000000/wiederherstellen",
         "/staende/veroeffentlichen", "/staende/1", "/neu-lesen")  # fmt: skip


@pytest.fixture(scope="module")
def office(searcher: Searcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    with open_newsroom(searcher, tmp_path_factory.mktemp("kb")) as room:
        yield room


@pytest.fixture
def room(office: Newsroom) -> Iterator[Newsroom]:
    """The office with nobody signed in, and no job at all."""
    yield office
    office.client.cookies.clear()
    assert office.desk.jobs.list(1) == []


def test_a_key_opens_the_page_that_was_asked_for(room: Newsroom) -> None:
    asked = room.client.get("/pflege/auftraege?vor=j1")
    assert asked.url.path == SIGN_IN
    assert 'value="/pflege/auftraege?vor=j1"' in asked.text
    answer = room.client.post(SIGN_IN, data={"schluessel": f" {room.text}\n", "weiter": "/pflege/auftraege?vor=j1"})
    assert (answer.url.path, answer.url.query) == ("/pflege/auftraege", b"vor=j1")
    assert "Angemeldet mit „Redaktion“" in answer.text
    assert room.client.get(SIGN_IN).url.path == "/pflege"  # who is signed in goes on


@pytest.mark.parametrize(("public_url", "secure"), [(None, False), ("https://wissen.example.org", True)])
def test_the_cookie_is_for_these_pages_alone(searcher: Searcher, tmp_path: Path, public_url: str | None, secure: bool) -> None:
    with open_newsroom(searcher, tmp_path, public_url=public_url) as room:
        answer = room.client.post(SIGN_IN, data={"schluessel": room.text}, follow_redirects=False)
    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert name.startswith("pflege=")
    assert {each.lower() for each in attributes} == {"httponly", "path=/pflege", "samesite=strict", *(["secure"] * secure)}
    assert answer.status_code == 303
    assert room.text not in answer.headers["location"]


def test_whose_browser_refuses_the_cookie_learns_it(room: Newsroom) -> None:
    answer = room.client.post(SIGN_IN, data={"schluessel": room.text}, follow_redirects=False)
    room.client.cookies.clear()
    told = room.client.get(answer.headers["location"])
    assert told.status_code == 400
    assert "das Cookie nicht angenommen" in told.text


def test_wrong_keys_are_refused_counted_and_never_told_again(
    searcher: Searcher, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_newsroom(searcher, tmp_path) as room, caplog.at_level(logging.DEBUG):
        try_wrong_keys(room, caplog)


def try_wrong_keys(room: Newsroom, caplog: pytest.LogCaptureFixture) -> None:
    _, narrow = room.desk.keys.create("Portal", Scope.SEARCH)
    wrong = f"{room.text[:-1]}{'A' if room.text[-1] != 'A' else 'B'}"
    assert room.sign_in("").status_code == 422
    assert room.sign_in("<script>").status_code == 401
    assert "unvollständig oder vertippt. Bitte ihn ganz kopieren." in room.sign_in("cw_falsch").text
    refused = room.sign_in(wrong)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert "gilt nicht" in refused.text
    assert wrong not in refused.text
    assert room.sign_in(narrow).status_code == 403
    for _ in range(MAX_ATTEMPTS):
        answer = room.sign_in(wrong)
    assert answer.status_code == 429
    assert answer.headers["retry-after"]
    assert "zu viele falsche Schlüssel" in answer.text
    assert wrong not in caplog.text
    assert not room.client.cookies
    assert room.sign_in().url.path == "/pflege"  # a right key always passes


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_shown_to_strangers(room: Newsroom, path: str) -> None:
    for cookie in ({}, {"cookie": "pflege=erfunden"}):
        answer = room.client.get(f"/pflege{path}", headers=cookie, follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(SIGN_IN)
        assert ("hinweis=abgelaufen" in answer.headers["location"]) is bool(cookie)
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", FORMS)
def test_nothing_is_ordered_by_strangers_or_by_other_sites(room: Newsroom, path: str) -> None:
    stranger = room.client.post(f"/pflege{path}", data={"a": "b"}, follow_redirects=False)
    assert (stranger.status_code, stranger.headers["location"]) == (303, SIGN_IN)
    room.sign_in()
    for site in ("cross-site", "same-site"):
        foreign = room.client.post(f"/pflege{path}", headers={"sec-fetch-site": site}, follow_redirects=False)
        assert foreign.status_code == 403
        assert "kam nicht von einer Seite der Pflege" in foreign.text


def test_a_sign_in_from_another_site_is_refused(room: Newsroom) -> None:
    answer = room.client.post(SIGN_IN, data={"schluessel": room.text}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_signing_out_and_revoking_the_key_end_the_session(room: Newsroom) -> None:
    key, text = room.desk.keys.create("Aushilfe", Scope.ADMIN)
    room.sign_in(text)
    copy = {"cookie": f"pflege={room.client.cookies['pflege']}"}
    assert room.client.get("/pflege").url.path == "/pflege"
    out = room.client.post("/pflege/abmelden")
    assert "Sie sind abgemeldet." in out.text
    assert not room.client.cookies
    assert room.client.get("/pflege", headers=copy).url.path == SIGN_IN
    room.sign_in(text)
    room.desk.keys.revoke(key.id)
    assert "gesperrt oder ist abgelaufen" in room.client.get("/pflege").text
    assert room.sign_in(text).status_code == 401


def test_who_follows_a_link_from_elsewhere_is_shown_the_way_on(room: Newsroom) -> None:
    room.sign_in()
    room.client.cookies.clear()  # SameSite=Strict: the browser leaves it out
    answer = room.client.get("/pflege/luecken", headers={"sec-fetch-site": "cross-site"})
    assert '<a href="/pflege/luecken">Weiter zur Pflege</a>' in answer.text


def test_without_a_desk_the_pages_say_that_there_is_nothing_to_manage(searcher: Searcher) -> None:
    with TestClient(create_app(searcher), headers=FROM_HERE) as client:
        for path in ("/pflege", SIGN_IN, "/pflege/dokumente"):
            answer = client.get(path)
            assert answer.status_code == 404
            assert "Hier gibt es keine Pflege" in answer.text
            assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site", "origin": "http://wissen.example.org", "host": "wissen.example.org"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"origin": "http://10.0.0.5:8000", "host": "10.0.0.5:8000"}, True),
        ({"origin": "https://wissen.example.org", "host": "innen:8000"}, True),
        ({"origin": "https://boese.example.org", "host": "wissen.example.org"}, False),
        ({"origin": "null", "host": "wissen.example.org"}, False),
        ({}, False),
    ],
)
def test_a_form_is_taken_from_our_own_pages_only(headers: dict[str, str], allowed: bool) -> None:
    assert is_from_here(headers, find_origin("https://Wissen.example.org/unter/pfad")) is allowed


@pytest.mark.parametrize(
    ("wanted", "onward"),
    [
        ("/pflege/dokumente?seite=2", "/pflege/dokumente?seite=2"),
        ("", "/pflege"),
        ("https://boese.example.org/pflege/", "/pflege"),
        ("//boese.example.org/pflege/", "/pflege"),
        ("/pflege//boese.example.org", "/pflege"),
        ("/pflege/\\boese", "/pflege"),
        ("/pflegefall", "/pflege"),
        ("/pflege/anmelden?weiter=/pflege/anmelden", "/pflege"),
        ("/pflege/a\r\nset-cookie: x=y", "/pflege"),
        ("/pflege/ä", "/pflege"),
    ],
)
def test_after_the_sign_in_it_goes_on_within_these_pages_only(wanted: str, onward: str) -> None:
    assert find_onward(wanted) == onward


def test_these_addresses_are_a_place_of_their_own() -> None:
    assert {find_place(path) for path in ("/pflege", "/pflege/dokumente/x/datei")} == {Place.EDITING}
    assert find_place("/pflegefall") is Place.ANSWER
    assert not is_page("/pflege")
    assert is_upload("/pflege/hochladen")
    assert is_upload("/pflege/dokumente/d1/datei")
    assert not is_upload("/pflege/dokumente/d1")
