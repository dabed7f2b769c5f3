"""The JSON interface: citations of passages, documents and lists, in every format."""

from __future__ import annotations

import json

import pytest
import rispy
from pybtex.database import parse_string

from search_service.citation_questions import MAX_CITATIONS
from tests.search_service.served import problem
from tests.search_service.small_library import CASE, GLOSSARY, GUIDE, TEXT

CITATIONS = "/api/v1/citations"
FOOTNOTE = (
    "Redaktion Zukunfts-HUB (2025): Leitfaden Künstliche Intelligenz im Betrieb. Zukunfts-HUB Ruhr, S. 12 (PDF-Seite 15)."
)


@pytest.fixture(scope="module")
def guide_passages(client) -> list[str]:
    return [passage["id"] for passage in client.get(f"/api/v1/documents/{GUIDE}").json()["passages"]]


@pytest.fixture(scope="module")
def passage_path(guide_passages) -> str:
    return f"/api/v1/passages/{guide_passages[1]}/citation"


def test_a_passage_is_cited_in_all_formats_at_once(client, passage_path, guide_passages):
    answer = client.get(passage_path)
    assert answer.headers["content-type"] == "application/json"
    assert "accept" in answer.headers["vary"].lower()
    cited = answer.json()
    assert set(cited) == {"id", "document_id", "key", "locator", "footnote", "apa", "apa_in_text", "bibtex", "ris", "csl"}
    assert (cited["id"], cited["document_id"], cited["locator"]) == (guide_passages[1], GUIDE, "S. 12 (PDF-Seite 15)")
    assert cited["footnote"] == FOOTNOTE
    assert cited["apa_in_text"] == "(Redaktion Zukunfts-HUB, 2025, S. 12)"
    assert parse_string(cited["bibtex"], "bibtex").entries[cited["key"]].fields["pages"] == "12"
    assert rispy.loads(cited["ris"])[0]["start_page"] == "12"
    assert cited["csl"][0]["custom"]["citationItems"][0]["locator"] == "12"


def test_a_document_is_cited_as_a_whole(client):
    cited = client.get(f"/api/v1/documents/{CASE}/citation").json()
    assert (cited["id"], cited["document_id"], cited["locator"]) == (CASE, CASE, None)
    assert cited["footnote"] == 'Zukunfts-HUB Ruhr (2024): Fallbericht <script>alert("x")</script> & Übergabe.'
    assert cited["csl"][0]["note"] == "Konstruierter Fallbericht"


@pytest.mark.parametrize(
    ("chosen", "accept", "content_type", "begins"),
    [
        ("footnote", "text/plain", "text/plain; charset=utf-8", "Redaktion Zukunfts-HUB (2025): "),
        ("apa", "text/x-bibliography", None, "Redaktion Zukunfts-HUB. (2025). "),
        ("bibtex", "application/x-bibtex", "application/x-bibtex; charset=utf-8", "@techreport{"),
        ("ris", "application/x-research-info-systems", "application/x-research-info-systems; charset=utf-8", "TY  - RPRT\r\n"),
        ("csl", "application/vnd.citationstyles.csl+json", "application/vnd.citationstyles.csl+json", "[\n"),
        ("json", "application/json", "application/json", '{"id":'),
    ],
)
def test_address_and_header_choose_the_same_format(client, passage_path, chosen, accept, content_type, begins):
    by_address = client.get(passage_path, params={"format": chosen}, headers={"accept": "image/png"})
    by_header = client.get(passage_path, headers={"accept": f"image/png, {accept};q=0.1"})
    assert by_address.text == by_header.text
    assert by_address.text.startswith(begins)
    if content_type:
        assert by_address.headers["content-type"] == by_header.headers["content-type"] == content_type
    for answer in (by_address, by_header):
        assert "accept" in answer.headers["vary"].lower()
        assert "content-disposition" not in answer.headers
    assert client.head(passage_path, params={"format": chosen}).headers["content-type"] == by_address.headers["content-type"]


def test_a_header_that_nobody_can_serve_is_told_what_there_is(client, passage_path):
    refused = client.get(passage_path, headers={"accept": "image/png"})
    assert problem(refused, 406)["type"] == "/hilfe#format-nicht-lieferbar"
    assert "accept" in refused.headers["vary"].lower()
    assert 'id="format-nicht-lieferbar"' in client.get("/hilfe").text
    problem(client.post(CITATIONS, json={"ids": [GUIDE]}, headers={"accept": "application/pdf"}), 406)


