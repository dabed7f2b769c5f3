"""What is asked under load: questions nobody asked before, and one that everybody asks. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import count
from urllib.parse import urlencode


class Kind(StrEnum):
    """How much of an answer the service may know already."""

    NEW = "new"  # every question differs: all of it is worked out
    REPEATED = "repeated"  # always the same question
    UNCHANGED = "unchanged"  # the same question, with the ETag of its answer: 304


LABELS = {Kind.NEW: "neue Fragen", Kind.REPEATED: "dieselbe Frage", Kind.UNCHANGED: "dieselbe mit ETag"}


def vary(texts: Sequence[str]) -> Iterator[str]:
    """Yield questions without end that differ until every text was put together with every word of the texts.

    Each is a text with a word of another: as long as the texts are, and made of words that the documents know. `texts` must
    not be empty.
    """
    words = list(dict.fromkeys(word for text in texts for word in text.split()))
    for turn in count():
        for position, text in enumerate(texts):
            yield f"{text} {words[(position + turn * 7919) % len(words)]}"  # a prime: neighbours get words of different texts


def write_targets(kind: Kind, texts: Sequence[str]) -> Iterator[str]:
    """Yield addresses of searches without end."""
    if kind is Kind.NEW:
        yield from map(write_target, vary(texts))
    while True:
        yield write_target(texts[0])


def write_target(text: str) -> str:
    """Return the address of a search, without scheme and host."""
    return f"/api/v1/search?{urlencode({'q': text})}"
