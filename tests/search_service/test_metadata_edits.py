"""What editors say of a document in place of its file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.documents import Metadata, Suggestion
from search_service.errors import InvalidMetadata, NotFound
from search_service.knowledge_base.overrides import (
    EDITABLE,
    MetadataValue,
    decode_overrides,
    encode_overrides,
    merge_overrides,
    override,
)
from search_service.knowledge_base.store import KnowledgeBase
from tests.search_service.hand_made import hand_made, put
from tests.stand_in_embedder import HashedWordsEmbedder

EDITS: dict[str, MetadataValue] = {
    "title": "Neuer Titel",
    "authors": ("A", "B"),
    "valid_until": date(2027, 1, 31),
    "year": 2026,
}


@pytest.fixture
def knowledge_base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with KnowledgeBase(tmp_path / "kb") as knowledge_base:
        yield knowledge_base


def metadata_of(knowledge_base: KnowledgeBase, document_id: str = "d-pausen") -> Metadata:
    document = knowledge_base.find_by_id(document_id)
    assert document is not None
    return document.metadata


def test_an_edit_stands_in_place_of_the_file_and_a_reset_gives_it_back() -> None:
    filed = Metadata("Titel", ("C",), 2020, type="study")
    edited = override(filed, EDITS)
    assert edited == replace(filed, title="Neuer Titel", authors=("A", "B"), valid_until=date(2027, 1, 31), year=2026)
    rest = merge_overrides(EDITS, {"title": None, "authors": (), "type": "guide", "publisher": ""})
    assert rest == {"valid_until": date(2027, 1, 31), "year": 2026, "type": "guide"}
    assert override(filed, merge_overrides(rest, dict.fromkeys(rest))) == filed


def test_nothing_is_suggested_where_editors_have_spoken() -> None:
    suggestions = (Suggestion("type", "study", 0.7), Suggestion("topics", "ki", 0.6))
    assert override(Metadata("T", suggestions=suggestions), {"type": "guide"}).suggestions == suggestions[1:]


def test_no_is_a_value() -> None:
    assert merge_overrides({}, {"standalone": False}) == {"standalone": False}


@pytest.mark.parametrize("name", ["titel", "suggestions", ""])
def test_an_unknown_field_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(InvalidMetadata, match=rf"Das Feld „{name}“ gibt es nicht.*title, authors"):
        merge_overrides({}, {name: "x"})


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "title": texts,
            "authors": st.lists(texts, min_size=1).map(tuple),
            "year": st.integers(1400, 2100),
            "valid_until": st.dates(),
            "standalone": st.booleans(),
            "note": texts,
        },
    )
)
def test_edits_come_back_as_they_were(edits: dict[str, MetadataValue]) -> None:
    assert decode_overrides(encode_overrides(edits)) == edits
    assert merge_overrides({}, edits) == edits
    assert set(edits) <= set(EDITABLE)


def test_edits_are_kept_when_the_document_is_read_again(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "pausen", ["Text"], title="Aus der Datei", publisher="Verlag")
    assert knowledge_base.edit_metadata("d-pausen", EDITS).metadata.title == "Neuer Titel"
    put(knowledge_base, "pausen", ["Anderer Text"], title="Jetzt anders in der Datei", publisher="Anderer Verlag")
    known = metadata_of(knowledge_base)
    assert (known.title, known.publisher, known.year) == ("Neuer Titel", "Anderer Verlag", 2026)
    knowledge_base.edit_metadata("d-pausen", dict.fromkeys(EDITS))
    assert metadata_of(knowledge_base) == Metadata("Jetzt anders in der Datei", publisher="Anderer Verlag")


def test_edits_are_kept_when_the_document_goes_and_comes_back(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "pausen", ["Text"])
    knowledge_base.edit_metadata("d-pausen", {"year": 2026})
    knowledge_base.remove(["d-pausen"])
    put(knowledge_base, "pausen", ["Text"])
    assert metadata_of(knowledge_base).year == 2026


def test_a_new_title_is_embedded_and_indexed_and_nothing_else_is_embedded_again(knowledge_base: KnowledgeBase) -> None:
    embedder = HashedWordsEmbedder(16)
    document, passages = hand_made("pausen", ["Erstens", "Zweitens"])
    knowledge_base.put(document, [passages[0], replace(passages[1], heading_path=("Regeln",))], None)
    put(knowledge_base, "schicht", ["Schichtplanung"])
    assert knowledge_base.embed_missing(embedder) == 3
    knowledge_base.publish()
    knowledge_base.edit_metadata("d-pausen", {"title": "Ruhezeiten"})
    missing = knowledge_base._catalogue.passages_without_embedding(embedder.fingerprint)
    assert sorted(text for _, text in missing) == ["Ruhezeiten\nErstens", "Ruhezeiten – Regeln\nZweitens"]
    assert knowledge_base.embed_missing(embedder) == 2
    edited = knowledge_base.publish()
    knowledge_base.put(replace(document, metadata=replace(document.metadata, title="Egal")), passages[:1], None)
    assert knowledge_base.embed_missing(embedder) == 0  # put again, it is read with the edited title
    assert edited == 2


def test_other_fields_need_no_embedding_and_an_edit_that_changes_nothing_no_generation(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "pausen", ["Text"])
    embedder = HashedWordsEmbedder(16)
    knowledge_base.embed_missing(embedder)
    knowledge_base.publish()
    knowledge_base.edit_metadata("d-pausen", {"year": 2026})
    assert knowledge_base.embed_missing(embedder) == 0
    assert knowledge_base.publish() == 2
    knowledge_base.edit_metadata("d-pausen", {"year": 2026, "publisher": None})
    assert knowledge_base.publish() is None


def test_an_edit_that_is_refused_changes_nothing(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "pausen", ["Text"])
    knowledge_base.publish()
    with pytest.raises(InvalidMetadata):
        knowledge_base.edit_metadata("d-pausen", {"year": 2026, "jahr": 2026})
    with pytest.raises(NotFound, match="d-fehlt"):
        knowledge_base.edit_metadata("d-fehlt", {"year": 2026})
    assert knowledge_base.publish() is None
    assert metadata_of(knowledge_base).year is None
