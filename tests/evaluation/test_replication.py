"""A knowledge base made of copies of itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evaluation.replication import replicate, write_replica
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.queries import Grouping, Query
from search_service.searcher import Searcher
from tests.search_service.hand_made import put
from tests.stand_in_embedder import HashedWordsEmbedder

EMBEDDER = HashedWordsEmbedder()


def publish(root: Path, *, with_vectors: bool = True) -> Reader:
    with KnowledgeBase(root) as knowledge_base:
        put(knowledge_base, "eins", ["Der Schichtplan hängt aus.", "Pausen sind geregelt."])
        put(knowledge_base, "zwei", ["Cobots heben schwere Teile."])
        if with_vectors:
            knowledge_base.embed_missing(EMBEDDER)
        knowledge_base.publish()
    return Reader(root)


def test_three_passages_become_six_with_ids_and_vectors_of_their_own(tmp_path: Path) -> None:
    generation, _ = publish(tmp_path / "kb").current()
    replica = replicate(generation, 5)
    assert (len(replica.documents), len(replica.passages), replica.vectors.shape) == (4, 6, (6, 256))
    assert len({passage.id for passage in replica.passages}) == 6
    assert [passage.text for passage in replica.passages[:3]] == [passage.text for passage in replica.passages[3:]]
    assert replica.word_signs[:3] == replica.word_signs[3:]
    cosines = np.sum(replica.vectors[:3] * replica.vectors[3:], axis=1)
    assert ((cosines > 0.999) & (cosines < 1)).all()


def test_a_replica_answers_as_the_original_does(tmp_path: Path) -> None:
    reader = publish(tmp_path / "kb")
    generation, _ = reader.current()
    size = write_replica(replicate(generation, 30), EMBEDDER.fingerprint, tmp_path / "large")
    assert size == sum(file.stat().st_size for file in (tmp_path / "large" / "generations" / "000001").iterdir())
    query = Query("Wann sind Pausen?", group_by=Grouping.NONE)
    best = Searcher(Reader(tmp_path / "large"), EMBEDDER).search(query).hits[0]
    assert best.passage.text == Searcher(reader, EMBEDDER).search(query).hits[0].passage.text == "Pausen sind geregelt."
    assert best.also_in  # its copies are shown once


def test_a_knowledge_base_without_vectors_is_refused(tmp_path: Path) -> None:
    generation, _ = publish(tmp_path / "kb", with_vectors=False).current()
    with pytest.raises(ValueError, match="vectors"):
        replicate(generation, 10)
