"""From passages to postings: which term stands in which passage, and with how much weight. What `lexical.py` searches.

Worked out block by block with arrays, because a loop over every word of every passage takes minutes at 100,000 passages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search_service.german import (
    Splitter,
    complete,
    find_shortened,
    find_written_words,
    load_stopwords,
    normalize,
    split_hyphens,
    stem,
)
from search_service.references import find_references

# Measured anew on four sets, docs/decisions/0010: no other value is better than these beyond 0.002 nDCG in the mean.
K1 = 1.2  # saturation of term frequency; the customary value (Robertson & Zaragoza, FnTIR 2009)
B = 0.75  # strength of length normalization; customary as well
FIELD_WEIGHTS = {"title": 2.0, "headings": 1.5, "body": 1.0}
PART_WEIGHT = 0.5  # a stem inside a compound, against the word standing alone
FORM_BITS = 8  # of a posting's mask: seven forms of a stem, and one for all further forms
_OTHER_FORM = 1 << (FORM_BITS - 1)
_BLOCK = 8_192  # passages at once: about 100 MB of working memory

Weights = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PassageFields:
    """The text of one passage by field, as it is to be indexed."""

    title: str
    headings: str
    body: str


@dataclass(frozen=True, slots=True)
class Postings:
    """Which terms stand in which passages: those of term t are at `starts[t]:starts[t + 1]`, by ascending row."""

    terms: Sequence[str]  # ascending; at least one, "" where there are none
    starts: NDArray[np.int64]  # shape (len(terms) + 1,)
    rows: NDArray[np.int32]
    scores: NDArray[np.float32]  # BM25F, parallel to `rows`
    forms: NDArray[np.uint8]  # which forms of the stem stand there, see `assign_forms`; 0: only as part of a compound


def words_in(token: str) -> list[str]:
    """Return the normalized words that one token, as it is written, is indexed under; a hyphenated one also as a whole.

    Stop words are left out here and not only in questions, because stems collide: "Sicherheit" and "sich" share one.
    """
    stopwords = load_stopwords()
    pieces = split_hyphens(" ".join(normalize(token).split()))
    if len(pieces) > 1:
        pieces.append("".join(pieces))
    return [piece for piece in pieces if piece not in stopwords]


def words_meant(text: str, splitter: Splitter) -> list[str]:
    """Return the normalized words that the enumerations of a text leave unfinished, completed."""
    return [word for shortened in find_shortened(text) if (word := complete(shortened, splitter))]


def assign_forms(vocabulary: Mapping[str, int]) -> dict[str, int]:
    """Return the bit of each word of `vocabulary` in the masks of its stem: the more frequent forms have one of their own."""
    by_stem: dict[str, list[str]] = {}
    for word in vocabulary:
        by_stem.setdefault(stem(word), []).append(word)
    return {
        form: min(1 << place, _OTHER_FORM)
        for forms in by_stem.values()
        for place, form in enumerate(sorted(forms, key=lambda form: (-vocabulary[form], form)))
    }


def make_postings(passages: Sequence[PassageFields]) -> tuple[Postings, dict[str, int]]:
    """Return the postings of `passages`, row i being `passages[i]`, and their words with how often each occurs.

    The words are those of titles and bodies, without stop words, ascending.
    """
    words: dict[str, int] = {}  # word -> its number
    known: dict[str, list[int]] = {}  # written token -> numbers of its words: texts meet the same tokens again and again
    fields = [_read_field(name, [getattr(each, name) for each in passages], words, known) for name in FIELD_WEIGHTS]
    vocabulary = _count_words(words, [fields[0], fields[2]])  # headings are repeated in every passage of a section
    splitter = Splitter(vocabulary)
    forms = assign_forms(vocabulary)
    terms: dict[str, int] = {}
    table = _tabulate(words, splitter, forms, terms)
    blocks = []
    for first in range(0, len(passages), _BLOCK):
        block = slice(first, min(first + _BLOCK, len(passages)))
        entries = [_weigh_words(field, block, table) for field in fields]
        entries.append(_weigh_whole_terms(passages, fields, block, splitter, forms, terms))
        blocks.append(_merge(entries))
    return _order(_join(blocks), list(terms), len(passages)), vocabulary


@dataclass(frozen=True, slots=True)
class _Field:
    """The words of one field of all passages by number, one passage after the other."""

    words: NDArray[np.int64]
    starts: NDArray[np.int64]  # shape (passages + 1,)
    units: Weights  # shape (passages,): what one word of the passage weighs, by field and length


@dataclass(frozen=True, slots=True)
class _Table:
    """What each word is indexed under: word w has the entries `starts[w]:starts[w + 1]`."""

    starts: NDArray[np.int64]
    terms: NDArray[np.int64]
    shares: Weights
    forms: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Entries:
    """Terms in passages: parallel arrays."""

    terms: NDArray[np.int64]
    rows: NDArray[np.int64]
    weights: Weights
    forms: NDArray[np.uint8]


def _read_field(name: str, texts: Sequence[str], words: dict[str, int], known: dict[str, list[int]]) -> _Field:
    """Return the field `name`, giving words met for the first time the next numbers."""
    found: list[int] = []
    starts = np.zeros(len(texts) + 1, dtype=np.int64)
    for row, text in enumerate(texts):
        for token in find_written_words(text):
            numbers = known.get(token)
            if numbers is None:
                numbers = known[token] = [words.setdefault(word, len(words)) for word in words_in(token)]
            found += numbers
        starts[row + 1] = len(found)
    lengths = np.diff(starts)
    average = max(float(lengths.mean()), 1.0) if len(lengths) else 1.0
    return _Field(np.array(found, dtype=np.int64), starts, FIELD_WEIGHTS[name] / (1 - B + B * lengths / average))


def _count_words(words: Mapping[str, int], fields: Iterable[_Field]) -> dict[str, int]:
    counts = np.bincount(np.concatenate([field.words for field in fields]), minlength=len(words))
    return {word: int(counts[words[word]]) for word in sorted(words) if counts[words[word]]}


def _tabulate(words: Iterable[str], splitter: Splitter, forms: Mapping[str, int], terms: dict[str, int]) -> _Table:
    """Return what `words` are indexed under: their stems and their parts; new terms get the next numbers."""
    numbers: list[int] = []
    shares: list[float] = []
    bits: list[int] = []
    starts = [0]
    for word in words:
        key = stem(word)
        parts = [part for part in splitter.split(word) if part != key]
        numbers += [terms.setdefault(term, len(terms)) for term in (key, *parts)]
        shares += [1.0, *(PART_WEIGHT for _ in parts)]
        bits += [forms.get(word, _OTHER_FORM), *(0 for _ in parts)]
        starts.append(len(numbers))
    return _Table(np.array(starts), np.array(numbers, np.int64), np.array(shares), np.array(bits, np.uint8))


def _weigh_words(field: _Field, block: slice, table: _Table) -> _Entries:
    """Return the entries of one field of the passages in `block`, one for each time a term occurs."""
    words = field.words[field.starts[block.start] : field.starts[block.stop]]
    rows = np.repeat(np.arange(block.start, block.stop), np.diff(field.starts[block.start : block.stop + 1]))
    sizes = np.diff(table.starts)[words]
    before = np.cumsum(sizes) - sizes
    places = np.arange(int(sizes.sum())) - np.repeat(before, sizes) + np.repeat(table.starts[words], sizes)
    rows = np.repeat(rows, sizes)
    return _Entries(table.terms[places], rows, field.units[rows] * table.shares[places], table.forms[places])


def _weigh_whole_terms(
    passages: Sequence[PassageFields],
    fields: Sequence[_Field],
    block: slice,
    splitter: Splitter,
    forms: Mapping[str, int],
    terms: dict[str, int],
) -> _Entries:
    """Return the entries of what is more than a word: words that enumerations spell in part, and references to laws.

    A word spelled in part counts as a word, without its parts: those stand in the text already.
    """
    known: dict[str, list[tuple[str, int]]] = {}  # titles and headings are those of many passages
    found: list[tuple[int, int, float, int]] = []
    for name, field in zip(FIELD_WEIGHTS, fields, strict=True):
        for row in range(block.start, block.stop):
            text = getattr(passages[row], name)
            held = known.get(text)
            if held is None:
                held = [(stem(word), forms.get(word, _OTHER_FORM)) for word in words_meant(text, splitter)]
                held += [(reference.key, _OTHER_FORM) for reference in find_references(text)]
                known[text] = held
            unit = float(field.units[row])
            found += [(terms.setdefault(term, len(terms)), row, unit, bit) for term, bit in held]
    numbers, rows, weights, bits = zip(*found, strict=True) if found else ((), (), (), ())
    return _Entries(np.array(numbers, np.int64), np.array(rows, np.int64), np.array(weights, float), np.array(bits, np.uint8))


def _merge(entries: Sequence[_Entries]) -> _Entries:
    """Return one entry for each term of each passage, by term, then row: weights added, forms joined."""
    joined = _join(entries)
    order = np.lexsort((joined.rows, joined.terms))
    terms, rows = joined.terms[order], joined.rows[order]
    if not len(terms):
        return joined
    first = np.flatnonzero(np.r_[True, (np.diff(terms) != 0) | (np.diff(rows) != 0)])
    weights = np.add.reduceat(joined.weights[order], first)
    return _Entries(terms[first], rows[first], weights, np.bitwise_or.reduceat(joined.forms[order], first))


def _join(entries: Sequence[_Entries]) -> _Entries:
    nothing = _Entries(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.uint8))
    columns = ([getattr(each, name) for each in (nothing, *entries)] for name in ("terms", "rows", "weights", "forms"))
    return _Entries(*map(np.concatenate, columns))


def _order(entries: _Entries, terms: Sequence[str], passages: int) -> Postings:
    """Return the postings by ascending term, with their scores; `terms` are in the order of their numbers."""
    names = sorted(range(len(terms)), key=terms.__getitem__)
    places = np.empty(len(terms), dtype=np.int64)
    places[names] = np.arange(len(terms))
    order = np.argsort(places[entries.terms], kind="stable")
    holding = np.bincount(places[entries.terms], minlength=max(len(terms), 1))
    idf = np.log1p((passages - holding + 0.5) / (holding + 0.5))
    weights = entries.weights[order]
    return Postings(
        [terms[name] for name in names] or [""],
        np.concatenate(([0], np.cumsum(holding))).astype(np.int64),
        entries.rows[order].astype(np.int32),
        (np.repeat(idf, holding) * weights * (K1 + 1) / (weights + K1)).astype(np.float32),
        entries.forms[order],
    )
