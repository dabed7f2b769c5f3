"""The candidates of a question: what each channel puts forward, with one score where both take part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from search_service.embedder import Embedding, Vectors
from search_service.fusion import Rows, Scores, fuse, normalize_scores
from search_service.knowledge_base.dense import DenseIndex
from search_service.knowledge_base.generation import Generation
from search_service.knowledge_base.terms import QueryTerm
from search_service.queries import Mode
from search_service.ranking import Ranking
from search_service.rescoring import FEEDBACK, RESCORED, add_late, move_query, spread_late
from search_service.scope import Scope

# Passages each channel may put forward. All counts of one query are over this pool, whatever the page.
POOL = 300


@dataclass(frozen=True, slots=True)
class Question:
    """One query against one generation: all that its filters do not change, worked out once."""

    generation: Generation
    mode: Mode
    ranking: Ranking
    terms: Sequence[QueryTerm]
    by_words: Scores  # of every row: by its own words and by those of its document
    holding: Rows  # the rows that the words put forward, ascending
    embedding: Embedding | None  # None: answered by words alone


@dataclass(frozen=True, slots=True)
class Candidates:
    """The pool of one query: parallel arrays, in no particular order."""

    rows: Rows
    scores: Scores  # at most 1
    lexical: Scores
    share: Scores  # `lexical` on the scale by which it is fused, where both channels took part
    semantic: Scores | None
    full: bool  # whether a channel had more to put forward
    older: int  # documents replaced by a newer edition that are in the pool, or would be if they were asked for


@dataclass(frozen=True, slots=True)
class _Ranked:
    """What one channel puts forward, best first."""

    rows: Rows
    scores: Scores
    older: Rows  # of older editions that a newer one replaces: among `rows`, or left out


def make_question(
    generation: Generation, mode: Mode, terms: Sequence[QueryTerm], embedding: Embedding | None, ranking: Ranking
) -> Question:
    """Return the question of `terms` and `embedding` with the words looked up in every passage and every document.

    A passage counts by its own words and those of its document, the same weight each: a document that speaks of nothing else
    is a better answer than one passing remark (docs/decisions/0011).
    """
    own = by_words = generation.lexical.score(terms)
    if ranking.documents:
        by_words = own + generation.document_lexical.score(terms)[generation.document_of]
    # Who searches by words alone wants to see them in the passage; beside the meaning, those of its document may do.
    holding = np.flatnonzero((own if mode is Mode.LEXICAL or embedding is None else by_words) > 0)
    return Question(generation, mode, ranking, terms, by_words, holding, embedding)


def find_candidates(question: Question, scope: Scope) -> Candidates:
    """Return what both channels put forward, with one score that is fused where both take part; at most 1."""
    embedding, dense = question.embedding, question.generation.dense
    lexical = semantic = _Ranked(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int64))
    if question.mode is not Mode.SEMANTIC or embedding is None:
        lexical = _rank_by_words(question, scope)
    if embedding is not None and dense is not None:
        semantic = _rank_by_meaning(dense, embedding, scope)
    rows = np.union1d(lexical.rows, semantic.rows)
    by_words = question.by_words[rows]
    share = normalize_scores(lexical.scores, by_words)
    by_meaning = dense.score(embedding.vector, rows) if embedding is not None and dense is not None else None
    if by_meaning is None:
        scores = by_words / max(float(lexical.scores[0]), 1e-9) if len(lexical.rows) else by_words
    elif question.mode is Mode.SEMANTIC:
        scores = by_meaning
    else:
        scores = fuse(share, _normalize_meaning(semantic.scores, by_meaning))
    older = np.unique(question.generation.document_of[np.union1d(lexical.older, semantic.older)])
    full = max(len(lexical.rows), len(semantic.rows)) >= POOL
    return Candidates(rows, scores, by_words, share, by_meaning, full, len(older))


def rescore_candidates(question: Question, candidates: Candidates) -> Candidates:
    """Return the candidates of a hybrid search rescored; as they are where there are no vectors."""
    embedding, dense = question.embedding, question.generation.dense
    if question.mode is not Mode.HYBRID or embedding is None or dense is None or not len(candidates.rows):
        return candidates
    late = _look_at_words(question, candidates)
    scores = add_late(candidates.scores, late)
    if question.ranking.feedback:
        best = candidates.rows[np.lexsort((candidates.rows, -scores))[:FEEDBACK]]
        by_meaning = dense.score(move_query(embedding.vector, dense.vectors(best)), candidates.rows)
        meaning = _normalize_meaning(np.sort(by_meaning)[::-1], by_meaning)
        scores = add_late(fuse(candidates.share, meaning), late)
    return replace(candidates, scores=scores)


def meet_words(question: Question, rows: Rows) -> Vectors | None:
    """Return for each word of the question (row) and each of `rows` (column) the best cosine; None without word vectors."""
    words, embedding = question.generation.words, question.embedding
    if (
        question.mode is not Mode.HYBRID
        or not question.ranking.rescoring
        or words is None
        or embedding is None
        or not len(embedding.words)
    ):
        return None
    return words.meet(embedding.words, rows)


def _look_at_words(question: Question, candidates: Candidates) -> Scores:
    """Return late interaction for the best candidates, 0..1, and 0 for the others."""
    late = np.zeros_like(candidates.scores)
    first = np.lexsort((candidates.rows, -candidates.scores))[:RESCORED]
    met = meet_words(question, candidates.rows[first])
    if met is not None:
        late[first] = spread_late(met.mean(axis=0))
    return late


def _normalize_meaning(best: Scores, by_meaning: Scores) -> Scores:
    meaning = normalize_scores(best, by_meaning)
    meaning[by_meaning == 0] = 0  # no vector yet: neither near nor far
    return meaning


def _rank_by_words(question: Question, scope: Scope) -> _Ranked:
    """Return the rows of `scope` that the words put forward."""
    rows = question.holding if scope.rows is None else np.intersect1d(question.holding, scope.rows, assume_unique=True)
    scores = question.by_words[rows]
    if scope.replaced is None and len(rows) > POOL:  # most rows of a large corpus: sort those that can be among the first
        kept = scores >= np.partition(scores, len(scores) - POOL)[len(scores) - POOL]
        rows, scores = rows[kept], scores[kept]
    order = np.lexsort((rows, -scores))
    return _leave_out_replaced(rows[order], scores[order], scope)


def _rank_by_meaning(dense: DenseIndex, embedding: Embedding, scope: Scope) -> _Ranked:
    """Return the rows of `scope` that are nearest; older editions are searched, too, but do not take others' places."""
    if scope.replaced is None or scope.with_replaced:
        return _leave_out_replaced(*dense.search(embedding.vector, POOL, scope.rows), scope)
    wanted = POOL + min(POOL, int(np.count_nonzero(scope.replaced)))
    found = _leave_out_replaced(*dense.search(embedding.vector, wanted, scope.rows), scope)
    total = dense.row_count if scope.rows is None else len(scope.rows)
    if len(found.rows) == POOL or wanted >= total:
        return found
    # Rare: more than a pool of older passages stand before the last that answers.
    kept = ~scope.replaced if scope.rows is None else np.isin(np.arange(dense.row_count), scope.rows) & ~scope.replaced
    return _Ranked(*dense.search(embedding.vector, POOL, np.flatnonzero(kept)), found.older)


def _leave_out_replaced(rows: Rows, scores: Scores, scope: Scope) -> _Ranked:
    """Return the POOL best of `rows`, best first, without older editions unless they are asked for."""
    if scope.replaced is None:
        return _Ranked(rows[:POOL], scores[:POOL], rows[:0])
    best = rows[:POOL]
    older = best[scope.replaced[best]]
    if scope.with_replaced:
        return _Ranked(best, scores[:POOL], older)
    kept = ~scope.replaced[rows]
    return _Ranked(rows[kept][:POOL], scores[kept][:POOL], older)
