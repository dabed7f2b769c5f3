"""The search without vectors, or with vectors for some passages only: words answer, and a notice says why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from search_service.hits import Result
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.queries import Mode, Query
from search_service.searcher import Searcher
from tests.search_service.hand_made import put
from tests.search_service.twelve_documents import fill
from tests.stand_in_embedder import HashedWordsEmbedder

OFF = "Die Suche nach Bedeutung ist aus, gesucht wird nur nach Wörtern."


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("kb")
    with KnowledgeBase(root) as knowledge_base:
        fill(knowledge_base)
        knowledge_base.embed_missing(HashedWordsEmbedder(2048))
        knowledge_base.publish()
    return root


@pytest.fixture(scope="module")
def searcher(root: Path) -> Searcher:
    return Searcher(Reader(root), HashedWordsEmbedder(2048))


def names(result: Result) -> list[str]:
    return [hit.document.id.removeprefix("d-") for hit in result.hits]


@pytest.fixture(scope="module")
def root_without_vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ohne")
    with KnowledgeBase(root) as knowledge_base:
        fill(knowledge_base)
        knowledge_base.publish()
    return root


@pytest.fixture(params=["no model", "not yet", "other model", "no vectors"])
def without_meaning(request: pytest.FixtureRequest, root: Path, root_without_vectors: Path) -> tuple[Searcher, str]:
    """A searcher that cannot search by meaning, and the reason it gives."""
    makers: dict[str, Callable[[], tuple[Searcher, str]]] = {
        "no model": lambda: (Searcher(Reader(root)), "Es ist kein Sprachmodell eingerichtet."),
        "not yet": lambda: (Searcher(Reader(root), None, "Das Sprachmodell wird gerade geladen."), "wird gerade geladen."),
        "other model": lambda: (
            Searcher(Reader(root), HashedWordsEmbedder(2048, "anderes@2")),
            "mit dem Modell hashed-words@1 aufgebaut, eingestellt ist anderes@2. Bitte das alte Modell einstellen oder",
        ),
        "no vectors": lambda: (
            Searcher(Reader(root_without_vectors), HashedWordsEmbedder(2048)),
            "enthält noch keine Vektoren.",
        ),
    }
    return makers[request.param]()


@pytest.mark.parametrize("mode", [Mode.HYBRID, Mode.SEMANTIC])
def test_without_meaning_words_answer_and_a_notice_says_why(without_meaning: tuple[Searcher, str], mode: Mode) -> None:
    searcher, reason = without_meaning
    result = searcher.search(Query("Mangel an Fachkräften", mode))
    assert names(result) == ["azubi", "fachkraft"]
    (notice,) = result.notices
    assert notice.startswith(OFF)
    assert reason in notice
    assert result.hits[0].explanation.lexical is not None
    assert result.hits[0].explanation.semantic is None


def test_who_asks_for_words_only_gets_no_notice(without_meaning: tuple[Searcher, str]) -> None:
    assert without_meaning[0].search(Query("Mangel", Mode.LEXICAL)).notices == ()


def test_the_status_says_whether_meaning_works(searcher: Searcher, without_meaning: tuple[Searcher, str]) -> None:
    status = searcher.status()
    assert (status.generation, status.documents, status.passages, status.model) == (1, 12, 15, "hashed-words@1")
    assert (status.semantic, status.notices) == (True, ())
    off = without_meaning[0].status()
    assert not off.semantic
    assert without_meaning[1] in off.notices[0]


def test_a_model_loaded_later_is_used_from_then_on(root: Path) -> None:
    searcher = Searcher(Reader(root), None, "Das Sprachmodell wird gerade geladen.")
    assert searcher.search(Query("Mangel")).notices != ()
    searcher.attach_embedder(HashedWordsEmbedder(2048))
    assert searcher.search(Query("Mangel")).notices == ()


def test_a_document_taken_in_without_the_model_is_found_by_its_words_and_the_rest_by_meaning(tmp_path: Path) -> None:
    embedder = HashedWordsEmbedder()
    with KnowledgeBase(tmp_path) as knowledge_base:
        put(knowledge_base, "alt", ["Pausen und Ruhezeiten im Betrieb", "Urlaub in der Probezeit"])
        knowledge_base.embed_missing(embedder)
        put(knowledge_base, "neu", ["Exoskelette am Band entlasten den Rücken"])
        knowledge_base.publish()
    searcher = Searcher(Reader(tmp_path), embedder)
    assert searcher.status().semantic
    assert searcher.search(Query("Exoskelette")).hits[0].document.id == "d-neu"
    assert searcher.search(Query("Pausen Betrieb", Mode.SEMANTIC)).hits[0].document.id == "d-alt"