def test_a_list_keeps_its_order_in_json_and_footnotes_and_has_each_work_once_in_bibliographies(client, guide_passages):
    ids = [TEXT, *guide_passages, GUIDE]
    cited = client.post(CITATIONS, json={"ids": ids}).json()["citations"]
    assert [each["id"] for each in cited] == ids
    footnotes = client.post(CITATIONS, params={"format": "footnote"}, json={"ids": ids}).text.splitlines()
    assert footnotes == [each["footnote"] for each in cited]
    entries = parse_string(client.post(CITATIONS, params={"format": "bibtex"}, json={"ids": ids}).text, "bibtex").entries
    assert [(key, entry.fields.get("pages")) for key, entry in entries.items()] == [
        (cited[0]["key"], None),
        (cited[1]["key"], "iii, 12, 12--13"),
    ]
    records = rispy.loads(client.post(CITATIONS, params={"format": "ris"}, json={"ids": ids}).content.decode())
    assert [record["id"] for record in records] == list(entries)
    csl = json.loads(client.post(CITATIONS, params={"format": "csl"}, json={"ids": ids}).content)
    assert [len(item.get("custom", {}).get("citationItems", ())) for item in csl] == [0, 3]


@pytest.mark.parametrize(
    ("ids", "chosen", "name"),
    [
        ([GUIDE], "bibtex", "redaktionzukunftshub2025leitfaden-000000.bib"),
        ([GUIDE, CASE], "ris", "change-wissen-literatur.ris"),
        ([GUIDE, CASE], "csl", "change-wissen-literatur.json"),
        ([GUIDE, CASE], "footnote", "change-wissen-literatur.txt"),
    ],
)
def test_a_download_has_a_file_name(client, ids, chosen, name):
    answer = client.post(CITATIONS, params={"format": chosen, "download": "true"}, json={"ids": ids})
    assert answer.headers["content-disposition"] == f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}"


def test_unknown_ids_are_pointed_at(client):
    told = problem(client.post(CITATIONS, json={"ids": [GUIDE, "p0", CASE, "</script>\r\nx: y" * 50]}), 422)
    assert [error["pointer"] for error in told["errors"]] == ["#/ids/1", "#/ids/3"]
    assert told["errors"][0]["detail"] == "Die Kennung „p0“ gibt es nicht (mehr). Bitte weglassen oder neu suchen."
    assert len(told["errors"][1]["detail"]) < 120
    problem(client.get("/api/v1/passages/p0/citation"), 404)
    problem(client.get(f"/api/v1/documents/{'x' * 300}/citation"), 404)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"ids": []}, "#/ids"),
        ({"ids": [GUIDE] * (MAX_CITATIONS + 1)}, "#/ids"),
        ({"ids": GUIDE}, "#/ids"),
        ({"ids": [None]}, "#/ids/0"),
        ({"ids": [["p"]]}, "#/ids/0"),
        ({"ids": ["\ud800"]}, "#/ids/0"),
        ({"ids": ["\x00"]}, "#/ids/0"),
        ({}, "#/ids"),
        ({"ids": [GUIDE], "format": "ris"}, "#/format"),
        ([GUIDE], "#"),
    ],
)
def test_a_body_of_another_form_is_refused_with_its_place(client, body, pointer):
    sent = client.post(CITATIONS, content=json.dumps(body), headers={"content-type": "application/json"})
    assert problem(sent, 422)["errors"][0]["pointer"] == pointer


def test_two_hundred_at_once_are_answered_and_a_wrong_format_is_refused(client, guide_passages):
    ids = [*(guide_passages * MAX_CITATIONS)[: MAX_CITATIONS - 1], GLOSSARY]
    assert len(client.post(CITATIONS, json={"ids": ids}).json()["citations"]) == MAX_CITATIONS
    told = problem(client.post(CITATIONS, params={"format": "docx"}, json={"ids": [GUIDE]}), 422)
    assert "json, footnote, apa, bibtex, ris, csl" in told["detail"]


def test_the_openapi_document_names_every_media_type(client):
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    for path, method in (("/api/v1/passages/{passage_id}/citation", "get"), (CITATIONS, "post")):
        content = paths[path][method]["responses"]["200"]["content"]
        assert "$ref" in content["application/json"]["schema"]
        assert {"text/plain", "application/x-bibtex", "application/x-research-info-systems"} < set(content)
        assert content["application/vnd.citationstyles.csl+json"]["schema"]["type"] == "array"
        assert "406" in paths[path][method]["responses"]
