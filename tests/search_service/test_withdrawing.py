"""Withdrawing and restoring documents, and what the knowledge base remembers of what is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_service.documents import make_passage_ids
from search_service.errors import NotFound
from search_service.knowledge_base import catalogue
from search_service.knowledge_base.former import FormerDocument
from search_service.knowledge_base.generation import Generation, load_generation
from search_service.knowledge_base.manifests import read_manifest
from search_service.knowledge_base.originals import ORIGINALS, PAGE_IMAGES
from search_service.knowledge_base.store import MAX_REASON, KnowledgeBase, Reader
from tests.search_service.hand_made import hand_made, put
from tests.stand_in_embedder import HashedWordsEmbedder


@pytest.fixture
def knowledge_base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with KnowledgeBase(tmp_path / "kb") as knowledge_base:
        yield knowledge_base


def publish(knowledge_base: KnowledgeBase) -> Generation:
    knowledge_base.embed_missing(HashedWordsEmbedder(16))
    number = knowledge_base.publish()
    assert number is not None
    return load_generation(knowledge_base.root, number)


def ids_of(generation: Generation) -> list[str]:
    return [document.id for document in generation.documents]


def former_of(knowledge_base: KnowledgeBase) -> set[str]:
    return {passage.id for passage in knowledge_base._catalogue.former_passages()}


def test_a_withdrawn_document_is_in_no_generation_and_everything_of_it_is_kept(
    knowledge_base: KnowledgeBase, tmp_path: Path
) -> None:
    file = tmp_path / "pausen.txt"
    file.write_text("Nach sechs Stunden ist Pause.")
    put(knowledge_base, "pausen", ["Nach sechs Stunden ist Pause.", "Pausen sind Pflicht."], file, year=2024)
    put(knowledge_base, "schicht", ["Schichtplanung braucht Vorlauf."])
    before = publish(knowledge_base)
    knowledge_base.withdraw("d-pausen", "  Die Zahlen\nstimmen nicht. ")
    for state in range(4):  # more generations than are kept
        put(knowledge_base, "lager", [f"Lager {state}"])
        after = publish(knowledge_base)
    assert ids_of(after) == ["d-lager", "d-schicht"]
    assert after.row_of.keys().isdisjoint(before.passage(row).id for row in (0, 1))
    assert [document.id for document in knowledge_base.documents()] == ["d-lager", "d-pausen", "d-schicht"]
    assert len(list((knowledge_base.root / ORIGINALS).iterdir())) == 1
    gone = after.former_documents["d-pausen"]
    assert (gone.title, gone.is_withdrawn, gone.reason) == ("Pausen", True, "Die Zahlen stimmen nicht.")
    former = after.former_passages.find(before.passage(1).id)
    assert former is not None
    assert (former.document_id, former.ordinal, former.gone_at) == ("d-pausen", 1, gone.gone_at)


def test_a_restored_document_answers_as_before_to_the_byte(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "pausen", ["Nach sechs Stunden ist Pause."])
    put(knowledge_base, "schicht", ["Schichtplanung braucht Vorlauf."])
    knowledge_base.set_newer_editions({"d-schicht": "d-pausen"})
    publish(knowledge_base)
    knowledge_base.withdraw("d-pausen")
    (alone,) = publish(knowledge_base).documents
    assert (alone.id, alone.newer_edition) == ("d-schicht", None)  # what it stood behind is not there to answer
    assert knowledge_base.restore("d-pausen")
    assert knowledge_base.embed_missing(HashedWordsEmbedder(16)) == 0
    assert knowledge_base.publish() == 3
    assert read_manifest(knowledge_base.root, 3).sha256 == read_manifest(knowledge_base.root, 1).sha256


def test_withdrawing_and_restoring_twice_changes_nothing_more(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "pausen", ["Text"])
    knowledge_base.withdraw("d-pausen", "Grund")
    publish(knowledge_base)
    knowledge_base.withdraw("d-pausen")
    knowledge_base.withdraw("d-pausen", "Grund")
    assert knowledge_base.publish() is None
    knowledge_base.withdraw("d-pausen", "Anderer Grund")
    assert publish(knowledge_base).former_documents["d-pausen"].reason == "Anderer Grund"
    assert knowledge_base.restore("d-pausen")
    assert not knowledge_base.restore("d-pausen")


def test_an_unknown_document_can_be_neither_withdrawn_nor_restored(knowledge_base: KnowledgeBase) -> None:
    with pytest.raises(NotFound, match="Kennung „d-fehlt“"):
        knowledge_base.withdraw("d-fehlt")
    with pytest.raises(NotFound, match="Kennung „d-fehlt“"):
        knowledge_base.restore("d-fehlt")


@pytest.mark.parametrize("reason", ["", "   ", "\ud800", "x" * 2000, "<script>\0"])
def test_any_reason_can_be_stored_and_read(knowledge_base: KnowledgeBase, reason: str) -> None:
    put(knowledge_base, "pausen", ["Text"])
    knowledge_base.withdraw("d-pausen", reason)
    told = publish(knowledge_base).former_documents["d-pausen"].reason
    assert told is None if not reason.strip() else told is not None and 0 < len(told) <= MAX_REASON


def test_a_document_put_again_or_removed_and_put_again_stays_withdrawn(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "pausen", ["Alt"])
    knowledge_base.withdraw("d-pausen", "Grund")
    put(knowledge_base, "pausen", ["Neu"])
    assert ids_of(publish(knowledge_base)) == []
    knowledge_base.remove(["d-pausen"])
    gone = publish(knowledge_base).former_documents["d-pausen"]
    assert (gone.is_withdrawn, gone.reason) == (True, "Grund")
    put(knowledge_base, "pausen", ["Neu"])
    assert ids_of(publish(knowledge_base)) == []
    assert knowledge_base.restore("d-pausen")
    assert ids_of(publish(knowledge_base)) == ["d-pausen"]


def test_a_reader_that_is_running_ceases_to_show_it(knowledge_base: KnowledgeBase) -> None:
    document = put(knowledge_base, "pausen", ["Text"])
    publish(knowledge_base)
    reader = Reader(knowledge_base.root)
    assert ids_of(reader.current()[0]) == [document.id]
    knowledge_base.withdraw(document.id)
    publish(knowledge_base)
    assert ids_of(reader.current()[0]) == []


def test_passages_that_change_are_remembered_until_they_come_back(knowledge_base: KnowledgeBase) -> None:
    document, passages = hand_made("pausen", ["Erstens", "Zweitens"])
    passages[1] = replace(passages[1], heading_path=("Regeln",))
    knowledge_base.put(document, passages, None)
    publish(knowledge_base)
    later = replace(document, indexed_at=document.indexed_at + timedelta(days=30))
    knowledge_base.put(later, passages[:1], None)
    after = publish(knowledge_base)
    former = after.former_passages.find(passages[1].id)
    assert former is not None
    assert (former.document_id, former.ordinal, former.heading_path) == ("d-pausen", 1, ("Regeln",))
    assert former.gone_at == later.indexed_at
    assert after.former_passages.find(passages[0].id) is None
    assert after.former_documents == {}
    knowledge_base.put(document, passages, None)
    assert publish(knowledge_base).former_passages.find(passages[1].id) is None


def test_a_removed_document_is_remembered_with_its_title_and_not_its_text(knowledge_base: KnowledgeBase) -> None:
    document = put(knowledge_base, "pausen", ["Ein ganz geheimer Wortlaut"])
    publish(knowledge_base)
    knowledge_base.remove([document.id])
    after = publish(knowledge_base)
    (gone,) = after.former_documents.values()
    assert gone == FormerDocument("d-pausen", "Pausen", "text/plain", gone.gone_at, False, None)
    folder = knowledge_base.root / "generations" / f"{after.manifest.number:06d}"
    assert all(b"geheimer" not in path.read_bytes() for path in folder.iterdir())
    put(knowledge_base, "pausen", ["Ein ganz geheimer Wortlaut"])
    assert publish(knowledge_base).former_documents == {}


def test_the_oldest_former_passages_are_forgotten(knowledge_base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "MAX_FORMER_PASSAGES", 2)
    document, _ = hand_made("pausen", [])
    for day in range(5):
        at = document.indexed_at + timedelta(days=day)
        knowledge_base.put(replace(document, indexed_at=at), hand_made("pausen", [f"Stand {day}"])[1], None)
    put(knowledge_base, "lager", ["Text"])
    publish(knowledge_base)
    assert former_of(knowledge_base) == set(make_passage_ids("d-pausen", ["Stand 2", "Stand 3"]))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from("ab"), st.lists(st.sampled_from(["Eins", "Zwei", "Drei"]), max_size=3)),
        st.tuples(st.sampled_from(["remove", "withdraw", "restore"]), st.sampled_from("ab"), st.just([])),
    ),
    max_size=12,
)


@settings(max_examples=40)
@given(steps=STEPS)
def test_every_passage_there_ever_was_is_either_published_or_remembered(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, list[str]]]
) -> None:
    ever: set[str] = set()
    withdrawn: set[str] = set()
    with KnowledgeBase(tmp_path_factory.mktemp("schritte")) as knowledge_base:
        for action, name, texts in steps:
            document_id = f"d-{name}"
            known = knowledge_base.find_by_id(document_id) is not None
            if action == "put":
                put(knowledge_base, name, texts)
                ever |= set(make_passage_ids(document_id, texts))
            elif action == "remove":
                knowledge_base.remove([document_id])
            elif known and action == "withdraw":
                knowledge_base.withdraw(document_id)
                withdrawn.add(document_id)
            elif known:
                knowledge_base.restore(document_id)
                withdrawn.discard(document_id)
        published = {passage.id for passage in knowledge_base._catalogue.passages()}
        former = former_of(knowledge_base)
        assert published | former == ever
        assert published & former == set()
        assert {document.id for document in knowledge_base._catalogue.documents_to_publish()}.isdisjoint(withdrawn)


def test_drawn_pages_go_with_the_document_that_is_withdrawn_or_removed(knowledge_base: KnowledgeBase) -> None:
    drawn = {}
    for name in ("pausen", "schicht", "lager"):
        document = put(knowledge_base, name, [name])
        drawn[name] = knowledge_base.root / PAGE_IMAGES / document.content_hash
        drawn[name].mkdir(parents=True)
        (drawn[name] / "1-960.v1.webp").write_bytes(b"RIFF")
    publish(knowledge_base)
    assert all(folder.is_dir() for folder in drawn.values())
    knowledge_base.withdraw("d-pausen")
    knowledge_base.remove(["d-schicht"])
    publish(knowledge_base)
    assert [folder.exists() for folder in drawn.values()] == [False, False, True]
    assert (drawn["lager"] / "1-960.v1.webp").read_bytes() == b"RIFF"


def test_a_file_where_the_drawn_pages_should_lie_keeps_nobody_from_publishing(knowledge_base: KnowledgeBase) -> None:
    (knowledge_base.root / PAGE_IMAGES).write_text("kein Ordner")
    put(knowledge_base, "pausen", ["Text"])
    assert ids_of(publish(knowledge_base)) == ["d-pausen"]
