"""Sentences of a passage, and which of them is nearest in meaning to a question. Pure."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np

from search_service.content_words import find_content_words
from search_service.embedder import Vectors

# A sentence ends after a word of three letters or more ("z. B.", "Nr.", "1." do not end one) or a bracket, and before a
# capital or an opening quote; a line break always ends one.
_END = re.compile(r"[.!?…](?:(?<=[^\W\d_]{3}.)|(?<=\).))[“”»«)]*\s+(?=[„»\"(]?[A-ZÄÖÜ§])")
_LINE_BREAK = re.compile(r"\n\s*")
MIN_WORDS = 3  # content words below which a stretch is a label or a heading and answers nothing


def find_sentence_starts(text: str) -> list[int]:
    """Return where the sentences of `text` begin, ascending; the first is 0."""
    ends = [border.end() for pattern in (_END, _LINE_BREAK) for border in pattern.finditer(text)]  # two, which is quicker
    return sorted({0, *ends})


def find_nearest_sentence(text: str, context: int, similarities: Vectors) -> tuple[int, int] | None:
    """Return the place (start, end) in `text[context:]` of the sentence whose words meet those of the question best.

    `text` is what the embedder read, its first `context` characters being title and headings; `similarities` has a row for
    each of its content words and a column for each word of the question. None if no sentence has enough words, or if the rows
    are not those of this text: its words were told apart by another version.
    """
    places = find_content_words(text)
    if len(places) != len(similarities) or not similarities.size:
        return None
    ordered = sorted((start, number) for number, spans in enumerate(places.values()) for start, _ in spans)
    numbers = np.array([number for _, number in ordered], dtype=np.int64)
    starts = [context + start for start in find_sentence_starts(text[context:])]
    borders = np.searchsorted([offset for offset, _ in ordered], [*starts, len(text)])
    told = [len(set(numbers[first:after].tolist())) for first, after in pairwise(borders)]
    answers = [place for place, words in enumerate(told) if words >= MIN_WORDS]
    if not answers:
        return None
    # From the first word of each sentence that has one to that of the next.
    filled = [place for place, words in enumerate(told) if words]
    met = np.maximum.reduceat(similarities[numbers], borders[filled], axis=0).mean(axis=1)
    score_of = dict(zip(filled, met.tolist(), strict=True))
    best = max(answers, key=lambda place: (score_of[place], -place))
    start, end = starts[best], [*starts, len(text)][best + 1]
    return start - context, start - context + len(text[start:end].rstrip())
