"""Query to hits: reads the current generation, asks both channels, fuses them and builds the answer."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from search_service.documents import Document, Passage
from search_service.editions import Editions, find_editions, name_newer
from search_service.embedder import Embedder, Vectors
from search_service.errors import NotFound
from search_service.fusion import Rows, Scores, fuse, normalize_scores, rank
from search_service.german import make_word_matcher
from search_service.hits import Explanation, FacetValue, Hit, Result, Total
from search_service.knowledge_base.dense import DenseIndex
from search_service.knowledge_base.generation import Generation
from search_service.knowledge_base.lexical import QueryTerm
from search_service.knowledge_base.store import Reader
from search_service.queries import Filters, Grouping, Mode, Query
from search_service.scope import VALUES_OF, Scope, Scopes
from search_service.snippets import make_highlights, make_snippet
from search_service.taxonomy import label_value, load_taxonomy

# Passages each channel may put forward. All counts of one query are over this pool, whatever the page.
POOL = 300


@dataclass(frozen=True, slots=True)
class Status:
    """What the service can do at this moment."""

    generation: int
    updated_at: datetime  # when the generation was published, UTC
    documents: int
    passages: int
    model: str | None  # fingerprint of the vectors' model; None without vectors
    semantic: bool  # whether search by meaning works
    notices: tuple[str, ...]  # German sentences about what does not work, with the cure


@dataclass(frozen=True, slots=True)
class _Question:
    """One query against one generation: all that its filters do not change, worked out once."""

    generation: Generation
    scopes: Scopes
    mode: Mode
    terms: Sequence[QueryTerm]
    by_words: Scores  # of every row
    vector: Vectors | None  # None: answered by words alone


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The pool of one query: parallel arrays, in no particular order."""

    rows: Rows
    scores: Scores
    lexical: Scores
    semantic: Scores | None
    full: bool  # whether a channel had more to put forward
    older: int  # documents replaced by a newer edition that are in the pool, or would be if they were asked for


@dataclass(frozen=True, slots=True)
class _Ranked:
    """What one channel puts forward, best first."""

    rows: Rows
    scores: Scores
    older: Rows  # of older editions that a newer one replaces: among `rows`, or left out


