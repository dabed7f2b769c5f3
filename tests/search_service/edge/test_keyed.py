"""A service whose contents are for keys only: what is kept, what is looked at first, and what stays open to all."""

import pytest
from starlette.testclient import TestClient

from search_service.access import SearchAccess
from search_service.api import create_app
from search_service.desk.keys import Scope
from search_service.desk.opening import open_desk
from tests.search_service.served import SEARCH, problem
from tests.search_service.small_library import GUIDE

PATHS = (f"{SEARCH}?q=Betriebsrat", "/suche?q=Betriebsrat", "/", f"/dokument/{GUIDE}", f"/api/v1/documents/{GUIDE}/file")


@pytest.fixture
def keyed(searcher, tmp_path):
    """A client without a key, and the header that shows one."""
    desk = open_desk(tmp_path)
    _, key = desk.keys.create("Portal", Scope.SEARCH)
    with TestClient(create_app(searcher, desk=desk, search_access=SearchAccess.KEY)) as client:
        yield client, {"authorization": f"Bearer {key}"}


@pytest.mark.parametrize("path", PATHS)
def test_who_knows_an_etag_is_asked_for_the_key_all_the_same(keyed, path):
    client, shown = keyed
    known = {"if-none-match": client.get(path, headers=shown).headers["etag"]}
    again = client.get(path, headers=shown | known)
    assert (again.status_code, again.content) == (304, b"")
    problem(client.get(path, headers=known), 401)
    problem(client.get(path, headers=known | {"x-api-key": "cw_falsch"}), 401)


@pytest.mark.parametrize("path", PATHS)
def test_no_shared_cache_keeps_what_a_key_opened(keyed, path):
    client, shown = keyed
    answer = client.get(path, headers=shown)
    for each in (answer, client.get(path, headers=shown | {"if-none-match": answer.headers["etag"]})):
        assert each.headers["cache-control"] == "private, no-cache"
        assert {"Authorization", "X-API-Key"} <= set(each.headers["vary"].split(", "))


@pytest.mark.parametrize("path", ["/hilfe", "/opensearch.xml", "/favicon.ico", "/static/stil.css", "/docs", "/health"])
def test_what_shows_no_contents_wants_no_key(keyed, path):
    client, _ = keyed
    assert client.get(path).status_code == 200


def test_the_address_of_a_refusal_leads_to_its_explanation(keyed):
    client, _ = keyed
    page, _, anchor = problem(client.get(PATHS[0]), 401)["type"].partition("#")
    assert f'id="{anchor}"' in client.get(page).text


@pytest.mark.parametrize("path", [SEARCH, "/api/v1/admin/documents/d0000000000000000/withdraw"])
@pytest.mark.parametrize("shown", [{}, {"authorization": "Bearer cw_falsch"}, {"x-api-key": "cw_falsch"}])
@pytest.mark.parametrize("content", [b"{", b"\xff"])
def test_a_body_that_cannot_be_read_is_spoken_of_only_to_who_has_a_key(keyed, path, shown, content):
    client, _ = keyed
    odd = {"content": content, "headers": {"content-type": "application/json"} | shown}
    problem(client.post(path, **odd), 401)


def test_who_has_a_key_is_told_what_is_wrong_with_the_body(keyed):
    client, shown = keyed
    odd = {"content": b"{", "headers": {"content-type": "application/json"} | shown}
    problem(client.post(SEARCH, **odd), 400)
    problem(client.post("/api/v1/admin/documents/d0000000000000000/withdraw", **odd), 403)
