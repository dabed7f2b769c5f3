"""Suggestions while somebody types: titles, headings and terms of the corpus that begin like it. Pure.

Never what other people asked: nothing is learnt from questions.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray

from search_service.german import load_stopwords, split_hyphens, stem, tokenize
from search_service.written_forms import WrittenForm

MIN_PREFIX = 2  # letters
MIN_MISTYPED = 4  # letters of a last word that may hold a slip; shorter ones begin like half of the corpus otherwise
MIN_TERM = 4  # letters of a term that is suggested
LONGEST_PREFIX = 100  # characters; nothing in the corpus is called longer, and people have stopped looking at suggestions
MOST_TERMS = 3  # of a full list, so that titles and headings are seen as well
_CONSIDERED = 64  # of the entries of one kind that match, ranked in full
_END = "\uffff"  # sorts behind every letter
_NUMBERING = re.compile(r"^(?:\(?(?:\d+|[IVX]+|[A-Za-z])[.)]|\d+(?:\.\d+)*\.?)\s+")


class CompletionKind(StrEnum):
    """Where a suggestion comes from."""

    TITLE = "title"
    HEADING = "heading"
    TERM = "term"


# What one occurrence is worth: a title leads to a work, a heading to a passage, a term to a search. A term that occurs seven
# times ranks with a title, since weights are logarithms of how often an entry occurs.
_WORTH = {CompletionKind.TITLE: 3.0, CompletionKind.HEADING: 1.5, CompletionKind.TERM: 1.0}


@dataclass(frozen=True, slots=True)
class Completion:
    """One suggestion."""

    text: str  # as the corpus writes it
    kind: CompletionKind
    count: int  # documents with this title or heading; occurrences of a term
    document: str | None = None  # id of the document, where it is the only one


@dataclass(frozen=True, slots=True)
class _Entry:
    completion: Completion
    key: str  # its normalized words, with single blanks
    weight: float


class _Beginnings:
    """Finds entries by how a word in them, and what follows, begins."""

    def __init__(self, entries: Sequence[_Entry]) -> None:
        places = sorted(
            (entry.key[start:], number) for number, entry in enumerate(entries) for start in _word_starts(entry.key)
        )
        self._keys = [key for key, _ in places]
        self._numbers = np.array([number for _, number in places], dtype=np.int64)

    def find(self, prefix: str) -> NDArray[np.int64]:
        """Return the numbers of the entries that hold `prefix` at the beginning of a word; one may come twice."""
        return self._numbers[slice(*_span(self._keys, prefix))]

    def has(self, prefix: str) -> bool:
        """Tell whether an entry holds `prefix` at the beginning of a word."""
        return _has(self._keys, prefix)


class Completer:
    """Completes what somebody types. Nothing in it changes; threads may share it."""

    def __init__(
        self,
        titles: Iterable[tuple[str, str]],
        headings: Iterable[tuple[str, str]],
        spellings: Mapping[str, WrittenForm],
    ) -> None:
        """Take titles and headings with the id of their document, and the words of the corpus as they are written."""
        named = _collect(titles, CompletionKind.TITLE)
        taken = {entry.key for entry in named}
        self._named = [*named, *(entry for entry in _collect(headings, CompletionKind.HEADING) if entry.key not in taken)]
        self._beginnings = _Beginnings(self._named)
        self._weights = np.array([entry.weight for entry in self._named])
        self._spellings = spellings
        self._terms = sorted(
            word for word in spellings if len(word) >= MIN_TERM and word.isalpha() and word not in load_stopwords()
        )
        self._term_counts = np.array([spellings[word].count for word in self._terms], dtype=np.float64)

    def complete(self, prefix: str, limit: int = 5) -> list[Completion]:
        """Return at most `limit` suggestions for what has been typed, best first; [] below MIN_PREFIX letters.

        Every word typed begins a word of the suggestion, spelled in any of the ways `german.normalize` makes one. Without such
        a title or heading the last of several words is completed alone; without that it may hold one slip behind its first
        letter. What begins with all that was typed goes before what
        holds it further in, the more frequent before the less, the shorter before the longer.
        """
        typed = _key_of(prefix[:LONGEST_PREFIX])
        if len(typed) < MIN_PREFIX:
            return []
        found = self._choose(self._match(typed), (typed,), limit) or self._continue(prefix, typed, limit)
        if found:
            return found
        mended = tuple(self._mend(typed))
        return self._choose((entry for each in mended for entry in self._match(each)), mended, limit)

    def _match(self, typed: str) -> Iterator[_Entry]:
        words = typed.split()
        numbers = self._beginnings.find(typed)
        if not len(numbers) and len(words) > 1:  # the words apart or in another order: "Gesundheit Schicht"
            numbers = reduce(np.intersect1d, (self._beginnings.find(word) for word in words))
        yield from (self._named[number] for number in _heaviest(np.unique(numbers), self._weights))
        if len(words) == 1:
            yield from self._match_terms(typed)

    def _match_terms(self, typed: str, before: str = "") -> Iterator[_Entry]:
        numbers = np.arange(*_span(self._terms, typed))
        for number in _heaviest(numbers, self._term_counts):
            word = self._terms[number]
            form = self._spellings[word]
            completion = Completion(before + form.text, CompletionKind.TERM, form.count)
            yield _Entry(completion, word, _weigh(CompletionKind.TERM, form.count))

    def _continue(self, prefix: str, typed: str, limit: int) -> list[Completion]:
        """Return what is typed with its last word completed by a term, if each word before occurs in the corpus."""
        *earlier, last = typed.split()
        known = all(word in self._spellings or word in load_stopwords() for word in earlier)
        if not earlier or not known or len(last) < MIN_PREFIX:
            return []
        before = prefix[: [token.start for token in tokenize(prefix)][-1]]
        return self._choose(self._match_terms(last, before), (last,), limit)

    def _choose(self, entries: Iterable[_Entry], typed: tuple[str, ...], limit: int) -> list[Completion]:
        """Return the best entries, each text once: no other form of a term, no name that a chosen one contains."""
        ranked = sorted(entries, key=lambda entry: (not entry.key.startswith(typed), -entry.weight, len(entry.key), entry.key))
        chosen: list[Completion] = []
        stems: set[str] = set()
        names: list[str] = []
        terms = 0
        left_over: list[Completion] = []
        for entry in ranked:
            if len(chosen) == limit:
                break
            if entry.completion.kind is CompletionKind.TERM:
                if stem(entry.key) in stems:
                    continue
                stems.add(stem(entry.key))
                if terms == MOST_TERMS:
                    left_over.append(entry.completion)
                    continue
                terms += 1
            else:
                if any(f" {entry.key} " in f" {name} " for name in names) or stem(entry.key) in stems:
                    continue
                names.append(entry.key)
                stems.add(stem(entry.key))
            chosen.append(entry.completion)
        return [*chosen, *left_over][:limit]

    def _mend(self, typed: str) -> Iterator[str]:
        """Yield what may have been meant with a slip in the last word, where the corpus has something that begins so."""
        earlier, _, last = typed.rpartition(" ")
        if len(last) < MIN_MISTYPED or not last.isalpha():
            return
        for word in sorted(_one_slip_away(last)):
            if self._beginnings.has(word) or (not earlier and _has(self._terms, word)):
                yield f"{earlier} {word}".strip()


def strip_numbering(heading: str) -> str:
    """Return a heading without the number before it: "3.2 Geräte" -> "Geräte"."""
    return _NUMBERING.sub("", heading).strip()


def _collect(names: Iterable[tuple[str, str]], kind: CompletionKind) -> list[_Entry]:
    """Return one entry for each different name, its first spelling kept; numbers in front of headings are left out."""
    texts: dict[str, str] = {}
    documents: dict[str, dict[str, None]] = {}
    for written, document in names:
        text = strip_numbering(written) if kind is CompletionKind.HEADING else written.strip()
        key = _key_of(text)
        if sum(letter.isalpha() for letter in key) >= MIN_TERM:
            texts.setdefault(key, text)
            documents.setdefault(key, {})[document] = None
    entries = []
    for key, text in texts.items():
        held_by = list(documents[key])
        only = held_by[0] if len(held_by) == 1 else None
        entries.append(_Entry(Completion(text, kind, len(held_by), only), key, _weigh(kind, len(held_by))))
    return entries


def _weigh(kind: CompletionKind, count: int) -> float:
    return _WORTH[kind] * math.log1p(count)


def _key_of(text: str) -> str:
    """Return the normalized words of a text, those between hyphens apart, with single blanks."""
    return " ".join(piece for token in tokenize(text) for piece in split_hyphens(token.word))


def _word_starts(key: str) -> list[int]:
    """Return where words begin that are worth being found by: all but stop words, and the first of all."""
    starts = [0, *(place + 1 for place, letter in enumerate(key) if letter == " ")]
    return [start for start in starts if start == 0 or key[start:].split(" ", 1)[0] not in load_stopwords()]


def _heaviest(numbers: NDArray[np.int64], weights: NDArray[np.float64]) -> list[int]:
    if len(numbers) > _CONSIDERED:
        # Stable, so that the same prefix is answered alike however the entries lie in memory.
        numbers = numbers[np.argsort(-weights[numbers], kind="stable")[:_CONSIDERED]]
    return [int(number) for number in numbers]


def _span(keys: Sequence[str], prefix: str) -> tuple[int, int]:
    """Return the half-open range of the sorted `keys` that begin with `prefix`."""
    first = bisect_left(keys, prefix)
    return first, bisect_left(keys, prefix + _END, first)


def _has(keys: Sequence[str], prefix: str) -> bool:
    first = bisect_left(keys, prefix)
    return first < len(keys) and keys[first].startswith(prefix)


def _one_slip_away(word: str) -> set[str]:
    """Return the words a letter dropped, added, replaced or swapped away from `word`, its first letter kept.

    A letter too many or swapped may come with a forgotten umlaut: "gefarhd" for "gefährd".
    """
    cuts = [(word[:place], word[place:]) for place in range(1, len(word) + 1)]
    moved = {a + b[1:] for a, b in cuts if b} | {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    dotted = {each[:place] + "e" + each[place:] for each in moved for place in range(1, len(each)) if each[place - 1] in "aou"}
    replaced = {a + letter + b[1:] for a, b in cuts if b for letter in ascii_lowercase}
    added = {a + letter + b for a, b in cuts for letter in ascii_lowercase}
    return (moved | dotted | replaced | added) - {word}