class Searcher:
    """Answers queries from the current generation. Safe to use from several threads."""

    def __init__(self, reader: Reader, embedder: Embedder | None = None, without_embedder: str | None = None) -> None:
        """Take the embedder for search by meaning, or a German sentence that says why there is none."""
        self._reader = reader
        self._embedder = embedder
        self._without_embedder = without_embedder
        self._scopes = Scopes()

    def attach_embedder(self, embedder: Embedder | None, without_embedder: str | None = None) -> None:
        """Change the embedder while running, as when the model has been loaded after the start."""
        self._without_embedder = without_embedder
        self._embedder = embedder

    def search(self, query: Query) -> Result:
        """Return the answer to `query`; search by words alone, with a notice, where search by meaning is not possible."""
        started = time.perf_counter()
        generation, reader_notice = self._reader.current()
        embedder, embedder_notice = self._usable_embedder(generation) if query.mode is not Mode.LEXICAL else (None, None)
        vector = embedder.embed_query(query.text) if embedder else None
        embedded = time.perf_counter()
        terms = generation.lexical.analyze(query.text)
        question = _Question(generation, self._scopes, query.mode, terms, generation.lexical.score(terms), vector)
        scope = self._scopes.find(generation, query.filters)
        candidates = _find_candidates(question, scope)
        filter_notice = None
        if scope.rows is not None and not len(scope.rows):
            filter_notice = (
                "Zu diesen Filtern gibt es kein Dokument. Bitte die Schreibweise prüfen oder einen Filter weglassen."
            )
        years = np.array(
            [generation.documents[p].metadata.year or 0 for p in generation.document_of[candidates.rows]], dtype=np.int64
        )
        order = rank(candidates.scores, years, candidates.rows)
        ranked = candidates.rows[order]
        positions = generation.document_of[ranked]
        if query.group_by is Grouping.DOCUMENT:
            _, first = np.unique(positions, return_index=True)
            order = order[np.sort(first)]
        start = (query.page - 1) * query.page_size
        passages_found = Counter(positions.tolist())
        matches = make_word_matcher([stem for term in terms for stem in (term.stem, *term.parts)], generation.lexical.splitter)
        hits = [
            _build_hit(generation, query.mode, candidates, int(place), start + offset + 1, passages_found, matches)
            for offset, place in enumerate(order[start : start + query.page_size])
        ]
        return Result(
            hits=tuple(hits),
            total=Total(len(order), "gte" if candidates.full else "eq"),
            facets=_count_facets(question, query.filters, passages_found),
            older_editions=candidates.older,
            notices=tuple(notice for notice in (reader_notice, embedder_notice, filter_notice) if notice),
            generation=generation.manifest.number,
            updated_at=generation.published_at,
            seconds={"embedding": embedded - started, "search": time.perf_counter() - embedded},
        )

    def document(self, document_id: str) -> Document:
        """Return the document of this id; raise NotFound."""
        generation, _ = self._reader.current()
        return generation.documents[_find_position(generation, document_id)]

    def document_with_passages(self, document_id: str) -> tuple[Document, list[Passage], Editions]:
        """Return a document, all its passages in order and its other editions, of one generation; raise NotFound."""
        generation, _ = self._reader.current()
        position = _find_position(generation, document_id)
        document = generation.documents[position]
        passages = [generation.passage(int(row)) for row in generation.rows_of(position)]
        return document, passages, find_editions(generation, document)

    def original(self, document: Document) -> Path:
        """Return the file of a document; raise NotFound."""
        return self._reader.original(document)

    def collections(self) -> dict[str, int]:
        """Return the number of documents by collection, in the order of the taxonomy, without older editions."""
        generation, _ = self._reader.current()
        counts = Counter(document.metadata.collection for document in generation.documents if not document.newer_edition)
        return {value: counts[value] for value in load_taxonomy()["collection"]}

    def status(self) -> Status:
        """Return what the service can do now."""
        generation, reader_notice = self._reader.current()
        embedder, embedder_notice = self._usable_embedder(generation)
        return Status(
            generation.manifest.number,
            generation.published_at,
            generation.manifest.documents,
            generation.manifest.passages,
            generation.manifest.model,
            embedder is not None,
            tuple(notice for notice in (reader_notice, embedder_notice) if notice),
        )

    def _usable_embedder(self, generation: Generation) -> tuple[Embedder | None, str | None]:
        """Return the embedder if its vectors are those of the generation, else None with the reason."""
        embedder, built_with = self._embedder, generation.manifest.model
        if embedder is None:
            reason = self._without_embedder or "Es ist kein Sprachmodell eingerichtet."
        elif generation.manifest.passages == 0:
            return None, "Die Wissensbasis ist leer. Bitte mit „change-wissen ingest“ Dokumente aufnehmen."
        elif built_with is None:
            reason = (
                "Die Wissensbasis enthält noch keine Vektoren. "
                "Bitte „change-wissen model prepare“ und danach „change-wissen ingest“ ausführen."
            )
        elif built_with != embedder.fingerprint:
            reason = (
                f"Die Wissensbasis wurde mit dem Modell {built_with} aufgebaut, eingestellt ist {embedder.fingerprint}. "
                "Bitte das alte Modell einstellen oder mit „change-wissen ingest --reembed“ neu einbetten."
            )
        else:
            return embedder, None
        return None, f"Die Suche nach Bedeutung ist aus, gesucht wird nur nach Wörtern. {reason}"


def _find_candidates(question: _Question, scope: Scope) -> _Candidates:
    """Return what both channels put forward, with one score that is fused where both take part; at most 1."""
    vector, dense = question.vector, question.generation.dense
    lexical = semantic = _Ranked(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int64))
    if question.mode is not Mode.SEMANTIC or vector is None:
        lexical = _rank_by_words(question.by_words, scope)
    if vector is not None and dense is not None:
        semantic = _rank_by_meaning(dense, vector, scope)
    rows = np.union1d(lexical.rows, semantic.rows)
    by_words = question.by_words[rows]
    by_meaning = dense.score(vector, rows) if vector is not None and dense is not None else None
    if by_meaning is None:
        scores = by_words / max(float(lexical.scores[0]), 1e-9) if len(lexical.rows) else by_words
    elif question.mode is Mode.SEMANTIC:
        scores = by_meaning
    else:
        meaning = normalize_scores(semantic.scores, by_meaning)
        meaning[by_meaning == 0] = 0  # no vector yet: neither near nor far
        scores = fuse(normalize_scores(lexical.scores, by_words), meaning)
    older = np.unique(question.generation.document_of[np.union1d(lexical.older, semantic.older)])
    full = max(len(lexical.rows), len(semantic.rows)) >= POOL
    return _Candidates(rows, scores, by_words, by_meaning, full, len(older))


