"""Rolling back to a published state, and forward again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from search_service.errors import InvalidQuery, KnowledgeBaseDamaged, NotFound
from search_service.knowledge_base import store
from search_service.knowledge_base.manifests import read_current
from search_service.knowledge_base.store import KnowledgeBase, Reader
from tests.search_service.hand_made import put


@pytest.fixture
def knowledge_base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    """A knowledge base with the published states 1 and 2."""
    with KnowledgeBase(tmp_path / "kb") as knowledge_base:
        for number in (1, 2):
            put(knowledge_base, "a", [f"Stand {number}"])
            assert knowledge_base.publish() == number
        yield knowledge_base


def text_of(reader: Reader) -> str:
    return reader.current()[0].passage(0).text


def test_an_earlier_state_answers_at_once_and_stays_while_nothing_changes(knowledge_base: KnowledgeBase) -> None:
    reader = Reader(knowledge_base.root)
    assert text_of(reader) == "Stand 2"
    assert knowledge_base.rolled_back_to is None
    knowledge_base.roll_back(1)
    assert text_of(reader) == "Stand 1"
    assert knowledge_base.rolled_back_to == 1
    assert knowledge_base.publish() is None
    put(knowledge_base, "a", ["Stand 3"])
    assert knowledge_base.publish() == 3
    assert text_of(reader) == "Stand 3"
    assert knowledge_base.rolled_back_to is None


def test_it_stays_when_the_knowledge_base_is_opened_again(tmp_path: Path) -> None:
    with KnowledgeBase(tmp_path) as knowledge_base:
        for number in (1, 2):
            put(knowledge_base, "a", [f"Stand {number}"])
            knowledge_base.publish()
        knowledge_base.roll_back(1)
    with KnowledgeBase(tmp_path) as again:
        assert again.publish() is None
        assert again.rolled_back_to == 1


def test_publishing_anew_goes_forward_with_a_higher_number(knowledge_base: KnowledgeBase) -> None:
    knowledge_base.roll_back(1)
    assert knowledge_base.publish(anew=True) == 3
    assert text_of(Reader(knowledge_base.root)) == "Stand 2"
    assert knowledge_base.publish(anew=True) is None


def test_rolling_back_to_the_newest_state_goes_forward_without_a_new_one(knowledge_base: KnowledgeBase) -> None:
    knowledge_base.roll_back(1)
    knowledge_base.roll_back(2)
    assert (read_current(knowledge_base.root), knowledge_base.rolled_back_to) == (2, None)
    assert knowledge_base.publish() is None
    assert knowledge_base.publish(anew=True) is None


def test_the_list_of_generations_says_which_answers(knowledge_base: KnowledgeBase) -> None:
    knowledge_base.roll_back(1)
    assert [(each.number, each.passages, each.is_current) for each in knowledge_base.list_generations()] == [
        (2, 1, False),
        (1, 1, True),
    ]


def test_an_unknown_or_damaged_generation_is_refused_and_the_current_one_goes_on(knowledge_base: KnowledgeBase) -> None:
    with pytest.raises(NotFound, match=r"Suchindex 7 gibt es nicht.*Vorhanden: 1, 2"):
        knowledge_base.roll_back(7)
    (knowledge_base.root / "generations/000001/documents.jsonl").write_bytes(b"kaputt")
    with pytest.raises(KnowledgeBaseDamaged, match="Suchindex 1"):
        knowledge_base.roll_back(1)
    assert (read_current(knowledge_base.root), knowledge_base.rolled_back_to) == (2, None)
    assert knowledge_base.publish() is None


def test_a_generation_rolled_back_to_that_is_damaged_is_built_again_from_the_catalogue(knowledge_base: KnowledgeBase) -> None:
    knowledge_base.roll_back(1)
    (knowledge_base.root / "generations/000001/documents.jsonl").write_bytes(b"kaputt")
    assert knowledge_base.publish() == 3


def test_what_was_withdrawn_since_does_not_come_back_by_rolling_back(knowledge_base: KnowledgeBase) -> None:
    knowledge_base.withdraw("d-a", "Falsch")
    knowledge_base.publish()
    with pytest.raises(InvalidQuery, match=r"Suchindex 2.*zurückgezogen wurde: „A“ \(d-a\)\. .*wiederherstellen"):
        knowledge_base.roll_back(2)
    assert read_current(knowledge_base.root) == 3
    knowledge_base.restore("d-a")
    knowledge_base.roll_back(2)
    assert text_of(Reader(knowledge_base.root)) == "Stand 2"


def test_a_withdrawal_takes_effect_although_an_earlier_state_answers(knowledge_base: KnowledgeBase) -> None:
    knowledge_base.roll_back(1)
    knowledge_base.withdraw("d-a")
    assert knowledge_base.publish() == 3
    assert Reader(knowledge_base.root).current()[0].documents == []


def test_a_process_killed_before_the_rename_has_not_rolled_back(
    knowledge_base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store, "make_current", die)
        with pytest.raises(KeyboardInterrupt):
            knowledge_base.roll_back(1)
    assert (read_current(knowledge_base.root), knowledge_base.rolled_back_to) == (2, None)
    put(knowledge_base, "a", ["Stand 3"])
    assert knowledge_base.publish() == 3
