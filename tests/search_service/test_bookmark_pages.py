"""The page of bookmarks as the service sends it: a shell that explains itself, and lists as files."""

from __future__ import annotations

import pytest
from lxml import html
from starlette.testclient import TestClient

from search_service.citation_questions import MAX_CITATIONS
from search_service.documents import make_passage_ids
from search_service.site.bookmark_pages import FILES
from tests.search_service.page_reader import BROWSER, read, text
from tests.search_service.small_library import CASE, GUIDE

CITATIONS = "/api/v1/citations"


@pytest.fixture(scope="module")
def ids(client: TestClient) -> list[str]:
    return [passage["id"] for name in (GUIDE, CASE) for passage in client.get(f"/api/v1/documents/{name}").json()["passages"]]


def test_without_scripts_the_page_says_what_it_is_and_what_to_do_instead(client: TestClient) -> None:
    page = read(client, "/merkliste")
    assert "nur in diesem Browser" in text(page.find_class("lead")[0])
    assert "braucht JavaScript" in text(page.find_class("status")[0])
    assert page.find_class("status")[0].find("a").get("href") == "/"
    assert all(part.get("hidden") is not None for part in page.xpath("//*[@data-empty or @data-filled]"))
    assert client.head("/merkliste").status_code == 200


def test_plain_language_says_it_in_other_words(client: TestClient) -> None:
    leads = [text(read(client, "/merkliste", sprache=each).find_class("lead")[0]) for each in ("standard", "einfach")]
    client.cookies.clear()
    assert leads[0] != leads[1]


@pytest.mark.parametrize("format", FILES)
def test_a_list_is_saved_as_the_file_the_interface_would_send(client: TestClient, ids: list[str], format: str) -> None:
    answer = client.post("/merkliste", data={"id": ids, "format": format})
    told = client.post(f"{CITATIONS}?format={format}&download=true", json={"ids": ids})
    assert answer.status_code == told.status_code == 200
    assert answer.text == told.text
    for name in ("content-type", "content-disposition"):
        assert answer.headers[name] == told.headers[name]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"id": ["p0000000000000000"], "format": "bibtex"}, "„p0000000000000000“ gibt es nicht (mehr)"),
        (
            {"id": ['"><script>\x00\ud800'.encode("utf-8", "surrogatepass").decode("latin-1")], "format": "ris"},
            "keine gültige Kennung",
        ),
        ({"id": ["p" * 81], "format": "ris"}, "keine gültige Kennung"),
        ({"id": ["p0", "ä"], "format": "ris"}, "keine gültige Kennung"),
        ({"id": ["p0"] * 501, "format": "ris"}, f"{MAX_CITATIONS} gehen"),
        ({"format": "ris"}, f"1 bis {MAX_CITATIONS}"),
        ({"id": ["p0"] * (MAX_CITATIONS + 1), "format": "ris"}, f"1 bis {MAX_CITATIONS}"),
        ({"id": ["p0"], "format": "json"}, "„bibtex“"),
        ({"id": ["p0"], "format": "<b>"}, "„bibtex“"),
        ({"id": ["p0"], "format": ["\x00", "ris"]}, "„bibtex“"),
        ({"id": ["p0"]}, "„bibtex“"),
    ],
)
def test_what_cannot_be_saved_is_refused_with_a_german_page(client: TestClient, form: dict[str, object], told: str) -> None:
    answer = client.post("/merkliste", data=form, headers=BROWSER)
    assert 400 <= answer.status_code < 500
    page = html.fromstring(answer.text)
    assert told in text(page)
    assert not page.xpath("//main//script | //main//b")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"id": ["p0"], "format": "ris"}'),
        ("multipart/form-data", b"--x"),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name=id; filename=a\r\n\r\nb\r\n--x--",
        ),
        (
            "multipart/form-data; boundary=x; charset=unicode_escape",
            b"--x\r\nContent-Disposition: form-data; name=id\r\n\r\n\\ud800\r\n"
            b"--x\r\nContent-Disposition: form-data; name=format\r\n\r\nris\r\n--x--",
        ),
        ("application/x-www-form-urlencoded", b"id=%ff%00%ed%a0%80&format=ris&%"),
        ("application/x-www-form-urlencoded", b"id=p&" * 5000),
        ("application/x-www-form-urlencoded", b"id=" + b"p" * 70_000),
        ("text/plain", b""),
    ],
)
def test_what_no_form_sends_is_refused_too(client: TestClient, kind: str, body: bytes) -> None:
    answer = client.post("/merkliste", content=body, headers={**BROWSER, "content-type": kind})
    assert 400 <= answer.status_code < 500
    assert "text/html" in answer.headers["content-type"]


def test_one_passage_is_named_after_its_work(client: TestClient) -> None:
    (law,) = make_passage_ids(GUIDE, ["Dieser Leitfaden hilft Betrieben bei der Einführung."])
    answer = client.post("/merkliste", data={"id": [law], "format": "bibtex"})
    assert "attachment" in answer.headers["content-disposition"]
    assert "zukunftshub2025" in answer.headers["content-disposition"]
