"""The knowledge base: one writer, readers that change over by themselves, vectors of one model at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from search_service.embedder import Embedding
from search_service.errors import KnowledgeBaseBusy, KnowledgeBaseDamaged, KnowledgeBaseMissing, ModelMismatch, NotFound
from search_service.knowledge_base import store
from search_service.knowledge_base.generation import KEPT, load_generation
from search_service.knowledge_base.manifests import CURRENT, read_manifest
from search_service.knowledge_base.originals import ORIGINALS
from search_service.knowledge_base.store import KnowledgeBase, Reader
from tests.search_service.hand_made import hand_made, put
from tests.stand_in_embedder import HashedWordsEmbedder


class CountingEmbedder(HashedWordsEmbedder):
    """Counts what it embeds; breaks off when it has embedded `breath` texts."""

    def __init__(self, fingerprint: str = "hashed-words@1", breath: int = 1_000_000) -> None:
        super().__init__(16, fingerprint)
        self.breath = breath
        self.embedded: list[str] = []

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> list[Embedding]:
        if len(self.embedded) + len(texts) > self.breath:
            raise KeyboardInterrupt
        self.embedded += texts
        return super().embed_passages(texts, progress)


@pytest.fixture
def knowledge_base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with KnowledgeBase(tmp_path / "kb") as knowledge_base:
        yield knowledge_base


def texts_of(root: Path) -> list[str]:
    generation, notice = Reader(root).current()
    assert notice is None
    return [generation.passage(row).text for row in range(generation.manifest.passages)]


def model_of(root: Path) -> str | None:
    return Reader(root).current()[0].manifest.model


def test_put_replace_move_and_remove_are_seen_after_publishing(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "a", ["Alt"])
    put(knowledge_base, "b", ["Bleibt"])
    assert knowledge_base.publish() == 1
    assert texts_of(knowledge_base.root) == ["Alt", "Bleibt"]
    put(knowledge_base, "a", ["Neu", "Neuer"])
    assert texts_of(knowledge_base.root) == ["Alt", "Bleibt"]
    assert knowledge_base.publish() == 2
    assert texts_of(knowledge_base.root) == ["Neu", "Neuer", "Bleibt"]
    knowledge_base.move("d-b", "/neu/b.txt")
    knowledge_base.remove(["d-a"])
    assert knowledge_base.publish() == 3
    assert texts_of(knowledge_base.root) == ["Bleibt"]
    found = knowledge_base.find_by_location("/neu/b.txt")
    assert found is not None
    assert [document.id for document in knowledge_base.documents()] == [found.id] == ["d-b"]


def test_nothing_is_published_when_nothing_has_changed(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "a", ["Text"])
    embedder = CountingEmbedder()
    knowledge_base.embed_missing(embedder)
    assert knowledge_base.publish() == 1
    knowledge_base.remove([])
    knowledge_base.remove(["d-fehlt"])
    assert knowledge_base.embed_missing(embedder) == 0
    assert knowledge_base.publish() is None


def test_a_new_analysis_is_published_although_no_document_changed(
    knowledge_base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(knowledge_base, "a", ["Text"])
    knowledge_base.publish()
    monkeypatch.setattr(store, "ANALYSIS_VERSION", 99)
    assert knowledge_base.publish() == 2


@pytest.mark.parametrize("damaged", [CURRENT, "generations/000001/documents.jsonl", "generations/000001/manifest.json"])
def test_a_damaged_index_is_built_again_from_the_catalogue(knowledge_base: KnowledgeBase, damaged: str) -> None:
    put(knowledge_base, "a", ["Text"])
    knowledge_base.publish()
    (knowledge_base.root / damaged).write_bytes(b"kaputt")
    assert knowledge_base.publish() == 2
    assert texts_of(knowledge_base.root) == ["Text"]


def test_passages_keep_their_ids_when_the_document_is_put_again(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "a", ["Erstens", "Zweitens"])
    knowledge_base.publish()
    before = load_generation(knowledge_base.root, 1)
    put(knowledge_base, "a", ["Neu davor", "Erstens", "Zweitens"])
    knowledge_base.publish()
    after = load_generation(knowledge_base.root, 2)
    ids = {generation.passage(row).text: generation.passage(row).id for generation in (before,) for row in (0, 1)}
    assert ids == {after.passage(row).text: after.passage(row).id for row in (1, 2)}


def test_only_new_texts_are_embedded(knowledge_base: KnowledgeBase) -> None:
    embedder = CountingEmbedder()
    put(knowledge_base, "a", ["Erstens", "Zweitens"])
    assert knowledge_base.embed_missing(embedder) == 2
    knowledge_base.publish()
    put(knowledge_base, "a", ["Zweitens", "Drittens"])
    assert knowledge_base.embed_missing(embedder) == 1
    knowledge_base.publish()
    assert sorted(embedder.embedded) == ["A\nDrittens", "A\nErstens", "A\nZweitens"]
    generation = load_generation(knowledge_base.root, 2)
    assert generation.dense is not None
    rows, _ = generation.dense.search(embedder.embed_query("A Drittens").vector, 1)
    assert generation.passage(int(rows[0])).text == "Drittens"


def test_word_vectors_are_those_of_their_passage_whatever_the_order_of_embedding(knowledge_base: KnowledgeBase) -> None:
    embedder = CountingEmbedder()
    texts = ["Kurz", "Ein langer Satz über Pausen und Schichten im Betrieb", "Wie", "Kurz"]
    put(knowledge_base, "b", texts)
    put(knowledge_base, "a", ["Lager"])
    knowledge_base.embed_missing(embedder)
    knowledge_base.publish()
    generation = load_generation(knowledge_base.root, 1)
    assert generation.words is not None
    read = [f"{title}\n{text}" for title, text in [("A", "Lager"), *(("B", text) for text in texts)]]
    for row, embedding in enumerate(embedder.embed_passages(read)):
        own = np.where(embedding.words > 0, 1, -1) / np.float32(4)  # of 16 dimensions
        np.testing.assert_allclose(
            generation.words.compare(embedding.words, np.array([row]))[0], own @ embedding.words.T, atol=1e-6
        )


def test_a_generation_built_again_from_the_catalogue_is_the_same_to_the_byte(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "a", ["Pausen im Betrieb", "Schichtplanung"])
    put(knowledge_base, "b", ["§ 87 BetrVG"])
    embedder = CountingEmbedder()
    knowledge_base.embed_missing(embedder)
    knowledge_base.publish()
    before = read_manifest(knowledge_base.root, 1)
    embedded = len(embedder.embedded)
    (knowledge_base.root / "generations/000001/dense.faiss").write_bytes(b"kaputt")
    assert knowledge_base.embed_missing(embedder) == 0
    assert knowledge_base.publish() == 2
    assert read_manifest(knowledge_base.root, 2).sha256 == before.sha256
    assert len(embedder.embedded) == embedded == 3


def test_progress_is_told_before_the_first_and_as_often_as_the_embedder_tells(
    knowledge_base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "EMBEDDING_STEP", 2)
    put(knowledge_base, "a", ["Eins", "Zwei zwei", "Drei drei drei"])
    told: list[tuple[int, int]] = []
    knowledge_base.embed_missing(CountingEmbedder(), lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_an_embedding_broken_off_goes_on_where_it_stopped(
    knowledge_base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "EMBEDDING_STEP", 1)
    put(knowledge_base, "a", ["Eins", "Zwei", "Drei"])
    with pytest.raises(KeyboardInterrupt):
        knowledge_base.embed_missing(CountingEmbedder(breath=2))
    assert knowledge_base.embed_missing(CountingEmbedder()) == 1
    knowledge_base.publish()
    assert model_of(knowledge_base.root) == "hashed-words@1"


def test_another_model_takes_over_only_when_it_has_embedded_everything(
    knowledge_base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "EMBEDDING_STEP", 1)
    old, new = CountingEmbedder("alt@1"), CountingEmbedder("neu@1", breath=2)
    put(knowledge_base, "a", ["Eins", "Zwei", "Drei"])
    knowledge_base.embed_missing(old)
    knowledge_base.publish()

    with pytest.raises(KeyboardInterrupt):
        knowledge_base.embed_missing(new)
    assert knowledge_base.model == "alt@1"
    assert model_of(knowledge_base.root) == "alt@1"

    new.breath = 1_000_000
    assert knowledge_base.embed_missing(new) == 1
    assert knowledge_base.model == "neu@1"
    assert knowledge_base.publish() == 2
    assert model_of(knowledge_base.root) == "neu@1"
    assert knowledge_base.embed_missing(old) == 3  # the old vectors are gone


def test_after_a_change_of_model_broken_off_the_old_model_serves_new_documents(
    knowledge_base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "EMBEDDING_STEP", 1)
    old = CountingEmbedder("alt@1")
    put(knowledge_base, "a", ["Eins", "Zwei"])
    knowledge_base.embed_missing(old)
    knowledge_base.publish()
    with pytest.raises(KeyboardInterrupt):
        knowledge_base.embed_missing(CountingEmbedder("neu@1", breath=1))
    put(knowledge_base, "b", ["Drei"])
    knowledge_base.check_model("alt@1")
    assert knowledge_base.embed_missing(old) == 1
    knowledge_base.publish()
    assert model_of(knowledge_base.root) == "alt@1"
    generation, _ = Reader(knowledge_base.root).current()
    assert generation.dense is not None
    assert generation.dense.row_count == 3


def test_another_model_is_refused_with_both_ways_out(knowledge_base: KnowledgeBase) -> None:
    knowledge_base.check_model("neu@1")
    put(knowledge_base, "a", ["Text"])
    knowledge_base.embed_missing(CountingEmbedder("alt@1"))
    knowledge_base.check_model("alt@1")
    with pytest.raises(ModelMismatch, match=r"Modell alt@1 aufgebaut, eingestellt ist neu@1.*das alte Modell.*--reembed"):
        knowledge_base.check_model("neu@1")


def test_an_empty_knowledge_base_belongs_to_no_model(knowledge_base: KnowledgeBase) -> None:
    knowledge_base.embed_missing(CountingEmbedder("alt@1"))
    knowledge_base.check_model("neu@1")


def test_a_second_writer_is_told_who_waits(tmp_path: Path) -> None:
    with KnowledgeBase(tmp_path), pytest.raises(KnowledgeBaseBusy, match="schreibt gerade ein anderer Vorgang"):
        KnowledgeBase(tmp_path)
    with KnowledgeBase(tmp_path) as again:
        put(again, "a", ["Text"])


def test_a_catalogue_that_cannot_be_read_leaves_no_lock(tmp_path: Path) -> None:
    (tmp_path / store.CATALOGUE).write_bytes(b"kein SQLite" * 1000)
    for _ in range(2):
        with pytest.raises(KnowledgeBaseDamaged):
            KnowledgeBase(tmp_path)


def test_a_place_where_nothing_can_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "datei").write_text("kein Ordner")
    with pytest.raises(KnowledgeBaseMissing, match="kann keine Wissensbasis angelegt werden"):
        KnowledgeBase(tmp_path / "datei")


def test_a_reader_changes_over_to_a_new_generation(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "a", ["Alt"])
    knowledge_base.publish()
    reader = Reader(knowledge_base.root)
    old, _ = reader.current()
    assert reader.current()[0] is old
    put(knowledge_base, "a", ["Neu"])
    knowledge_base.publish()
    new, notice = reader.current()
    assert (old.passage(0).text, new.passage(0).text, notice) == ("Alt", "Neu", None)


def test_a_reader_stays_with_what_it_has_when_the_new_generation_is_damaged(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "a", ["Alt"])
    knowledge_base.publish()
    reader = Reader(knowledge_base.root)
    put(knowledge_base, "a", ["Neu"])
    knowledge_base.publish()
    for number in ("000001", "000002"):
        (knowledge_base.root / "generations" / number / "documents.jsonl").write_bytes(b"kaputt")
    generation, notice = reader.current()
    assert generation.passage(0).text == "Alt"
    assert notice is not None
    assert "Suchindex 2" in notice
    put(knowledge_base, "a", ["Neuer"])
    knowledge_base.publish()
    generation, notice = reader.current()
    assert (generation.passage(0).text, notice) == ("Neuer", None)


@pytest.mark.parametrize("content", [b"kaputt", None])
def test_a_reader_goes_on_when_current_is_lost(knowledge_base: KnowledgeBase, content: bytes | None) -> None:
    put(knowledge_base, "a", ["Text"])
    knowledge_base.publish()
    reader = Reader(knowledge_base.root)
    path = knowledge_base.root / CURRENT
    path.unlink() if content is None else path.write_bytes(content)
    assert reader.current()[0].passage(0).text == "Text"


def test_readers_in_many_threads_never_see_half_a_state(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "a", ["Stand 0", "Stand 0"])
    knowledge_base.publish()
    reader, done, mixed = Reader(knowledge_base.root), threading.Event(), []

    def read() -> None:
        while not done.is_set():
            generation, _ = reader.current()
            seen = {generation.passage(row).text for row in range(generation.manifest.passages)}
            if len(seen) != 1:
                mixed.append(seen)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for state in range(1, 6):
        put(knowledge_base, "a", [f"Stand {state}"] * (state + 2))
        knowledge_base.publish()
    done.set()
    for thread in threads:
        thread.join()
    assert mixed == []
    assert reader.current()[0].passage(0).text == "Stand 5"


def test_a_folder_without_a_knowledge_base_is_told_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeBaseMissing, match=r"liegt keine Wissensbasis.*change-wissen ingest ORDNER"):
        Reader(tmp_path / "nirgends")


def test_a_knowledge_base_never_published_is_told_with_the_cure(knowledge_base: KnowledgeBase) -> None:
    with pytest.raises(KnowledgeBaseMissing, match="noch keinen veröffentlichten Suchindex"):
        Reader(knowledge_base.root)


def test_a_reader_that_waits_answers_as_soon_as_something_is_published(knowledge_base: KnowledgeBase) -> None:
    reader = Reader(knowledge_base.root, waits=True)
    assert reader.peek() is None
    with pytest.raises(KnowledgeBaseMissing, match="noch keinen veröffentlichten Suchindex"):
        reader.current()
    put(knowledge_base, "a", ["Neu"])
    knowledge_base.publish()
    assert reader.current()[0].passage(0).text == "Neu"
    with pytest.raises(KnowledgeBaseMissing, match="liegt keine Wissensbasis"):  # a folder that is not there is a slip
        Reader(knowledge_base.root / "nirgends", waits=True)


def test_the_original_is_kept_as_long_as_a_generation_serves_it(knowledge_base: KnowledgeBase, tmp_path: Path) -> None:
    file = tmp_path / "datei.txt"
    file.write_text("Inhalt")
    document = put(knowledge_base, "a", ["Text"], file)
    put(knowledge_base, "b", ["Ohne Datei"])
    knowledge_base.publish()
    file.unlink()
    reader = Reader(knowledge_base.root)
    assert reader.original(document).read_text() == "Inhalt"
    with pytest.raises(NotFound, match="Originaldatei"):
        reader.original(hand_made("b", ["Ohne Datei"])[0])

    knowledge_base.remove(["d-a"])
    knowledge_base.publish()
    for state in range(KEPT - 1):
        assert reader.original(document).is_file()  # a generation before still names it
        put(knowledge_base, "c", [f"Noch ein Stand {state}"])
        knowledge_base.publish()
    assert list((knowledge_base.root / ORIGINALS).iterdir()) == []
