"""Topics of the corpus near a question it has no answer to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.german import Splitter, normalize
from search_service.near_topics import TOPICS, find_near_topics

LABELS = [
    "Schichtplanung", "Mobile Arbeit", "Gesundheit und Schichtarbeit", "Künstliche Intelligenz", "Weiterbildung",
    "schichtplanung", "Mobile Arbeit regeln", "Förderung",
]  # fmt: skip
WORDS = ["Schicht", "Planung", "Arbeit", "Gesundheit", "Weiterbildung", "Förderung", "Beratung", "Plan"]
VOCABULARY = {normalize(word): 5 for word in WORDS}
SPLITTER = Splitter(VOCABULARY)


def test_without_vectors_shared_words_and_parts_of_compounds_decide() -> None:
    # "Gesundheit" stands in one label, "Planung" in two spellings of "Schichtplanung"; nothing else shares anything.
    assert find_near_topics("Planung der Gesundheit", LABELS, SPLITTER) == ["Gesundheit und Schichtarbeit", "Schichtplanung"]


def test_without_vectors_and_shared_words_there_is_no_topic() -> None:
    assert find_near_topics("Kuchen backen", LABELS, SPLITTER) == []
    assert find_near_topics("und oder", LABELS, SPLITTER) == []


def test_with_vectors_the_nearest_meaning_comes_first() -> None:
    vectors = np.eye(len(LABELS), dtype=np.float32)
    question = np.array([0.1, 0.5, 0.3, 0.9, 0.2, 0.8, 0.7, 0.0], dtype=np.float32)
    assert find_near_topics("egal", LABELS, SPLITTER, vectors, question) == [
        "Künstliche Intelligenz", "schichtplanung", "Mobile Arbeit regeln", "Gesundheit und Schichtarbeit", "Weiterbildung",
    ]  # fmt: skip


def test_a_vector_of_one_row_is_the_same_as_a_flat_one() -> None:
    vectors = np.eye(len(LABELS), dtype=np.float32)
    flat = np.linspace(0, 1, len(LABELS), dtype=np.float32)
    row = flat.reshape(1, -1)
    assert find_near_topics("x", LABELS, SPLITTER, vectors, flat) == find_near_topics("x", LABELS, SPLITTER, vectors, row)


@pytest.mark.parametrize("labels", [[], ["", " "]])
def test_without_labels_there_is_no_topic(labels: list[str]) -> None:
    vectors = np.zeros((len(labels), 3), dtype=np.float32)
    assert find_near_topics("Schicht", labels, SPLITTER, vectors, np.ones(3, dtype=np.float32)) == []
    assert find_near_topics("Schicht", labels, SPLITTER) == []


@given(st.text(max_size=40), st.lists(st.sampled_from(LABELS), max_size=20), st.integers(0, 7))
def test_topics_are_few_and_different_labels_of_the_corpus(question: str, labels: list[str], limit: int) -> None:
    topics = find_near_topics(question, labels, SPLITTER, limit=limit)
    assert len(topics) <= limit
    assert set(topics) <= set(labels)
    assert len({normalize(topic) for topic in topics}) == len(topics)
    assert find_near_topics(question, labels, SPLITTER)[:limit] == topics or limit > TOPICS
