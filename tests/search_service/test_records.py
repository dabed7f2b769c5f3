"""Records: what is written is what is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.documents import Document, Metadata, Page, Passage, Place, Suggestion
from search_service.knowledge_base.records import (
    decode_document,
    decode_metadata,
    decode_passage,
    encode_document,
    encode_metadata,
    encode_passage,
)
from tests.search_service.hand_made import hand_made

TEXT = st.text()  # any character UTF-8 can write, line ends and NUL among them
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
MAYBE = st.none() | TEXT
METADATA = st.builds(
    Metadata, TEXT, TEXTS, st.none() | st.integers(0, 9999), MAYBE, MAYBE, MAYBE, TEXTS, TEXTS, TEXTS, MAYBE, MAYBE, MAYBE,
    st.none() | st.dates(), MAYBE,
)  # fmt: skip
NUMBER = st.integers(0, 2**40)
DOCUMENT = st.builds(Document, TEXT, TEXT, TEXT, TEXT, NUMBER, st.none() | NUMBER, st.datetimes(), METADATA)
PASSAGE = st.builds(
    Passage, TEXT, TEXT, NUMBER, TEXT, TEXTS, st.lists(st.builds(Page, NUMBER, MAYBE, MAYBE), max_size=3).map(tuple)
)


def test_a_document_is_one_readable_line() -> None:
    document, (passage,) = hand_made("größe", ["Erste Zeile\nZweite Zeile"], year=2024)
    assert encode_document(document).startswith('{"id": "d-größe", "location": "/texte/größe.txt"'.encode())
    assert b'"indexed_at": "2026-03-05T12:00:00+00:00"' in encode_document(document)
    assert b"Erste Zeile\\nZweite Zeile" in encode_passage(passage)


@given(DOCUMENT)
def test_documents_survive_the_round_trip_in_one_line(document: Document) -> None:
    line = encode_document(document)
    assert len(line.splitlines()) == 1
    assert decode_document(line) == document


@given(PASSAGE)
def test_passages_survive_the_round_trip_in_one_line(passage: Passage) -> None:
    line = encode_passage(passage)
    assert b"\n" not in line
    assert decode_passage(line) == passage


@given(METADATA)
def test_metadata_survive_the_round_trip(metadata: Metadata) -> None:
    assert decode_metadata(encode_metadata(metadata)) == metadata


def test_what_has_no_form_in_json_is_refused() -> None:
    with pytest.raises(TypeError, match="set"):
        encode_metadata(Metadata("Titel", note={"keine", "Notiz"}))  # type: ignore[arg-type]


def test_a_passage_keeps_its_pages_and_places() -> None:
    page = Page(7, "iv", "print", 0.9)
    passage = Passage("p1", "d1", 0, "Zwei Zeilen", ("Kapitel",), (page,), (Place(0, 4, 7, 0.1, 0.2, 0.3, 0.22),))
    assert decode_passage(encode_passage(passage)) == passage


def test_metadata_keep_their_suggestions() -> None:
    metadata = Metadata("Titel", suggestions=(Suggestion("type", "guide", 0.82, ("Leitfaden", "Schritt")),))
    assert decode_metadata(encode_metadata(metadata)) == metadata
