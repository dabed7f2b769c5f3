"""Query to hits: reads the current generation, asks both channels, fuses them and builds the answer."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search_service.documents import Document, Metadata, Passage
from search_service.embedder import Embedder, Vectors
from search_service.errors import NotFound
from search_service.fusion import Rows, Scores, fuse, normalize_scores, rank
from search_service.german import make_word_matcher
from search_service.hits import Explanation, FacetValue, Hit, Result, Total
from search_service.knowledge_base.generation import Generation
from search_service.knowledge_base.lexical import QueryTerm
from search_service.knowledge_base.store import Reader
from search_service.queries import Filters, Grouping, Mode, Query
from search_service.snippets import make_highlights, make_snippet
from search_service.taxonomy import label_value, load_taxonomy

# Passages each channel may put forward. All counts of one query are over this pool, whatever the page.
POOL = 300

_VALUES_OF: dict[str, Callable[[Metadata], Sequence[str | None]]] = {
    "collection": lambda metadata: (metadata.collection,),
    "type": lambda metadata: (metadata.type,),
    "sector": lambda metadata: metadata.sectors,
    "topic": lambda metadata: metadata.topics,
    "audience": lambda metadata: metadata.audience,
    "publisher": lambda metadata: (metadata.publisher,),
    "language": lambda metadata: (metadata.language,),
}


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
class Editions:
    """The other editions of a work, as seen from one of its documents."""

    newer: Document | None = None  # the one that answers in its place
    older: tuple[Document, ...] = ()  # those it answers for, newest first


@dataclass(frozen=True, slots=True)
class _Question:
    """One query against one generation: all that its filters do not change, worked out once."""

    generation: Generation
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


class Searcher:
    """Answers queries from the current generation. Safe to use from several threads."""

    def __init__(self, reader: Reader, embedder: Embedder | None = None, without_embedder: str | None = None) -> None:
        """Take the embedder for search by meaning, or a German sentence that says why there is none."""
        self._reader = reader
        self._embedder = embedder
        self._without_embedder = without_embedder

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
        question = _Question(generation, query.mode, terms, generation.lexical.score(terms), vector)
        allowed = _find_allowed(generation, query.filters)
        candidates = _find_candidates(question, allowed)
        filter_notice = None
        if allowed is not None and not len(allowed):
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
            older_editions=_count_older_editions(question, query.filters, passages_found),
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
        return document, passages, _find_editions(generation, document)

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


def _find_allowed(generation: Generation, filters: Filters) -> NDArray[np.int64] | None:
    """Return the rows whose documents pass `filters`, ascending; None if everything passes."""
    if not filters and (filters.older_editions or not any(document.newer_edition for document in generation.documents)):
        return None
    passing = np.array([_passes(document, filters) for document in generation.documents], dtype=bool)
    return np.flatnonzero(passing[generation.document_of])


def _passes(document: Document, filters: Filters) -> bool:
    metadata = document.metadata
    if filters.documents:
        if document.id not in filters.documents:
            return False
    elif document.newer_edition and not filters.older_editions:
        return False
    if filters.year_from is not None and (metadata.year is None or metadata.year < filters.year_from):
        return False
    if filters.year_to is not None and (metadata.year is None or metadata.year > filters.year_to):
        return False
    return all(not chosen or set(chosen) & set(_VALUES_OF[name](metadata)) for name, chosen in filters.values.items())


def _find_candidates(question: _Question, allowed: NDArray[np.int64] | None) -> _Candidates:
    """Return what both channels put forward, with one score that is fused where both take part; at most 1."""
    vector, dense = question.vector, question.generation.dense
    lexical = np.zeros(0, dtype=np.float32)
    lexical_rows = semantic_rows = np.zeros(0, dtype=np.int64)
    if question.mode is not Mode.SEMANTIC or vector is None:
        lexical_rows = _best_rows(question.by_words, allowed)
        lexical = question.by_words[lexical_rows]
    semantic_best = np.zeros(0, dtype=np.float32)
    if vector is not None and dense is not None:
        semantic_rows, semantic_best = dense.search(vector, POOL, allowed)
    rows = np.union1d(lexical_rows, semantic_rows)
    by_words = question.by_words[rows]
    by_meaning = dense.score(vector, rows) if vector is not None and dense is not None else None
    if by_meaning is None:
        scores = by_words / max(float(lexical[0]), 1e-9) if len(lexical) else by_words
    elif question.mode is Mode.SEMANTIC:
        scores = by_meaning
    else:
        meaning = normalize_scores(semantic_best, by_meaning)
        meaning[by_meaning == 0] = 0  # no vector yet: neither near nor far
        scores = fuse(normalize_scores(lexical, by_words), meaning)
    return _Candidates(rows, scores, by_words, by_meaning, max(len(lexical_rows), len(semantic_rows)) >= POOL)


def _best_rows(scores: Scores, allowed: NDArray[np.int64] | None) -> Rows:
    """Return at most POOL rows with a score above 0, best first, among `allowed` if given."""
    rows = np.flatnonzero(scores > 0) if allowed is None else allowed[scores[allowed] > 0]
    return rows[np.lexsort((rows, -scores[rows]))[:POOL]]


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
    passage = generation.passage(row)
    highlights = make_highlights(passage.text, matches)
    words = dict.fromkeys(passage.text[mark.start : mark.end] for mark in highlights)
    return Hit(
        rank=number,
        score=min(1.0, max(0.0, float(candidates.scores[place]))),
        document=generation.documents[position],
        passage=passage,
        snippet=make_snippet(passage.text, highlights),
        highlights=highlights,
        explanation=Explanation(
            lexical=float(candidates.lexical[place]) if mode is not Mode.SEMANTIC or candidates.semantic is None else None,
            semantic=float(candidates.semantic[place]) if candidates.semantic is not None else None,
            words=tuple(words),
        ),
        more_in_document=found[position] - 1,
    )


def _count_facets(question: _Question, filters: Filters, found: Collection[int]) -> dict[str, tuple[FacetValue, ...]]:
    """Return each facet counted over the documents at positions `found`.

    A facet with a filter of its own is counted without that filter, so that the values not chosen can still be chosen.
    """
    documents = question.generation.documents
    facets = {}
    for name, read_values in _VALUES_OF.items():
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


def _count_older_editions(question: _Question, filters: Filters, found: Collection[int]) -> int:
    """Return how many documents with a newer edition are in the pool, or would be if they were asked for."""
    documents = question.generation.documents
    if filters.documents or not any(document.newer_edition for document in documents):
        return 0
    positions = found if filters.older_editions else _find_positions(question, replace(filters, older_editions=True))
    return sum(1 for position in positions if documents[position].newer_edition)


def _find_editions(generation: Generation, document: Document) -> Editions:
    newer = generation.position_of.get(document.newer_edition or "")
    older = [other for other in generation.documents if other.newer_edition == document.id]
    older.sort(key=lambda other: (-(other.metadata.year or 0), other.id))
    return Editions(None if newer is None else generation.documents[newer], tuple(older))


def _find_positions(question: _Question, filters: Filters) -> set[int]:
    allowed = _find_allowed(question.generation, filters)
    return set(question.generation.document_of[_find_candidates(question, allowed).rows].tolist())


def _order_facet(name: str, values: Iterable[str]) -> tuple[FacetValue, ...]:
    ordered = sorted(Counter(values).items(), key=lambda item: (-item[1], item[0]))
    return tuple(FacetValue(value, label_value(name, value), count) for value, count in ordered)


def _find_position(generation: Generation, document_id: str) -> int:
    position = generation.position_of.get(document_id)
    if position is None:
        raise NotFound(f"Ein Dokument mit der Kennung „{document_id}“ gibt es nicht (mehr). Bitte neu suchen.")
    return position
