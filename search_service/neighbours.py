"""More like this: passages of other documents that are about the same as a passage or a whole document."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from search_service.candidates import find_candidates, make_question
from search_service.editions import find_editions
from search_service.embedder import Embedding, Vectors
from search_service.fusion import Rows, rank
from search_service.german import tokenize
from search_service.hits import Neighbour
from search_service.knowledge_base.generation import Generation
from search_service.knowledge_base.terms import QueryTerm
from search_service.queries import Mode
from search_service.ranking import Ranking
from search_service.restrictions import read_fields
from search_service.scope import Scope, narrow
from search_service.synonyms import join_stem

# Words a passage is looked for by, those that tell most: with all of them the common ones decide.
MOST_WORDS = 25
# Passages of a document that its words are taken from, spread evenly: all 920 of a book of 276 pages took 2.7 s.
MOST_READ = 60


def find_neighbours(generation: Generation, rows: Rows, scope: Scope, ranking: Ranking, limit: int) -> list[Neighbour]:
    """Return the best passages of other documents within `scope`, one for each document, the nearest first.

    `rows` are the passages of one document that others are to be like. Other editions of its work are left out.
    """
    if not len(rows):
        return []
    own = generation.documents[int(generation.document_of[rows[0]])]
    editions = find_editions(generation, own)
    left_out = {own.id, *(older.id for older in editions.older)} | ({editions.newer.id} if editions.newer else set())
    positions = [generation.position_of[document_id] for document_id in left_out]
    others = np.flatnonzero(~np.isin(generation.document_of, positions))  # its own passages would fill the pool
    question = make_question(generation, Mode.HYBRID, _choose_terms(generation, rows), _point(generation, rows), ranking)
    candidates = find_candidates(question, narrow(scope, others))
    years = np.zeros(len(candidates.rows), dtype=np.int64)
    neighbours: dict[str, Neighbour] = {}
    for place in rank(candidates.scores, years, candidates.rows).tolist():
        row = int(candidates.rows[place])
        document = generation.documents[int(generation.document_of[row])]
        if document.id not in neighbours:
            score = min(1.0, max(0.0, float(candidates.scores[place])))
            neighbours[document.id] = Neighbour(document, generation.passage(row), score)
        if len(neighbours) == limit:
            break
    return list(neighbours.values())


def _choose_terms(generation: Generation, rows: Rows) -> list[QueryTerm]:
    """Return the most telling words of `rows`: frequent there, rare elsewhere."""
    lexical = generation.lexical
    fields = [read_fields(generation, int(row)) for row in rows[:: -(-len(rows) // MOST_READ)]]
    text = " ".join([fields[0].title, *(" ".join((each.headings, each.body)) for each in fields)])
    terms = lexical.analyze(text)
    frequency = Counter(join_stem(token.word) for token in tokenize(text))
    terms.sort(key=lambda term: (-math.sqrt(max(frequency[term.stem], 1)) * lexical.idf(term.stem), term.stem))
    return terms[:MOST_WORDS]


def _point(generation: Generation, rows: Rows) -> Embedding | None:
    """Return the mean direction of the passages; None without vectors."""
    if generation.dense is None:
        return None
    total = generation.dense.vectors(rows).sum(axis=0)
    length = float(np.linalg.norm(total))
    no_words: Vectors = np.zeros((0, len(total)), dtype=np.float32)
    return Embedding(total / np.float32(length), no_words) if length > 0 else None
