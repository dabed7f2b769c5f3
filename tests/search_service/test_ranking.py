"""The switches of the ranking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.knowledge_base.lexical import QueryTerm
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.knowledge_base.terms import Alternative
from search_service.queries import Mode, Query
from search_service.ranking import SHIPPED, Ranking, reduce_terms
from search_service.searcher import Searcher
from search_service.synonyms import parse_synonyms
from tests.search_service.twelve_documents import fill
from tests.stand_in_embedder import HashedWordsEmbedder

SYNONYM = Alternative(("hom", "offic"), 0.5, "Telearbeit", "Home Office")
PIECE = QueryTerm("telearbeit", ("tele", "arbeit"), "telearbeit", alternatives=(SYNONYM,), written="Telearbeit")
TERM = QueryTerm("ittelearbeit", ("it", "tele", "arbeit"), "ittelearbeit", (PIECE,), (SYNONYM,), written="IT-Telearbeit")


def test_nothing_is_switched_off_in_what_ships() -> None:
    assert all(getattr(SHIPPED, field.name) is True for field in fields(Ranking))
    assert reduce_terms([TERM, PIECE], SHIPPED) == [TERM, PIECE]


def test_each_switch_takes_its_own_from_terms_and_from_their_pieces() -> None:
    assert reduce_terms([TERM], Ranking(compounds=False)) == [replace(TERM, parts=(), pieces=())]
    assert reduce_terms([TERM], Ranking(synonyms=False)) == [
        replace(TERM, alternatives=(), pieces=(replace(PIECE, alternatives=()),))
    ]
    assert reduce_terms([TERM], Ranking(exact_words=False)) == [replace(TERM, form="", pieces=(replace(PIECE, form=""),))]


@given(st.builds(Ranking, *[st.booleans() for _ in fields(Ranking)]))
def test_reducing_twice_is_reducing_once(ranking: Ranking) -> None:
    once = reduce_terms([TERM, PIECE], ranking)
    assert reduce_terms(once, ranking) == once
    assert [term.stem for term in once] == [TERM.stem, PIECE.stem]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("kb")
    with KnowledgeBase(root) as knowledge_base:
        fill(knowledge_base)
        knowledge_base.embed_missing(HashedWordsEmbedder(2048))
        knowledge_base.publish()
    return root


def ask(root: Path, question: str, ranking: Ranking, mode: Mode = Mode.LEXICAL) -> Sequence[tuple[str, float, float | None]]:
    thesaurus = parse_synonyms("Roboter, Cobot", "test")
    searcher = Searcher(Reader(root), HashedWordsEmbedder(2048), thesaurus=thesaurus, ranking=ranking)
    hits = searcher.search(Query(question, mode, page_size=100)).hits
    return [(hit.document.id.removeprefix("d-"), hit.explanation.lexical or 0.0, hit.explanation.rescoring) for hit in hits]


@pytest.mark.parametrize(
    ("ranking", "question", "lost"),
    [
        (Ranking(compounds=False), "Fachkräftemangel", {"azubi"}),
        (Ranking(synonyms=False), "Roboter", {"cobot"}),
        (Ranking(corrections=False), "Belegschafft", {"cobot"}),
    ],
)
def test_what_is_switched_off_finds_nothing(root: Path, ranking: Ranking, question: str, lost: set[str]) -> None:
    whole, reduced = ({name for name, _, _ in ask(root, question, each)} for each in (SHIPPED, ranking))
    assert whole - reduced == lost


def test_without_exact_words_another_form_counts_as_much(root: Path) -> None:
    by_form = [
        {name: score for name, score, _ in ask(root, word, Ranking(exact_words=False, documents=False))}
        for word in ("Schicht", "Schichten")
    ]
    assert by_form[0] == by_form[1]
    exact = [{name: score for name, score, _ in ask(root, word, Ranking(documents=False))} for word in ("Schicht", "Schichten")]
    assert exact[0]["dienst"] < exact[1]["dienst"]


def test_without_documents_a_passage_counts_by_its_own_words(root: Path) -> None:
    whole, own = (ask(root, "Einigungsstelle", each)[0] for each in (SHIPPED, Ranking(documents=False)))
    assert whole[0] == own[0] == "recht"
    assert whole[1] > own[1]


def test_without_rescoring_no_hit_has_a_value_of_it(root: Path) -> None:
    assert all(rescoring is not None for _, _, rescoring in ask(root, "Cobot Teile", SHIPPED, Mode.HYBRID))
    assert all(rescoring is None for _, _, rescoring in ask(root, "Cobot Teile", Ranking(rescoring=False), Mode.HYBRID))
