"""What is no longer in a generation: former passages and documents, as a file holds them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from search_service.documents import Page
from search_service.knowledge_base.former import (
    FormerDocument,
    FormerPassage,
    FormerPassages,
    decode_former_documents,
    encode_former_documents,
    encode_former_passages,
)

GONE_AT = datetime(2026, 4, 1, 8, 30, tzinfo=UTC)
PAUSE = FormerPassage("p2", "d1", 3, ("Regeln", "Pausen"), (Page(7, "iv", "print", 0.9), Page(8)), GONE_AT)
LINES = (
    b'["p1","d1",0,[],[],"2026-04-01T08:30:00+00:00"]\n'
    b'["p2","d1",3,["Regeln","Pausen"],[[7,"iv","print",0.9],[8,null,null,null]],"2026-04-01T08:30:00+00:00"]'
)


def test_passages_are_lines_sorted_by_id() -> None:
    assert encode_former_passages([PAUSE, FormerPassage("p1", "d1", 0, (), (), GONE_AT)]) == LINES


def test_a_passage_is_found_by_its_id_and_nothing_by_another() -> None:
    former = FormerPassages(LINES)
    assert former.find("p2") == PAUSE
    assert [former.find(unknown) for unknown in ("", "p", "p11", "p3", "\ud800", "\0", '"p2"')] == [None] * 7
    assert FormerPassages(b"").find("p1") is None


@given(st.sets(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), max_size=20), st.text())
def test_every_passage_written_is_found_and_only_those(ids: set[str], other: str) -> None:
    former = FormerPassages(encode_former_passages(replace(PAUSE, id=each) for each in ids))
    assert all(former.find(each) == replace(PAUSE, id=each) for each in ids)
    assert (former.find(other) is not None) == (other in ids)


def test_documents_come_back_as_they_were() -> None:
    documents = [
        FormerDocument("d2", "„Größe“\nund Länge", "text/plain", GONE_AT, True, "Falsche Zahlen"),
        FormerDocument("d1", "Leitfaden", "application/pdf", GONE_AT, False),
    ]
    assert decode_former_documents(encode_former_documents(documents)) == {each.id: each for each in documents}
    assert decode_former_documents(b"") == {}
