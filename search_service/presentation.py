"""From ranked passages to hits: highlights, the sentence that answers, snippets and explanations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from search_service.candidates import Candidates, Question
from search_service.documents import Document, Passage, compose_embedding_text
from search_service.editions import name_newer
from search_service.embedder import Vectors
from search_service.german import make_word_matcher
from search_service.hits import Explanation, Highlight, HighlightKind, Hit
from search_service.knowledge_base.generation import Generation
from search_service.knowledge_base.terms import parts_to_mark, stems_to_mark
from search_service.queries import Mode
from search_service.relevance import Evidence, estimate_relevance
from search_service.sentences import find_nearest_sentence
from search_service.snippets import make_highlights, make_snippet
from search_service.variety import Choice
from search_service.wording import Wording


def present_hits(
    question: Question,
    wording: Wording,
    candidates: Candidates,
    shown: Sequence[Choice],
    start: int,
    evidence: Sequence[Evidence],
    met: Vectors | None,
    found: Mapping[int, int],
) -> list[Hit]:
    """Return the hits for `shown`, the first of which has rank `start` + 1.

    `evidence` and the columns of `met` belong to `shown`; `found` counts passages in the pool by the position of their
    document.
    """
    generation = question.generation
    terms = question.terms
    matches = make_word_matcher(stems_to_mark(terms), generation.lexical.splitter, parts_to_mark(terms))
    place_of = {row: place for place, row in enumerate(candidates.rows.tolist())}
    similarities = _compare_words(question, shown)
    hits = []
    for number, choice in enumerate(shown):
        position, place = int(generation.document_of[choice.row]), place_of[choice.row]
        passage, document = generation.passage(choice.row), generation.documents[position]
        best = max(float(candidates.scores[place_of[row]]) for row in (choice.row, *choice.twins))  # it stands in their place
        newer = generation.position_of.get(document.newer_edition or "")
        words = make_highlights(passage.text, matches)
        sentence = _find_sentence(document, passage, similarities[number])
        hits.append(
            Hit(
                rank=start + number + 1,
                score=min(1.0, max(0.0, best)),
                document=document,
                passage=passage,
                snippet=make_snippet(passage.text, (*words, *sentence)),
                highlights=(*words, *sentence),
                explanation=_explain(question, candidates, place, passage, words, evidence[number], met, number),
                more_in_document=found[position] - 1,
                edition=None if newer is None else name_newer(generation.documents[newer], document),
                relevance=estimate_relevance(evidence[number]),
                also_in=_list_others(generation, choice, position),
            )
        )
    return hits


def _compare_words(question: Question, shown: Sequence[Choice]) -> Sequence[Vectors | None]:
    """Return for each of `shown` the cosines of its words with those of the question; None where there are none."""
    words, embedding = question.generation.words, question.embedding
    if words is None or embedding is None or not len(embedding.words):
        return [None] * len(shown)
    return words.compare(embedding.words, np.array([choice.row for choice in shown], dtype=np.int64))


def _find_sentence(document: Document, passage: Passage, similarities: Vectors | None) -> tuple[Highlight, ...]:
    """Return the sentence of the passage that is nearest in meaning to the question, if word vectors can tell."""
    if similarities is None:
        return ()
    text = compose_embedding_text(document.metadata.title, passage)
    found = find_nearest_sentence(text, len(text) - len(passage.text), similarities)
    return () if found is None else (Highlight(*found, HighlightKind.SEMANTIC),)


def _explain(
    question: Question,
    candidates: Candidates,
    place: int,
    passage: Passage,
    marks: Sequence[Highlight],
    evidence: Evidence,
    met: Vectors | None,
    column: int,
) -> Explanation:
    """Return the values behind a hit; `met` is told of in its `column`."""
    by_meaning = candidates.semantic is not None
    words = dict.fromkeys(passage.text[mark.start : mark.end] for mark in marks)
    return Explanation(
        lexical=float(candidates.lexical[place]) if question.mode is not Mode.SEMANTIC or not by_meaning else None,
        semantic=float(candidates.semantic[place]) if candidates.semantic is not None else None,
        rescoring=float(met[:, column].mean()) if met is not None and question.mode is Mode.HYBRID else None,
        words=tuple(words),
        evidence=evidence,
    )


def _list_others(generation: Generation, choice: Choice, position: int) -> tuple[Document, ...]:
    """Return the documents, other than that at `position`, which have a passage nearly identical to the one shown."""
    others = dict.fromkeys(int(generation.document_of[row]) for row in choice.twins)
    return tuple(generation.documents[other] for other in others if other != position)