def _rank_by_words(scores: Scores, scope: Scope) -> _Ranked:
    """Return the rows of `scope` with a score above 0."""
    rows = np.flatnonzero(scores > 0) if scope.rows is None else scope.rows[scores[scope.rows] > 0]
    ordered = rows[np.lexsort((rows, -scores[rows]))]
    return _leave_out_replaced(ordered, scores[ordered], scope)


def _rank_by_meaning(dense: DenseIndex, vector: Vectors, scope: Scope) -> _Ranked:
    """Return the rows of `scope` that are nearest; older editions are searched, too, but do not take others' places."""
    if scope.replaced is None or scope.with_replaced:
        return _leave_out_replaced(*dense.search(vector, POOL, scope.rows), scope)
    wanted = POOL + min(POOL, int(np.count_nonzero(scope.replaced)))
    found = _leave_out_replaced(*dense.search(vector, wanted, scope.rows), scope)
    total = dense.row_count if scope.rows is None else len(scope.rows)
    if len(found.rows) == POOL or wanted >= total:
        return found
    # Rare: more than a pool of older passages stand before the last that answers.
    kept = ~scope.replaced if scope.rows is None else np.isin(np.arange(dense.row_count), scope.rows) & ~scope.replaced
    return _Ranked(*dense.search(vector, POOL, np.flatnonzero(kept)), found.older)


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


def _build_hit(
    generation: Generation,
    mode: Mode,
    candidates: _Candidates,
    place: int,
    number: int,
    found: Counter[int],
    matches: Callable[[str], bool],
) -> Hit:
    row = int(candidates.rows[place])
    position = int(generation.document_of[row])
    passage, document = generation.passage(row), generation.documents[position]
    newer = generation.position_of.get(document.newer_edition or "")
    highlights = make_highlights(passage.text, matches)
    words = dict.fromkeys(passage.text[mark.start : mark.end] for mark in highlights)
    return Hit(
        rank=number,
        score=min(1.0, max(0.0, float(candidates.scores[place]))),
        document=document,
        passage=passage,
        snippet=make_snippet(passage.text, highlights),
        highlights=highlights,
        explanation=Explanation(
            lexical=float(candidates.lexical[place]) if mode is not Mode.SEMANTIC or candidates.semantic is None else None,
            semantic=float(candidates.semantic[place]) if candidates.semantic is not None else None,
            words=tuple(words),
        ),
        more_in_document=found[position] - 1,
        edition=None if newer is None else name_newer(generation.documents[newer], document),
    )


def _count_facets(question: _Question, filters: Filters, found: Collection[int]) -> dict[str, tuple[FacetValue, ...]]:
    """Return each facet counted over the documents at positions `found`.

    A facet with a filter of its own is counted without that filter, so that the values not chosen can still be chosen.
    """
    documents = question.generation.documents
    facets = {}
    for name, read_values in VALUES_OF.items():
        positions = found
        if filters.values.get(name):
            others = {field: chosen for field, chosen in filters.values.items() if field != name}
            positions = _find_positions(question, replace(filters, values=others))
        metadata = (documents[position].metadata for position in positions)
        facets[name] = _order_facet(name, (value for each in metadata for value in read_values(each) if value))
    if filters.year_from is not None or filters.year_to is not None:
        found = _find_positions(question, replace(filters, year_from=None, year_to=None))
    years = (documents[position].metadata.year for position in found)
    facets["year"] = _order_facet("year", (str(year) for year in years if year is not None))
    return facets


def _find_positions(question: _Question, filters: Filters) -> set[int]:
    scope = question.scopes.find(question.generation, filters)
    return set(question.generation.document_of[_find_candidates(question, scope).rows].tolist())


def _order_facet(name: str, values: Iterable[str]) -> tuple[FacetValue, ...]:
    ordered = sorted(Counter(values).items(), key=lambda item: (-item[1], item[0]))
    return tuple(FacetValue(value, label_value(name, value), count) for value, count in ordered)


def _find_position(generation: Generation, document_id: str) -> int:
    position = generation.position_of.get(document_id)
    if position is None:
        raise NotFound(f"Ein Dokument mit der Kennung „{document_id}“ gibt es nicht (mehr). Bitte neu suchen.")
    return position
