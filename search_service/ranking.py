"""The settings of a ranking: what takes part in it. The defaults are what ships; the evaluation switches parts off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from search_service.knowledge_base.terms import QueryTerm


@dataclass(frozen=True, slots=True)
class Ranking:
    """Which parts of the ranking take part; each can be switched off alone."""

    rescoring: bool = True  # late interaction with the words of the best candidates
    feedback: bool = True  # the first passages draw those like them after them
    compounds: bool = True  # parts of compounds stand in for the whole word
    synonyms: bool = True  # the editors' synonyms are searched, too
    exact_words: bool = True  # a word as written counts more than one that merely shares its stem
    documents: bool = True  # a passage counts by the words of its whole document, too
    corrections: bool = True  # what is surely misspelt is searched as it was meant


SHIPPED = Ranking()


def reduce_terms(terms: Iterable[QueryTerm], ranking: Ranking) -> list[QueryTerm]:
    """Return the terms without what is switched off."""
    return [_reduce(term, ranking) for term in terms]


def _reduce(term: QueryTerm, ranking: Ranking) -> QueryTerm:
    if not ranking.compounds:
        term = replace(term, parts=(), pieces=())
    if not ranking.synonyms:
        term = replace(term, alternatives=())
    if not ranking.exact_words:
        term = replace(term, form="")
    return replace(term, pieces=tuple(_reduce(piece, ranking) for piece in term.pieces)) if term.pieces else term
