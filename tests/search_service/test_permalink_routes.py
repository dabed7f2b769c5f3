"""Permalinks as a reader and a program follow them, and a withdrawn document as nobody finds it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from search_service.api import create_app
from search_service.documents import make_passage_ids
from search_service.knowledge_base.store import KnowledgeBase
from tests.search_service.page_reader import BROWSER, read, text
from tests.search_service.small_library import CASE, GUIDE, NarrowEmbedder, build_library

LAW = "Der Betriebsrat bestimmt bei der Einführung von KI mit.\nDas folgt aus § 87 Abs. 1 Nr. 6 BetrVG."
HANDOVER = "Die Übergabe <b>zwischen</b> den Schichten gelingt mit einem Protokoll & einem Gespräch."
ANSWERS = (
    "/api/v1/search?q=Betriebsrat",
    "/api/v1/search?q=%22Einf%C3%BChrung%20von%20KI%22",
    "/api/v1/suggest?q=Leitf",
    f"/api/v1/documents/{GUIDE}",
    f"/api/v1/documents/{GUIDE}/similar",
    f"/api/v1/documents/{CASE}/similar",
    f"/api/v1/documents/{GUIDE}/file",
    "/suche?q=Betriebsrat",
    f"/dokument/{GUIDE}",
    "/",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def client(root: Path) -> Iterator[TestClient]:
    """The service over a small library of its own, which is changed."""
    with TestClient(create_app(build_library(root)), follow_redirects=False) as client:
        yield client


def change(root: Path, action: str, *arguments: Any) -> None:
    """Do something to the knowledge base that the service reads, and publish it."""
    with KnowledgeBase(root / "kb") as knowledge_base:
        getattr(knowledge_base, action)(*arguments)
        knowledge_base.embed_missing(NarrowEmbedder())
        assert knowledge_base.publish()


def state_of(client: TestClient, passage_id: str) -> Any:
    answer = client.get(f"/api/v1/permalinks/{passage_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def ask_all(client: TestClient) -> list[str]:
    """Return what the service says, without numbers of generations, dates and durations."""
    passing = re.compile(r'"(generation|updated_at|query_id|[a-z_]*ms|seconds|took)":("[^"]*"|[0-9.]+|\{[^}]*\})')
    return [passing.sub("", client.get(path).text) for path in ANSWERS]


def test_a_link_to_a_passage_that_is_there_leads_to_it(client: TestClient) -> None:
    (law,) = make_passage_ids(GUIDE, [LAW])
    for method in ("GET", "HEAD"):
        answer = client.request(method, f"/p/{law}", headers=BROWSER)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/dokument/{GUIDE}#{law}")
    told = state_of(client, law)
    assert (told["state"], told["since"], told["passage"]["id"], told["pages"][0]["label"]) == ("current", None, law, "12")
    assert told["permalink"] == f"/p/{law}"
    assert told["document_url"] == f"/dokument/{GUIDE}"


def test_a_link_to_a_passage_that_has_changed_says_so_and_leads_on(client: TestClient, root: Path) -> None:
    (law,) = make_passage_ids(GUIDE, [LAW])
    with KnowledgeBase(root / "kb") as knowledge_base:
        document = knowledge_base.find_by_id(GUIDE)
        assert document is not None
        passages = [p for p in knowledge_base._catalogue.passages() if p.document_id == GUIDE]
        (new,) = make_passage_ids(GUIDE, ["Der Betriebsrat bestimmt jetzt anders mit."])
        passages[1] = replace(passages[1], id=new, text="Der Betriebsrat bestimmt jetzt anders mit.")
        knowledge_base.put(document, passages, None)
        knowledge_base.publish()
    page = read(client, f"/p/{law}")
    assert text(page.find(".//h1")) == "Der Text hinter diesem Link hat sich geändert"
    assert "1 Recht › 1.1 Mitbestimmung" in text(page)
    assert "S. 12 (PDF-Seite 15)" in text(page)
    assert f"/dokument/{GUIDE}#{new}" in page.xpath("//a/@href")
    assert "bestimmt bei der Einführung" not in text(page)
    told = state_of(client, law)
    assert (told["state"], told["passage"]["id"], told["passage"]["url"]) == ("changed", new, f"/dokument/{GUIDE}#{new}")
    assert told["since"] is not None
    assert client.get(f"/p/{new}").status_code == 303


def test_a_withdrawn_document_is_found_nowhere_and_its_links_say_why(client: TestClient, root: Path) -> None:
    (law,) = make_passage_ids(GUIDE, [LAW])
    change(root, "withdraw", GUIDE, "Die <b>Rechtslage</b> hat sich geändert.")
    page = read(client, f"/p/{law}", status=410)
    assert text(page.find(".//h1")) == "Dieses Dokument wurde zurückgezogen"
    assert "Grund: Die <b>Rechtslage</b> hat sich geändert." in text(page)
    told = state_of(client, law)
    assert (told["state"], told["reason"]) == ("withdrawn", "Die <b>Rechtslage</b> hat sich geändert.")
    assert (told["document_url"], told["passage"]) == (None, None)
    for path in ANSWERS:
        answer = client.get(path)
        assert answer.status_code == (410 if GUIDE in path else 200), path
        assert "Leitfaden Künstliche" not in answer.text, path
        assert law not in answer.text
    found = client.get("/api/v1/search", params={"q": "Betriebsrat"}).json()
    assert all(hit["document"]["id"] != GUIDE for hit in found["hits"])


def test_a_restored_document_is_answered_as_before(client: TestClient, root: Path) -> None:
    before = ask_all(client)
    change(root, "withdraw", GUIDE)
    assert ask_all(client) != before
    change(root, "restore", GUIDE)
    assert ask_all(client) == before


def test_a_removed_document_is_told_apart_from_a_withdrawn_one(client: TestClient, root: Path) -> None:
    (handover,) = make_passage_ids(CASE, [HANDOVER])
    change(root, "remove", [CASE])
    page = read(client, f"/p/{handover}", status=410)
    assert text(page.find(".//h1")) == "Dieses Dokument gibt es hier nicht mehr"
    assert 'Fallbericht <script>alert("x")</script> & Übergabe' in text(page)  # as text, not as a script
    assert state_of(client, handover)["state"] == "removed"


@pytest.mark.parametrize("unknown", ["p0000000000000000", "%00", "%ff%fe", "%ED%A0%80", "%0d%0aset-cookie:x=1", "p" * 3000])
def test_an_unknown_link_is_answered_like_any_other_unknown_address(client: TestClient, unknown: str) -> None:
    for path in (f"/p/{unknown}", f"/api/v1/permalinks/{unknown}"):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert "set-cookie" not in answer.headers
    page = client.get("/p/p0000000000000000", headers=BROWSER)
    assert page.status_code == 404
    assert "ist keine Textstelle bekannt" in page.text


def test_links_are_absolute_where_the_service_knows_its_address(root: Path) -> None:
    (law,) = make_passage_ids(GUIDE, [LAW])
    with TestClient(create_app(build_library(root), public_url="https://wissen.example.org/")) as client:
        told = client.get(f"/api/v1/permalinks/{law}").json()
    assert told["permalink"] == f"https://wissen.example.org/p/{law}"
    assert told["document_url"] == f"https://wissen.example.org/dokument/{GUIDE}"
