"""A knowledge base that an earlier version wrote: lifted in place by the first writer, readable without being lifted."""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path

import pytest

from search_service.errors import KnowledgeBaseDamaged
from search_service.knowledge_base import database, manifests
from search_service.knowledge_base.format import FORMAT_VERSION
from search_service.knowledge_base.generation import load_generation
from search_service.knowledge_base.manifests import list_published, read_manifest
from search_service.knowledge_base.store import CATALOGUE, KnowledgeBase, Reader
from tests.search_service.hand_made import put
from tests.stand_in_embedder import HashedWordsEmbedder

# Two documents in format 3, published twice: written by the version before withdrawals, with `HashedWordsEmbedder(16)`.
OLD = Path(__file__).parents[1] / "data" / "knowledge_base_format_3.zip"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    with zipfile.ZipFile(OLD) as archive:
        archive.extractall(tmp_path / "kb")
    return tmp_path / "kb"


def format_of(root: Path) -> str:
    connection = sqlite3.connect(root / CATALOGUE)
    found: str = connection.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()[0]
    connection.close()
    return found


def test_a_service_reads_its_generations_and_finds_nothing_gone(root: Path) -> None:
    generation, notice = Reader(root).current()
    assert (generation.manifest.format, notice) == (3, None)
    assert [document.metadata.title for document in generation.documents] == ["Pausen", "Schicht"]
    assert (generation.former_documents, generation.former_passages.find("p1")) == ({}, None)
    assert format_of(root) == "3"


def test_the_first_writer_lifts_it_and_nothing_needs_to_be_read_or_embedded_or_published_again(root: Path) -> None:
    before = [Reader(root).current()[0].passage(row) for row in range(3)]
    with KnowledgeBase(root) as knowledge_base:
        assert [document.location for document in knowledge_base.documents()] == ["/texte/pausen.txt", "/texte/schicht.txt"]
        assert knowledge_base.embed_missing(HashedWordsEmbedder(16)) == 0
        assert knowledge_base.publish() is None
        assert knowledge_base.withdrawn() == frozenset()
    assert format_of(root) == str(FORMAT_VERSION) == "4"
    assert [Reader(root).current()[0].passage(row) for row in range(3)] == before


def test_it_goes_on_like_a_new_one(root: Path) -> None:
    with KnowledgeBase(root) as knowledge_base:
        put(knowledge_base, "pausen", ["Nach sechs Stunden ist Pause."])
        knowledge_base.withdraw("d-schicht", "Veraltet")
        assert knowledge_base.publish() == 3
        knowledge_base.roll_back(1)
    assert [(each.number, each.is_current) for each in list_published(root)] == [(3, False), (2, False), (1, True)]
    newest = load_generation(root, 3)
    assert [document.id for document in newest.documents] == ["d-pausen"]
    assert newest.former_documents["d-schicht"].reason == "Veraltet"
    old = load_generation(root, 1)
    assert newest.former_passages.find(old.passage(1).id) is not None


def test_a_lift_that_is_broken_off_leaves_the_old_format(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(database._LIFTS, 3, database._LIFTS[3] + "CREATE TABLE withdrawals (twice TEXT);")
        for _ in range(2):
            with pytest.raises(KnowledgeBaseDamaged):
                KnowledgeBase(root)
        assert format_of(root) == "3"
    with KnowledgeBase(root) as knowledge_base:
        assert len(list(knowledge_base.documents())) == 2


def test_a_program_older_than_the_data_says_that_the_program_is_to_be_updated(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with KnowledgeBase(root) as knowledge_base:
        put(knowledge_base, "lager", ["Das Lager."])
        knowledge_base.publish()

    monkeypatch.setattr(manifests, "FORMAT_VERSION", 3)
    with pytest.raises(KnowledgeBaseDamaged, match=r"Suchindex 3 hat das Format 4.*unversehrt.*Programm aktualisieren"):
        read_manifest(root, 3)
    generation, notice = Reader(root).current()
    assert generation.manifest.number == 2
    assert notice is not None
    assert "Programm aktualisieren" in notice
