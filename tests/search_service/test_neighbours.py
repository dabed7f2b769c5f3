"""More like this: passages and documents about the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from search_service.candidates import POOL
from search_service.errors import NotFound
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.searcher import Searcher
from tests.search_service.hand_made import put
from tests.stand_in_embedder import HashedWordsEmbedder


def make(root: Path, fill: Callable[[KnowledgeBase], None], *, with_vectors: bool = True) -> Searcher:
    with KnowledgeBase(root) as knowledge_base:
        fill(knowledge_base)
        if with_vectors:
            knowledge_base.embed_missing(HashedWordsEmbedder(2048))
        knowledge_base.publish()
    return Searcher(Reader(root), HashedWordsEmbedder(2048))


def fill(knowledge_base: KnowledgeBase) -> None:
    work = {"title": "Pausen regeln"}
    put(knowledge_base, "alt", ["Pausen im Schichtbetrieb sind zu planen"], year=2020, **work)
    put(knowledge_base, "mittel", ["Pausen im Schichtbetrieb sind gut zu planen"], year=2022, **work)
    put(knowledge_base, "neu", ["Pausen im Schichtbetrieb sind besser zu planen", "Urlaub folgt später"], year=2024, **work)
    put(knowledge_base, "nah", ["Etwas über Lohn", "Pausen im Schichtbetrieb dauern dreißig Minuten"])
    put(knowledge_base, "fern", ["Im Lager liegen Pausen und Handschuhe"])
    put(knowledge_base, "fremd", ["Förderung gibt es bis zur Hälfte der Kosten"])
    put(knowledge_base, "leer", [])
    knowledge_base.set_newer_editions({"d-alt": "d-neu", "d-mittel": "d-neu"})


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    return make(tmp_path_factory.mktemp("kb"), fill)


def similar(searcher: Searcher, name: str, limit: int = 5) -> list[str]:
    return [each.document.id.removeprefix("d-") for each in searcher.similar_documents(f"d-{name}", limit)]


def test_the_nearest_document_comes_first_with_its_nearest_passage(searcher: Searcher) -> None:
    neighbours = searcher.similar_documents("d-neu")
    assert [each.document.id for each in neighbours][:2] == ["d-nah", "d-fern"]
    assert neighbours[0].passage.text == "Pausen im Schichtbetrieb dauern dreißig Minuten"
    scores = [each.score for each in neighbours]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


@pytest.mark.parametrize("name", ["alt", "mittel", "neu"])
def test_a_document_and_the_other_editions_of_its_work_are_no_neighbours(searcher: Searcher, name: str) -> None:
    assert not {"alt", "mittel", "neu"} & set(similar(searcher, name))


def test_of_a_work_only_the_newest_edition_is_a_neighbour(searcher: Searcher) -> None:
    found = similar(searcher, "nah")
    assert found[0] == "neu"
    assert not {"alt", "mittel", "nah"} & set(found)


def test_each_document_is_a_neighbour_once_and_not_more_are_shown_than_asked_for(searcher: Searcher) -> None:
    assert len(similar(searcher, "neu")) == len(set(similar(searcher, "neu"))) == 3
    assert similar(searcher, "neu", 1) == ["nah"]


def test_a_passage_has_neighbours_in_other_documents(searcher: Searcher) -> None:
    passages = searcher.library.document_with_passages("d-nah")[1]
    neighbours = searcher.similar_passages(passages[1].id)
    assert neighbours[0].passage.text == "Pausen im Schichtbetrieb sind besser zu planen"
    assert "d-nah" not in {each.document.id for each in neighbours}


def test_a_document_without_text_has_no_neighbours(searcher: Searcher) -> None:
    assert searcher.similar_documents("d-leer") == []


def test_an_id_that_is_unknown_is_told_so(searcher: Searcher) -> None:
    with pytest.raises(NotFound, match="Dokument mit der Kennung „d-fehlt“"):
        searcher.similar_documents("d-fehlt")
    with pytest.raises(NotFound, match="Textstelle mit der Kennung „p-fehlt“"):
        searcher.similar_passages("p-fehlt")


def test_without_vectors_words_tell(tmp_path: Path) -> None:
    searcher = make(tmp_path, fill, with_vectors=False)
    assert similar(searcher, "neu")[0] == "nah"
    assert "fremd" not in similar(searcher, "neu")


def test_a_document_with_more_passages_than_the_pool_has_neighbours_too(tmp_path: Path) -> None:
    def fill_long(knowledge_base: KnowledgeBase) -> None:
        put(knowledge_base, "lang", [f"Pausen im Schichtbetrieb Nummer {number}" for number in range(POOL + 10)])
        put(knowledge_base, "kurz", ["Schichtbetrieb und Urlaub"])

    assert similar(make(tmp_path, fill_long), "lang") == ["kurz"]
