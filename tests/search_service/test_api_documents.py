"""The JSON interface: documents, their files, and what is similar to them."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from search_service.api import create_app
from tests.search_service.served import SEARCH, problem
from tests.search_service.small_library import CASE, EXOSKELETON, GLOSSARY, GUIDE, OLD_GLOSSARY, TEXT, TEXT_FILE, build_library


def test_a_document_comes_with_its_outline(client):
    answer = client.get(f"/api/v1/documents/{GUIDE}").json()
    assert answer["page_count"] == 16
    assert (
        answer["citation"] == "Redaktion Zukunfts-HUB (2025): Leitfaden Künstliche Intelligenz im Betrieb. Zukunfts-HUB Ruhr."
    )
    assert answer["origin_url"] == "https://example.org/leitfaden"
    assert [entry["citation"]["locator"] for entry in answer["passages"]] == [
        "S. iii (PDF-Seite 3)",
        "S. 12 (PDF-Seite 15)",
        "S. 12–13 (PDF-Seiten 15–16)",
    ]
    assert [entry["ordinal"] for entry in answer["passages"]] == [0, 1, 2]
    case = client.get(f"/api/v1/documents/{CASE}").json()
    assert (case["note"], case["valid_until"]) == ("Konstruierter Fallbericht", "2026-12-31")


def test_a_document_names_those_like_it_with_the_place_where_they_come_nearest(client):
    similar = client.get(f"/api/v1/documents/{GLOSSARY}/similar").json()["similar"]
    assert len(similar) == 5
    assert GLOSSARY not in {each["document"]["id"] for each in similar}
    assert len({each["document"]["id"] for each in similar}) == 5
    assert [each["score"] for each in similar] == sorted((each["score"] for each in similar), reverse=True)
    first = similar[0]
    assert set(first) == {"document", "passage", "score", "url", "source_url", "citation"}
    assert first["document"]["id"] == OLD_GLOSSARY
    assert first["passage"]["text"] == EXOSKELETON
    assert first["passage"]["heading_path"] == ["E"]
    assert first["url"] == f"/dokument/{OLD_GLOSSARY}#{first['passage']['id']}"
    assert first["citation"]["locator"] == "Abschnitt „E“"
    assert len(client.get(f"/api/v1/documents/{GLOSSARY}/similar", params={"limit": 2}).json()["similar"]) == 2


def test_a_passage_names_those_like_it_in_other_documents(client):
    hit = client.get(SEARCH, params={"q": "Übergabe Schichtbuch", "mode": "lexical"}).json()["hits"][0]
    assert hit["document"]["id"] == TEXT
    similar = client.get(f"/api/v1/passages/{hit['id']}/similar", params={"limit": 3}).json()["similar"]
    assert CASE in {each["document"]["id"] for each in similar}
    assert TEXT not in {each["document"]["id"] for each in similar}


@pytest.mark.parametrize(
    ("document", "disposition", "media_type"),
    [
        (GUIDE, "inline; filename=\"ki-leitfaden.pdf\"; filename*=UTF-8''ki-leitfaden.pdf", "application/pdf"),
        (TEXT, "inline; filename=\"schichtbuch.txt\"; filename*=UTF-8''schichtbuch.txt", "text/plain; charset=utf-8"),
        (GLOSSARY, "attachment; filename=\"glossar.html\"; filename*=UTF-8''glossar.html", "text/html; charset=utf-8"),
        (
            CASE,
            'attachment; filename="Fallbericht_bergabe_.docx"; '
            "filename*=UTF-8''Fallbericht%20%E2%80%9E%C3%9Cbergabe%E2%80%9C.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ],
)
def test_only_harmless_files_open_in_the_browser(client, document, disposition, media_type):
    answer = client.get(f"/api/v1/documents/{document}/file")
    assert answer.headers["content-disposition"] == disposition
    assert answer.headers["content-type"] == media_type
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_file_can_be_read_in_parts(client):
    whole = TEXT_FILE.encode()
    path = f"/api/v1/documents/{TEXT}/file"
    assert client.get(path).content == whole
    part = client.get(path, headers={"range": "bytes=3-9"})
    assert (part.status_code, part.content) == (206, whole[3:10])
    assert part.headers["content-range"] == f"bytes 3-9/{len(whole)}"
    beyond = client.get(path, headers={"range": "bytes=5000-"})
    problem(beyond, 416)
    assert beyond.headers["content-range"] == f"bytes */{len(whole)}"
    for strange in ("items=0-5", "bytes=x", "Unsinn"):
        assert client.get(path, headers={"range": strange}).content == whole


def test_a_lost_file_is_not_found(tmp_path):
    searcher = build_library(tmp_path)
    searcher.library.original(searcher.library.document(GLOSSARY)).unlink()
    with TestClient(create_app(searcher)) as client:
        problem(client.get(f"/api/v1/documents/{GLOSSARY}/file"), 404)
