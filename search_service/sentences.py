"""Sentences of a passage, and which of them is nearest in meaning to a question. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left

from search_service.content_words import find_content_words
from search_service.embedder import Vectors

# A sentence ends after a word of three letters or more ("z. B.", "Nr.", "1." do not end one) and before a capital,
# a digit or an opening quote; a line break always ends one.
_BORDER = re.compile(r"(?<=[^\W\d_]{3}[.!?…])[“”»«)]*\s+(?=[„»\"(]?[A-ZÄÖÜ§])|\s*\n\s*")
MIN_WORDS = 3  # content words below which a stretch is a label or a heading and answers nothing


def find_sentence_starts(text: str) -> list[int]:
    """Return where the sentences of `text` begin, ascending; the first is 0."""
    return [0, *(border.end() for border in _BORDER.finditer(text))]


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
    offsets = [offset for offset, _ in ordered]
    starts = [context + start for start in find_sentence_starts(text[context:])]
    best: tuple[float, int, int] | None = None
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        rows = sorted({number for _, number in ordered[bisect_left(offsets, start) : bisect_left(offsets, end)]})
        if len(rows) < MIN_WORDS:
            continue
        score = float(similarities[rows].max(axis=0).mean())
        if best is None or score > best[0]:
            best = (score, start, end)
    if best is None:
        return None
    _, start, end = best
    return start - context, start - context + len(text[start:end].rstrip())
