"""The JSON interface: one passage, where it stands and what stands around it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from search_service.documents import Document, Metadata, Page, Passage, Place
from search_service.library import PassageInContext
from search_service.passage_answers import build_passage_answer
from tests.search_service.served import problem
from tests.search_service.small_library import GUIDE

MADE = datetime(2026, 3, 5, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def ids(searcher) -> list[str]:
    return [passage.id for passage in searcher.library.document_with_passages(GUIDE)[1]]


def test_a_passage_comes_whole_with_its_page_citation_and_addresses(client, ids):
    answer = client.get(f"/api/v1/passages/{ids[1]}").json()
    assert (answer["id"], answer["ordinal"]) == (ids[1], 1)
    assert answer["text"].startswith("Der Betriebsrat bestimmt bei der Einführung von KI mit.")
    assert answer["heading_path"] == ["1 Recht", "1.1 Mitbestimmung"]
    assert [(page["physical"], page["label"]) for page in answer["pages"]] == [(15, "12")]
    assert answer["citation"]["locator"] == "S. 12 (PDF-Seite 15)"
    assert answer["permalink"] == f"/p/{ids[1]}"
    assert answer["url"] == f"/dokument/{GUIDE}#{ids[1]}"
    assert answer["source_url"] == f"/api/v1/documents/{GUIDE}/file#page=15"
    assert answer["document"]["id"] == GUIDE
    assert (answer["before"], answer["after"]) == ([], [])


def test_as_many_neighbours_come_as_are_asked_for_and_there(client, ids):
    around = client.get(f"/api/v1/passages/{ids[1]}", params={"before": 5, "after": 5}).json()
    assert [each["id"] for each in around["before"]] == ids[:1]
    assert [each["id"] for each in around["after"]] == ids[2:]
    assert around["before"][0]["citation"]["locator"] == "S. iii (PDF-Seite 3)"
    assert client.get(f"/api/v1/passages/{ids[0]}", params={"before": 1}).json()["before"] == []
    last = client.get(f"/api/v1/passages/{ids[2]}", params={"before": 1}).json()
    assert [each["id"] for each in last["before"]] == [ids[1]]


def test_the_lines_of_a_passage_are_told_as_places_on_the_page_as_displayed():
    document = Document("d1", "/a.pdf", "0" * 64, "application/pdf", 1, 9, MADE, Metadata("Titel"))
    place = Place(0, 12, 7, 0.1, 0.9, 0.9, 0.92)
    passage = Passage("p1", "d1", 0, "Erste Zeile.", (), (Page(7, "5"),), (place,))
    answer = build_passage_answer(PassageInContext(document, passage, (), (), 3, MADE), "https://wissen.example.org/")
    assert [each.model_dump() for each in answer.places] == [
        {"start": 0, "end": 12, "page": 7, "left": 0.1, "top": 0.9, "right": 0.9, "bottom": 0.92}
    ]
    assert answer.permalink == "https://wissen.example.org/p/p1"
    assert (answer.index.generation, answer.index.updated_at) == (3, MADE)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("before=6", "„before“ muss zwischen 0 und 5 liegen."),
        ("after=-1", "„after“ muss zwischen 0 und 5 liegen."),
        ("after=9999999999999999999999", "„after“ muss zwischen 0 und 5 liegen."),
        ("before=eins", "„before“ muss eine ganze Zahl sein"),
        ("around=1", "Den Parameter „around“ gibt es nicht. Erlaubt sind: before, after."),
    ],
)
def test_a_context_that_cannot_be_given_is_told_why(client, ids, query, told):
    assert told in problem(client.get(f"/api/v1/passages/{ids[0]}?{query}"), 422)["detail"]


@pytest.mark.parametrize(
    "passage_id", ["unbekannt", "p" + "0" * 5000, "%00", "..%2f..%2fetc", "%ff%fe", "<script>", "%0d%0aX:y"]
)
def test_a_passage_nobody_knows_is_a_problem_document(client, passage_id):
    answer = client.get(f"/api/v1/passages/{passage_id}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["detail"]
