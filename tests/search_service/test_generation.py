"""Generations: complete, checked, current by one rename."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from search_service.errors import KnowledgeBaseDamaged
from search_service.knowledge_base.generation import (
    KEPT,
    Generation,
    list_content_hashes,
    load_generation,
    load_newest_sound,
    write_generation,
)
from search_service.knowledge_base.manifests import (
    CURRENT,
    MANIFEST,
    PublishedGeneration,
    list_generations,
    list_published,
    make_current,
    read_current,
    read_manifest,
)
from search_service.knowledge_base.word_vectors import pack_signs
from tests.search_service.hand_made import hand_made
from tests.stand_in_embedder import HashedWordsEmbedder

MADE = [hand_made("a", ["Pausen im Betrieb", "Schichtplanung"], year=2024), hand_made("b", ["§ 87 BetrVG"])]
DOCUMENTS = [document for document, _ in MADE]
PASSAGES = [passage for _, passages in MADE for passage in passages]
PUBLISHED_AT = datetime(2026, 3, 5, 12, 30, tzinfo=UTC)


def publish(root: Path, revision: int = 1, *, with_vectors: bool = True) -> int:
    embedder = HashedWordsEmbedder(dimension=4)
    embeddings = embedder.embed_passages([passage.text for passage in PASSAGES])
    return write_generation(
        root,
        revision=revision,
        published_at=PUBLISHED_AT,
        documents=DOCUMENTS,
        passages=PASSAGES,
        vectors=np.array([embedding.vector for embedding in embeddings]) if with_vectors else None,
        word_signs=[pack_signs(embedding.words) for embedding in embeddings],
        model=embedder.fingerprint,
    )


def folder_of(root: Path, number: int) -> Path:
    return root / "generations" / f"{number:06d}"


def contents_of(generation: Generation) -> list[object]:
    rows = range(generation.manifest.passages)
    return [generation.documents, [generation.passage(row) for row in rows], generation.document_of.tolist()]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("generation")
    publish(root)
    return root


@pytest.fixture
def root(published: Path, tmp_path: Path) -> Path:
    """A knowledge base of its own with generation 1."""
    return Path(shutil.copytree(published, tmp_path / "kb"))


def test_what_is_published_is_what_is_loaded(root: Path) -> None:
    generation = load_generation(root, 1)
    assert contents_of(generation) == [DOCUMENTS, PASSAGES, [0, 0, 1]]
    assert generation.published_at == PUBLISHED_AT
    assert [generation.rows_of(position).tolist() for position in (0, 1)] == [[0, 1], [2]]
    assert generation.position_of == {"d-a": 0, "d-b": 1}
    manifest = generation.manifest
    assert (manifest.number, manifest.revision, manifest.documents, manifest.passages) == (1, 1, 2, 3)
    assert (manifest.model, manifest.dimension) == ("hashed-words@1", 4)
    assert generation.lexical.score(generation.lexical.analyze("§ 87")).argmax() == 2
    assert generation.dense is not None
    query = HashedWordsEmbedder(dimension=4).embed_query("Schichtplanung")
    assert generation.dense.score(query.vector, np.array([1]))[0] == pytest.approx(1)
    assert generation.words is not None
    assert generation.words.row_count == 3
    assert [len(found) for found in generation.words.compare(query.words, np.arange(3))] == [
        2,
        1,
        2,
    ]  # without "im"; "§ 87", "BetrVG"
    assert generation.row_of == {passage.id: row for row, passage in enumerate(PASSAGES)}
    assert generation.spellings["schichtplanung"].text == "Schichtplanung"


def test_the_words_of_all_passages_of_a_document_are_found_in_the_document(root: Path) -> None:
    whole = load_generation(root, 1).document_lexical
    assert whole.row_count == 2
    assert np.flatnonzero(whole.score(whole.analyze("Pausen"))).tolist() == [0]
    assert np.flatnonzero(whole.score(whole.analyze("Schichtplanung"))).tolist() == [0]
    assert np.flatnonzero(whole.score(whole.analyze("BetrVG"))).tolist() == [1]


def test_a_heading_over_many_passages_counts_once_in_the_document(tmp_path: Path) -> None:
    passages = [replace(passage, heading_path=("Urlaub", str(number))) for number, passage in enumerate(MADE[0][1])]
    once = [
        replace(passage, heading_path=("Urlaub", "0", "1") if not number else ()) for number, passage in enumerate(passages)
    ]
    scores = []
    for name, each in (("oft", passages), ("einmal", once)):
        number = write_generation(
            tmp_path / name,
            revision=1,
            published_at=PUBLISHED_AT,
            documents=DOCUMENTS[:1],
            passages=each,
            vectors=None,
            word_signs=[],
            model=None,
        )
        whole = load_generation(tmp_path / name, number).document_lexical
        scores.append(whole.score(whole.analyze("Urlaub")).tolist())
    assert scores[0] == scores[1] != [0]


def test_without_vectors_it_names_no_model(tmp_path: Path) -> None:
    generation = load_generation(tmp_path, publish(tmp_path, with_vectors=False))
    assert (generation.dense, generation.words) == (None, None)
    assert (generation.manifest.model, generation.manifest.dimension) == (None, None)


def test_word_vectors_of_fewer_passages_are_noticed(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeBaseDamaged, match="unvollständig"):
        write_generation(
            tmp_path,
            revision=1,
            published_at=PUBLISHED_AT,
            documents=DOCUMENTS,
            passages=PASSAGES,
            vectors=np.eye(3, 8, dtype=np.float32),
            word_signs=[b"\x01", b""],
            model="modell",
        )
    assert read_current(tmp_path) is None


def test_an_empty_knowledge_base_is_a_generation_too(tmp_path: Path) -> None:
    number = write_generation(
        tmp_path, revision=0, published_at=PUBLISHED_AT, documents=[], passages=[], vectors=None, word_signs=[], model=None
    )
    assert contents_of(load_generation(tmp_path, number)) == [[], [], []]


def test_a_document_without_passages_keeps_its_place(tmp_path: Path) -> None:
    documents = [*DOCUMENTS[:1], hand_made("ab", [])[0], *DOCUMENTS[1:]]
    number = write_generation(
        tmp_path,
        revision=1,
        published_at=PUBLISHED_AT,
        documents=documents,
        passages=PASSAGES,
        vectors=None,
        word_signs=[],
        model=None,
    )
    generation = load_generation(tmp_path, number)
    assert [generation.rows_of(position).tolist() for position in range(3)] == [[0, 1], [], [2]]


def test_every_flipped_byte_of_its_files_is_noticed(root: Path) -> None:
    unnoticed = []
    for path in sorted(folder_of(root, 1).iterdir()):
        if path.name == MANIFEST:
            continue
        content = path.read_bytes()
        for place in range(0, len(content), max(1, len(content) // 40)):
            path.write_bytes(content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :])
            try:
                load_generation(root, 1)
                unnoticed.append((path.name, place))
            except KnowledgeBaseDamaged:
                pass
        path.write_bytes(content)
    assert unnoticed == []
    load_generation(root, 1)


def test_every_flipped_byte_of_the_manifest_is_noticed_or_without_effect(root: Path) -> None:
    path = folder_of(root, 1) / MANIFEST
    content, manifest = path.read_bytes(), read_manifest(root, 1)
    for place in range(len(content)):
        for bit in (0x01, 0x10, 0x80):
            path.write_bytes(content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :])
            with contextlib.suppress(KnowledgeBaseDamaged):
                assert read_manifest(root, 1) == manifest, place  # white space between its fields


@pytest.mark.parametrize(
    "name", ["documents.jsonl", "dense.faiss", "vocabulary.tsv", "words-codes.u8", "spellings.tsv", MANIFEST]
)
def test_a_file_that_is_missing_or_cut_short_is_named(root: Path, name: str) -> None:
    path = folder_of(root, 1) / name
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(KnowledgeBaseDamaged, match="change-wissen ingest"):
        load_generation(root, 1)
    path.unlink()
    with pytest.raises(KnowledgeBaseDamaged, match=r"Verzeichnis des Suchindex 1" if name == MANIFEST else name):
        load_generation(root, 1)


@pytest.mark.parametrize(
    "text", ["[]", "{}", "null", '"x"', "[[1, 2]]", '{"format": 1}', '{"format": 1, "seal": 0, "anderes": 1}']
)
def test_a_manifest_that_is_something_else_is_refused(root: Path, text: str) -> None:
    (folder_of(root, 1) / MANIFEST).write_text(text)
    with pytest.raises(KnowledgeBaseDamaged):
        load_generation(root, 1)


@pytest.mark.parametrize(
    ("number", "cure"),
    [(1, "älteres Format.*change-wissen ingest"), (2, "älteres Format"), (99, "Format 99.*unversehrt.*Programm aktualisieren")],
)
def test_a_manifest_of_another_format_says_so(root: Path, number: int, cure: str) -> None:
    path = folder_of(root, 1) / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": number}))
    with pytest.raises(KnowledgeBaseDamaged, match=cure):
        read_manifest(root, 1)


def test_a_generation_copied_over_another_is_noticed(root: Path) -> None:
    publish(root, 2)
    shutil.rmtree(folder_of(root, 2))
    shutil.copytree(folder_of(root, 1), folder_of(root, 2))
    with pytest.raises(KnowledgeBaseDamaged):
        load_generation(root, 2)


def test_the_generation_before_answers_when_the_current_one_is_damaged(root: Path) -> None:
    publish(root, 2)
    assert load_newest_sound(root)[0].manifest.number == 2
    (folder_of(root, 2) / "documents.jsonl").write_bytes(b"kaputt")
    generation, notice = load_newest_sound(root)
    assert generation.manifest.number == 1
    assert notice is not None
    assert "documents.jsonl beschädigt" in notice
    assert notice.endswith("Bis dahin antwortet der Stand davor.")


def test_with_no_sound_generation_the_damage_of_the_current_one_is_told(root: Path) -> None:
    publish(root, 2)
    (folder_of(root, 1) / MANIFEST).unlink()
    (folder_of(root, 2) / "dense.faiss").unlink()
    with pytest.raises(KnowledgeBaseDamaged, match=r"Suchindex 2.*dense\.faiss"):
        load_newest_sound(root)


@pytest.mark.parametrize("content", [b"", b"eins", b"\xff\xfe", b"1 2", b"-1"])
def test_a_current_file_that_names_no_number_leaves_the_newest_sound_one_until_the_next_publication(
    root: Path, content: bytes
) -> None:
    (root / CURRENT).write_bytes(content)
    generation, notice = load_newest_sound(root)
    assert generation.manifest.number == 1
    assert notice is not None
    assert re.search(r"CURRENT.*change-wissen ingest", notice)
    assert publish(root, 2) == read_current(root) == 2


def test_a_number_without_a_folder_falls_back_with_a_notice(root: Path) -> None:
    (root / CURRENT).write_text("7\n")
    generation, notice = load_newest_sound(root)
    assert generation.manifest.number == 1
    assert notice is not None
    assert "Suchindex 7" in notice


def test_nothing_is_current_before_the_first_publication(tmp_path: Path) -> None:
    assert (read_current(tmp_path), list_generations(tmp_path)) == (None, [])


def test_what_a_killed_writer_left_behind_is_in_nobodys_way(root: Path) -> None:
    building = folder_of(root, 2).with_name("building-000002")
    building.mkdir()
    (building / "halb.npy").write_bytes(b"halb")
    (root / f"{CURRENT}.new").write_text("9")
    assert (list_generations(root), read_current(root)) == ([1], 1)
    assert publish(root, 2) == 2
    assert not building.exists()
    assert {path.name for path in folder_of(root, 2).iterdir()} == {path.name for path in folder_of(root, 1).iterdir()}


def test_a_writer_killed_before_the_rename_of_current_changes_nothing_for_readers(root: Path) -> None:
    publish(root, 2)
    (root / CURRENT).write_text("1\n")  # generation 2 was finished, but never became current
    assert load_newest_sound(root)[0].manifest.number == 1
    assert publish(root, 3) == 3
    assert load_newest_sound(root)[0].manifest.revision == 3


def test_the_current_generation_and_two_to_roll_back_to_are_kept(root: Path) -> None:
    for revision in range(2, 6):
        publish(root, revision)
    assert list_generations(root) == [3, 4, 5]
    assert KEPT == 3


def test_the_generation_that_answered_before_is_kept_however_old(root: Path) -> None:
    for revision in range(2, 5):
        publish(root, revision)
    make_current(root, 2)
    publish(root, 5)
    assert list_generations(root) == [2, 3, 4, 5]
    publish(root, 6)
    assert list_generations(root) == [4, 5, 6]


def test_the_generations_kept_are_listed_with_what_they_hold_the_newest_first(root: Path) -> None:
    publish(root, 2, with_vectors=False)
    make_current(root, 1)
    assert list_published(root) == (
        PublishedGeneration(2, PUBLISHED_AT, 2, 3, None, is_current=False),
        PublishedGeneration(1, PUBLISHED_AT, 2, 3, "hashed-words@1", is_current=True),
    )
    (folder_of(root, 2) / MANIFEST).write_bytes(b"kaputt")
    (root / CURRENT).write_bytes(b"kaputt")
    assert [(each.number, each.is_current) for each in list_published(root)] == [(1, False)]


def test_content_hashes_are_read_without_the_rest_and_checked(root: Path) -> None:
    (folder_of(root, 1) / "dense.faiss").unlink()
    assert list_content_hashes(root, 1) == {document.content_hash for document in DOCUMENTS}
    (folder_of(root, 1) / "documents.jsonl").write_bytes(b"kaputt")
    with pytest.raises(KnowledgeBaseDamaged, match=r"documents\.jsonl beschädigt"):
        list_content_hashes(root, 1)
