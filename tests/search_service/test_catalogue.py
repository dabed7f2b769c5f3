"""The catalogue: the one truth, every change a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from search_service.documents import Metadata, Page
from search_service.embedder import Embedding
from search_service.errors import KnowledgeBaseBusy, KnowledgeBaseDamaged
from search_service.knowledge_base import database
from search_service.knowledge_base.catalogue import Catalogue
from search_service.knowledge_base.word_vectors import pack_signs
from tests.search_service.hand_made import hand_made
from tests.stand_in_embedder import HashedWordsEmbedder

GONE_AT = datetime(2026, 4, 1, 8, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalogue.sqlite"


@pytest.fixture
def catalogue(path: Path) -> Iterator[Catalogue]:
    catalogue = Catalogue(path, create=True)
    yield catalogue
    catalogue.close()


def embed_all(catalogue: Catalogue, embedder: HashedWordsEmbedder) -> int:
    missing = catalogue.passages_without_embedding(embedder.fingerprint)
    catalogue.add_embeddings(
        embedder.fingerprint, [key for key, _ in missing], embedder.embed_passages([text for _, text in missing])
    )
    return len(missing)


def test_what_is_put_is_found_by_place_content_and_id(catalogue: Catalogue) -> None:
    document, passages = hand_made("pausen", ["Eins", "Zwei"], year=2024, authors=("A. Muster",))
    document = replace(document, page_count=3)
    passages[1] = replace(passages[1], heading_path=("Regeln", "Pausen"), pages=(Page(1, "i", "print"), Page(2)))
    catalogue.put(document, passages)
    assert catalogue.find_by_location(document.location) == document
    assert catalogue.find_by_hash(document.content_hash) == document
    assert catalogue.find_by_id(document.id) == document
    assert catalogue.find_by_id("d-fehlt") is None
    assert list(catalogue.documents()) == [document]
    assert list(catalogue.passages()) == passages


def test_documents_and_passages_come_in_one_order(catalogue: Catalogue) -> None:
    for name in ("c", "a", "b"):
        catalogue.put(*hand_made(name, [f"{name} {number}" for number in range(12)]))
    assert [document.id for document in catalogue.documents()] == ["d-a", "d-b", "d-c"]
    assert [passage.text for passage in catalogue.passages()] == [f"{name} {number}" for name in "abc" for number in range(12)]


def test_a_document_put_again_replaces_its_passages(catalogue: Catalogue) -> None:
    catalogue.put(*hand_made("pausen", ["Eins", "Zwei"]))
    document, passages = hand_made("pausen", ["Drei"])
    catalogue.put(document, passages)
    assert list(catalogue.documents()) == [document]
    assert [passage.text for passage in catalogue.passages()] == ["Drei"]


def test_a_put_that_fails_half_way_leaves_the_old_document(catalogue: Catalogue) -> None:
    document, passages = hand_made("pausen", ["Eins"])
    catalogue.put(document, passages)
    revision = catalogue.revision
    with pytest.raises(sqlite3.IntegrityError):
        catalogue.put(replace(document, size=7), [passages[0], passages[0]])
    assert list(catalogue.documents()) == [document]
    assert list(catalogue.passages()) == passages
    assert catalogue.revision == revision


def test_moved_and_removed_documents(catalogue: Catalogue) -> None:
    for name in ("a", "b"):
        catalogue.put(*hand_made(name, [f"Text {name}"]))
    catalogue.move("d-a", "/neu/a.txt")
    catalogue.remove(["d-b", "d-fehlt"], GONE_AT)
    assert [(document.id, document.location) for document in catalogue.documents()] == [("d-a", "/neu/a.txt")]
    assert [passage.text for passage in catalogue.passages()] == ["Text a"]


def test_the_revision_rises_with_every_change_and_only_then(catalogue: Catalogue) -> None:
    assert catalogue.revision == 0
    catalogue.put(*hand_made("a", ["Text"]))
    assert catalogue.revision == 1
    catalogue.remove([], GONE_AT)
    catalogue.remove(["d-fehlt"], GONE_AT)
    catalogue.move("d-fehlt", "/nirgends")
    catalogue.drop_stale_embeddings()
    catalogue.use_model("modell@ohne-vektoren")
    assert catalogue.revision == 1
    catalogue.move("d-a", "/neu")
    assert catalogue.revision == 2


def test_equal_texts_are_embedded_once(catalogue: Catalogue) -> None:
    catalogue.put(*hand_made("a", ["Gleich", "Gleich"], title="Titel"))
    catalogue.put(*hand_made("b", ["Gleich"], title="Titel"))
    catalogue.put(*hand_made("c", ["Gleich"], title="Anderer Titel"))
    texts = [text for _, text in catalogue.passages_without_embedding("modell")]
    assert sorted(texts) == ["Anderer Titel\nGleich", "Titel\nGleich"]


def test_vectors_are_those_of_the_model_in_use_in_the_order_of_passages(catalogue: Catalogue) -> None:
    first, second = HashedWordsEmbedder(fingerprint="erstes"), HashedWordsEmbedder(fingerprint="zweites", dimension=16)
    catalogue.put(*hand_made("b", ["Lager", "Halle"]))
    catalogue.put(*hand_made("a", ["Pause"]))
    assert catalogue.vectors() is None
    assert embed_all(catalogue, first) == 3
    assert (catalogue.model, catalogue.vectors()) == (None, None)  # not before the catalogue is told to use them
    catalogue.use_model("erstes")
    embeddings = first.embed_passages(["A\nPause", "B\nLager", "B\nHalle"])
    expected = np.array([embedding.vector for embedding in embeddings]).astype(np.float16)
    np.testing.assert_array_equal(catalogue.vectors(), expected)
    assert catalogue.word_signs() == [pack_signs(embedding.words) for embedding in embeddings]
    embed_all(catalogue, second)
    np.testing.assert_array_equal(catalogue.vectors(), expected)
    catalogue.use_model("zweites")
    catalogue.drop_stale_embeddings()
    vectors = catalogue.vectors()
    assert vectors is not None
    assert (vectors.shape, vectors.dtype) == ((3, 16), np.float32)
    assert [len(signs) for signs in catalogue.word_signs()] == [4, 4, 4]  # two words each, two bytes for 16 dimensions
    assert len(catalogue.passages_without_embedding("erstes")) == 3


def test_half_precision_moves_a_vector_by_less_than_it_is_told_to(catalogue: Catalogue) -> None:
    rows = np.random.default_rng(1).normal(size=(20, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    catalogue.put(*hand_made("a", [f"Text {number}" for number in range(20)]))
    hashes = [key for key, _ in catalogue.passages_without_embedding("modell")]
    nothing = np.zeros((0, 384), dtype=np.float32)
    catalogue.add_embeddings("modell", hashes, [Embedding(row, nothing) for row in rows])
    catalogue.use_model("modell")
    vectors = catalogue.vectors()
    assert vectors is not None
    np.testing.assert_allclose(vectors @ rows.T, rows @ rows.T, atol=0.0005)
    assert catalogue.word_signs() == [b""] * 20


def test_a_text_without_content_words_is_embedded_and_not_asked_for_again(catalogue: Catalogue) -> None:
    embedder = HashedWordsEmbedder(8)
    catalogue.put(*hand_made("a", ["und"], title="Wie"))
    assert embed_all(catalogue, embedder) == 1
    catalogue.use_model(embedder.fingerprint)
    assert catalogue.word_signs() == [b""]
    assert catalogue.passages_without_embedding(embedder.fingerprint) == []


def test_a_passage_taken_in_without_the_model_has_zeros_and_the_others_keep_their_vectors(catalogue: Catalogue) -> None:
    embedder = HashedWordsEmbedder()
    assert catalogue.vectors() is None
    catalogue.put(*hand_made("a", ["Pause"]))
    embed_all(catalogue, embedder)
    catalogue.use_model(embedder.fingerprint)
    before = catalogue.vectors()
    catalogue.put(*hand_made("b", ["Lager"]))
    after = catalogue.vectors()
    assert before is not None
    assert after is not None
    assert after[0].tolist() == before[0].tolist()
    assert not after[1].any()
    assert [bool(signs) for signs in catalogue.word_signs()] == [True, False]


def test_vectors_of_texts_that_are_gone_are_dropped(catalogue: Catalogue) -> None:
    embedder = HashedWordsEmbedder()
    catalogue.put(*hand_made("a", ["Pause"]))
    embed_all(catalogue, embedder)
    catalogue.use_model(embedder.fingerprint)
    catalogue.remove(["d-a"], GONE_AT)
    catalogue.drop_stale_embeddings()
    catalogue.put(*hand_made("a", ["Pause"]))
    assert len(catalogue.passages_without_embedding(embedder.fingerprint)) == 1


def test_everything_is_there_after_opening_again(catalogue: Catalogue, path: Path) -> None:
    document, passages = hand_made("größe", ["Zeile\nZeile \0 „…“"], note="Hinweis")
    catalogue.put(document, passages)
    catalogue.close()
    again = Catalogue(path)
    assert (list(again.documents()), list(again.passages()), again.revision) == ([document], passages, 1)
    again.close()


def test_a_snapshot_does_not_see_what_others_write_meanwhile(catalogue: Catalogue, path: Path) -> None:
    catalogue.put(*hand_made("a", ["Alt"]))
    other = Catalogue(path)
    with catalogue.snapshot():
        assert len(list(catalogue.documents())) == 1
        other.put(*hand_made("b", ["Neu"]))
        assert len(list(catalogue.documents())) == 1
    assert len(list(catalogue.documents())) == 2
    other.close()


def test_a_second_writer_is_told_to_wait(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    first, second = Catalogue(path, create=True), Catalogue(path)
    with first._database.writing(), pytest.raises(KnowledgeBaseBusy, match="Bitte warten"):
        second.put(*hand_made("a", ["Text"]))
    second.put(*hand_made("a", ["Text"]))
    first.close()
    second.close()


def test_a_file_that_is_no_database_is_refused_with_a_cure(path: Path) -> None:
    path.write_bytes(b"kein SQLite, aber lang genug fuer einen Kopf" * 50)
    with pytest.raises(KnowledgeBaseDamaged, match="Sicherung"):
        Catalogue(path)


@pytest.mark.parametrize(
    ("number", "cure"),
    [("1", "neuen Ordner"), ("2", "neuen Ordner"), ("kaputt", "neuen Ordner"), ("99", "unversehrt.*Programm.*aktualisieren")],
)
def test_a_format_that_cannot_be_lifted_is_refused_with_a_cure(
    catalogue: Catalogue, path: Path, number: str, cure: str
) -> None:
    catalogue.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'format'", (number,))
    connection.close()
    with pytest.raises(KnowledgeBaseDamaged, match=rf"Format {number}.*{cure}"):
        Catalogue(path)


@pytest.mark.parametrize("left_over", [b"", None])
def test_a_process_killed_while_creating_does_no_harm(path: Path, left_over: bytes | None) -> None:
    if left_over is None:  # switched to WAL, no table yet
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.close()
    else:
        path.write_bytes(left_over)
    catalogue = Catalogue(path, create=True)
    catalogue.put(*hand_made("a", ["Text"]))
    catalogue.close()


def test_metadata_come_back_as_they_were(catalogue: Catalogue) -> None:
    document, passages = hand_made("a", ["Text"])
    document = replace(document, metadata=Metadata("Titel", ("A", "B"), topics=("ki",)))
    catalogue.put(document, passages)
    assert next(catalogue.documents()).metadata == document.metadata
