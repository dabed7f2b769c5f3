"""Guidance of a generation: worked out once, from its own words and headings."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from search_service.documents import Metadata
from search_service.guidance import Guidance, Guides
from search_service.knowledge_base.generation import Generation
from search_service.knowledge_base.store import KnowledgeBase, Reader
from tests.search_service.hand_made import hand_made
from tests.stand_in_embedder import HashedWordsEmbedder

EMBEDDER = HashedWordsEmbedder(2048)


def publish(root: Path, drafts: Sequence[tuple[str, str, Sequence[str]]], *, with_vectors: bool = True) -> Generation:
    """Publish one document for each title, heading and texts, and return the generation."""
    with KnowledgeBase(root) as knowledge_base:
        for number, (title, heading, texts) in enumerate(drafts):
            document, passages = hand_made(f"{number}", list(texts))
            under = [replace(passage, heading_path=(heading, "Unterpunkt") if heading else ()) for passage in passages]
            knowledge_base.put(replace(document, metadata=Metadata(title=title)), under, None)
        if with_vectors:
            knowledge_base.embed_missing(EMBEDDER)
        knowledge_base.publish()
    return Reader(root).current()[0]


DRAFTS = [
    ("Leitfaden Pausen", "Ruhezeiten", ["Pausen dauern dreißig Minuten", "Ruhezeiten sind einzuhalten"]),
    ("Fördermittel", "Zuschüsse", ["Das Land zahlt Zuschüsse für Beratung"]),
    ("Leeres Blatt", "", []),
]


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    return publish(tmp_path_factory.mktemp("kb"), DRAFTS)


def test_near_topics_are_titles_and_main_headings_in_the_direction_of_their_passages(generation: Generation) -> None:
    vector = EMBEDDER.embed_query("Wer zahlt Beratung").vector
    topics = Guidance(generation).find_near_topics("Wer zahlt Beratung", vector)
    assert set(topics[:2]) == {"Fördermittel", "Zuschüsse"}
    assert set(topics) == {
        "Leitfaden Pausen",
        "Ruhezeiten",
        "Fördermittel",
        "Zuschüsse",
    }  # a title without passages has no place


def test_without_a_vector_near_topics_share_words_with_the_question(generation: Generation) -> None:
    assert Guidance(generation).find_near_topics("Pausenregelung und Pausen", None) == ["Leitfaden Pausen"]
    assert Guidance(generation).find_near_topics("Zitronenfalter", None) == []


def test_a_generation_without_vectors_goes_by_words(tmp_path: Path) -> None:
    guidance = Guidance(publish(tmp_path, DRAFTS, with_vectors=False))
    assert guidance.find_near_topics("Zuschüsse", EMBEDDER.embed_query("Zuschüsse").vector) == ["Zuschüsse"]


def test_completions_know_titles_headings_and_words(generation: Generation) -> None:
    guidance = Guidance(generation)
    assert [each.text for each in guidance.complete("Leit", 5)] == ["Leitfaden Pausen", "Leitfaden"]
    assert "Ruhezeiten" in [each.text for each in guidance.complete("ruhe", 5)]
    assert len(guidance.complete("z", 0)) == 0


def test_the_speller_knows_the_words_of_the_texts(generation: Generation) -> None:
    speller = Guidance(generation).speller
    assert speller.is_known("ruhezeiten")
    assert not speller.is_known("zitronenfalter")


def test_an_empty_generation_has_nothing_to_tell(tmp_path: Path) -> None:
    guidance = Guidance(publish(tmp_path, []))
    guidance.prepare()
    assert guidance.find_near_topics("Pausen", EMBEDDER.embed_query("Pausen").vector) == []
    assert guidance.complete("Pau", 5) == []
    assert guidance.speller.correct("Pausn") is None


def test_each_generation_has_one_guidance_however_many_ask(generation: Generation, tmp_path: Path) -> None:
    guides, other = Guides(), publish(tmp_path, DRAFTS[:1])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: guides.find(generation), range(20)))
    assert len({id(guidance) for guidance in found}) == 1
    assert guides.find(other) is not found[0]
    assert guides.find(other).complete("Förder", 5) == []


def test_a_generation_is_let_go_when_another_is_asked_of(generation: Generation, tmp_path: Path) -> None:
    guides, old = Guides(), publish(tmp_path, DRAFTS[:1])
    guides.find(old).prepare()
    watched = weakref.ref(old)
    del old
    guides.find(generation)
    assert watched() is None
