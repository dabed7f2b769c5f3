"""The content words of a text: those whose vectors take part in late interaction, in an order both sides can work out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from search_service.german import MAX_COMPOUND, find_words, load_stopwords, normalize, stem

Places = Mapping[str, Sequence[tuple[int, int]]]  # by stem, in the order of first occurrence: half-open character ranges


def find_content_words(text: str) -> Places:
    """Return where the words of `text` stand that are no stop words; words of one stem are one entry."""
    places: dict[str, list[tuple[int, int]]] = {}
    for start, end in find_words(text):
        find = _find_stem if end - start <= MAX_COMPOUND else _find_stem.__wrapped__  # nobody's endless word fills the memory
        key = find(text[start:end])
        if key is not None:
            places.setdefault(key, []).append((start, end))
    return places


@lru_cache(maxsize=100_000)  # texts meet the same words again and again
def _find_stem(written: str) -> str | None:
    """Return the stem of a word as written; None for a stop word."""
    word = normalize(written)
    return None if word in load_stopwords() else stem(word)
