"""What is withdrawn stays away although the generation that leaves it out is damaged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from search_service.errors import KnowledgeBaseDamaged
from search_service.knowledge_base import generation, store
from search_service.knowledge_base.manifests import CURRENT, WITHDRAWN, list_generations
from search_service.knowledge_base.store import KnowledgeBase, Reader
from tests.search_service.hand_made import put


@pytest.fixture
def knowledge_base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    """A knowledge base with the published state 1, which shows the documents a and b."""
    with KnowledgeBase(tmp_path / "kb") as knowledge_base:
        put(knowledge_base, "a", ["Geheim"])
        put(knowledge_base, "b", ["Offen"])
        assert knowledge_base.publish() == 1
        yield knowledge_base


def damage(knowledge_base: KnowledgeBase, number: int) -> None:
    (knowledge_base.root / "generations" / f"{number:06d}" / "passages.jsonl").write_bytes(b"kaputt")


def shown(knowledge_base: KnowledgeBase) -> list[str]:
    return [document.id for document in Reader(knowledge_base.root).current()[0].documents]


def test_an_older_state_that_shows_it_does_not_answer_in_place_of_a_damaged_one(knowledge_base: KnowledgeBase) -> None:
    knowledge_base.withdraw("d-a", "Enthielt Namen.")
    assert knowledge_base.publish() == 2
    damage(knowledge_base, 2)
    with pytest.raises(KnowledgeBaseDamaged, match=r"Suchindex 2.*passages\.jsonl beschädigt.*change-wissen ingest"):
        Reader(knowledge_base.root)
    assert knowledge_base.publish() == 3
    assert shown(knowledge_base) == ["d-b"]


def test_an_older_state_without_it_answers(knowledge_base: KnowledgeBase) -> None:
    knowledge_base.withdraw("d-a")
    knowledge_base.publish()
    put(knowledge_base, "c", ["Neu"])
    assert knowledge_base.publish() == 3
    damage(knowledge_base, 3)
    assert shown(knowledge_base) == ["d-b"]
    damage(knowledge_base, 2)
    with pytest.raises(KnowledgeBaseDamaged, match="Suchindex 3"):
        Reader(knowledge_base.root)


def test_a_restored_document_may_come_from_an_older_state(knowledge_base: KnowledgeBase) -> None:
    knowledge_base.withdraw("d-a")
    knowledge_base.publish()
    knowledge_base.restore("d-a")
    assert knowledge_base.publish() == 3
    damage(knowledge_base, 3)
    damage(knowledge_base, 2)
    assert shown(knowledge_base) == ["d-a", "d-b"]


def test_what_a_lost_name_of_the_current_state_leaves_is_looked_at_as_well(knowledge_base: KnowledgeBase) -> None:
    knowledge_base.withdraw("d-a")
    knowledge_base.publish()
    (knowledge_base.root / CURRENT).write_bytes(b"kaputt")
    assert shown(knowledge_base) == ["d-b"]
    damage(knowledge_base, 2)
    with pytest.raises(KnowledgeBaseDamaged, match=CURRENT):
        Reader(knowledge_base.root)


def test_a_knowledge_base_of_before_learns_it_although_nothing_has_changed(knowledge_base: KnowledgeBase) -> None:
    knowledge_base.withdraw("d-a")
    knowledge_base.publish()
    (knowledge_base.root / WITHDRAWN).unlink()
    assert knowledge_base.publish() is None
    damage(knowledge_base, 2)
    with pytest.raises(KnowledgeBaseDamaged):
        Reader(knowledge_base.root)


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}", b"null", b"[1]", b'["d-a'])
def test_where_it_cannot_be_read_what_is_withdrawn_nothing_older_answers(knowledge_base: KnowledgeBase, content: bytes) -> None:
    put(knowledge_base, "c", ["Neu"])
    knowledge_base.publish()
    (knowledge_base.root / WITHDRAWN).write_bytes(content)
    assert shown(knowledge_base) == ["d-a", "d-b", "d-c"]  # the current one is sound: nobody needs to know
    damage(knowledge_base, 2)
    with pytest.raises(KnowledgeBaseDamaged):
        Reader(knowledge_base.root)
    assert knowledge_base.publish() == 3
    assert shown(knowledge_base) == ["d-a", "d-b", "d-c"]


@pytest.mark.parametrize(("module", "step"), [(store, "write_generation"), (generation, "make_current")])
def test_a_process_killed_before_the_state_answers_loses_nothing(
    knowledge_base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch, module: object, step: str
) -> None:
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    knowledge_base.withdraw("d-a")
    with monkeypatch.context() as patch:
        patch.setattr(module, step, die)
        with pytest.raises(KeyboardInterrupt):
            knowledge_base.publish()
    assert shown(knowledge_base) == ["d-a", "d-b"]  # the state before still is the current one
    knowledge_base.publish()
    damage(knowledge_base, max(list_generations(knowledge_base.root)))
    assert "d-a" not in _shown_or_nothing(knowledge_base)


def _shown_or_nothing(knowledge_base: KnowledgeBase) -> list[str]:
    try:
        return shown(knowledge_base)
    except KnowledgeBaseDamaged:
        return []
