"""The lexical index: postings with BM25F scores worked out when it is built, and compound parts as a group of their own.

The score of a passage for a term is BM25F (Robertson, Zaragoza & Taylor, CIKM 2004): the frequencies of the term in the
fields are normalized by field length, weighted and added before they are saturated.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from search_service.errors import KnowledgeBaseDamaged
from search_service.german import Splitter, complete, find_shortened, load_stopwords, split_hyphens, stem, tokenize

Number = TypeVar("Number", bound=np.generic)

K1 = 1.2  # saturation of term frequency; the customary value (Robertson & Zaragoza, FnTIR 2009)
B = 0.75  # strength of length normalization; customary as well
FIELD_WEIGHTS = {"title": 2.0, "headings": 1.5, "body": 1.0}
PART_WEIGHT = 0.5  # a stem inside a compound counts half of the word standing alone
GROUP_WEIGHT = 0.9  # all parts of a query's compound found apart in a passage, against the compound itself


@dataclass(frozen=True, slots=True)
class PassageFields:
    """The text of one passage by field, as it is to be indexed."""

    title: str
    headings: str
    body: str


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """One word of a question: the stem to look up and, for a compound, the stems that must all occur instead."""

    stem: str
    parts: tuple[str, ...] = ()


class LexicalIndex:
    """Answers which passages hold which words. Row i is the i-th passage it was built from."""

    def __init__(
        self,
        terms: Sequence[str],
        starts: NDArray[np.int64],
        rows: NDArray[np.int32],
        scores: NDArray[np.float32],
        vocabulary: Mapping[str, int],
        row_count: int,
    ) -> None:
        """Take postings in term order: those of term t are `rows[starts[t]:starts[t + 1]]`, ascending, with their `scores`."""
        self._numbers = {term: number for number, term in enumerate(terms)}
        self._starts, self._rows, self._scores = starts, rows, scores
        self.vocabulary = vocabulary
        self.row_count = row_count
        self.splitter = Splitter(vocabulary)

    def analyze(self, question: str) -> list[QueryTerm]:
        """Return the terms of a question, one per different word, without stop words; [] if there is nothing else.

        An enumeration's unfinished word is completed ("Vor- und Nachteile") unless its parts are looked up anyway: they would
        count twice.
        """
        meant = [word for word in _words_meant(question, self.splitter) if not self.splitter.split(word)]
        words = [*_words_of(question), *meant]
        return [QueryTerm(stem(word), self.splitter.split(word)) for word in dict.fromkeys(words)]

    def score(self, terms: Iterable[QueryTerm]) -> NDArray[np.float32]:
        """Return float32, shape (row_count,): the summed scores of the terms, 0 where no term occurs.

        A compound counts where it stands itself or where its parts stand, whichever is more; parts that are missing
        lower the group by their share, so that "Schichtplanung" does not find every plan.
        """
        total = np.zeros(self.row_count, dtype=np.float32)
        for term in terms:
            rows, scores = self._postings(term.stem)
            if not term.parts:
                total[rows] += scores
                continue
            group = self._score_group(term.parts)
            group[rows] = np.maximum(group[rows], scores)
            total += group
        return total

    def _score_group(self, parts: Sequence[str]) -> NDArray[np.float32]:
        scores = np.zeros(self.row_count, dtype=np.float32)
        found = np.zeros(self.row_count, dtype=np.float32)
        for part in parts:
            part_rows, part_scores = self._postings(part)
            scores[part_rows] += part_scores
            found[part_rows] += 1
        return scores * found * np.float32(GROUP_WEIGHT / len(parts))

    def _postings(self, key: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        number = self._numbers.get(key)
        if number is None:
            return self._rows[:0], self._scores[:0]
        span = slice(self._starts[number], self._starts[number + 1])
        return self._rows[span], self._scores[span]

    def to_bytes(self) -> dict[str, bytes]:
        """Return the index as named files' contents."""
        contents = {
            "lexical-starts.npy": _array_to_bytes(self._starts),
            "lexical-rows.npy": _array_to_bytes(self._rows),
            "lexical-scores.npy": _array_to_bytes(self._scores),
        }
        contents["lexical-terms.txt"] = "\n".join(self._numbers).encode()
        contents["vocabulary.tsv"] = "\n".join(f"{word}\t{count}" for word, count in self.vocabulary.items()).encode()
        return contents

    @classmethod
    def from_bytes(cls, contents: Mapping[str, bytes], row_count: int) -> LexicalIndex:
        """Return the index written by `to_bytes`; raise KnowledgeBaseDamaged if its files do not fit each other."""
        terms = contents["lexical-terms.txt"].decode().split("\n")
        starts = _array_from_bytes(contents["lexical-starts.npy"], np.int64)
        rows = _array_from_bytes(contents["lexical-rows.npy"], np.int32)
        scores = _array_from_bytes(contents["lexical-scores.npy"], np.float32)
        lines = (line.split("\t") for line in contents["vocabulary.tsv"].decode().split("\n") if line)
        if len(starts) != len(terms) + 1 or len(rows) != len(scores) or len(rows) != starts[-1]:
            raise KnowledgeBaseDamaged("Die Dateien des Wortindex passen nicht zueinander.")
        return cls(terms, starts, rows, scores, {word: int(count) for word, count in lines}, row_count)


def build_lexical_index(passages: Sequence[PassageFields]) -> LexicalIndex:
    """Return the index over `passages`; row i belongs to `passages[i]`."""
    words = [{name: _words_of(getattr(fields, name)) for name in FIELD_WEIGHTS} for fields in passages]
    vocabulary = Counter(word for by_field in words for word in by_field["body"] + by_field["title"])
    splitter = Splitter(vocabulary)
    lengths = {name: np.array([len(by_field[name]) for by_field in words], dtype=np.float64) for name in FIELD_WEIGHTS}
    averages = {name: max(float(length.mean()), 1.0) if len(length) else 1.0 for name, length in lengths.items()}
    postings: dict[str, list[tuple[int, float]]] = {}
    for row, (fields, by_field) in enumerate(zip(passages, words, strict=True)):
        for key, frequency in _weigh_terms(fields, by_field, averages, splitter).items():
            postings.setdefault(key, []).append((row, frequency))
    terms = sorted(postings) or [""]
    starts = np.zeros(len(terms) + 1, dtype=np.int64)
    np.cumsum([len(postings.get(term, ())) for term in terms], out=starts[1:])
    flat = [entry for term in terms for entry in postings.get(term, ())]
    rows = np.array([row for row, _ in flat], dtype=np.int32)
    frequencies = np.array([frequency for _, frequency in flat], dtype=np.float64)
    holding = np.diff(starts)
    idf = np.log1p((len(passages) - holding + 0.5) / (holding + 0.5))
    scores = (np.repeat(idf, holding) * frequencies * (K1 + 1) / (frequencies + K1)).astype(np.float32)
    return LexicalIndex(terms, starts, rows, scores, dict(sorted(vocabulary.items())), len(passages))


def _weigh_terms(
    fields: PassageFields, by_field: Mapping[str, list[str]], averages: Mapping[str, float], splitter: Splitter
) -> dict[str, float]:
    """Return the weighted, length-normalized frequency of each stem in one passage, compound parts included.

    A word that an enumeration spells in part counts as a word, without its parts: those stand in the text already.
    """
    weights: dict[str, float] = {}
    for name, words in by_field.items():
        unit = FIELD_WEIGHTS[name] / (1 - B + B * len(words) / averages[name])
        for word, count in Counter(words).items():
            key = stem(word)
            weights[key] = weights.get(key, 0.0) + unit * count
            for part in splitter.split(word):
                if part != key:
                    weights[part] = weights.get(part, 0.0) + PART_WEIGHT * unit * count
        for word in _words_meant(getattr(fields, name), splitter):
            key = stem(word)
            weights[key] = weights.get(key, 0.0) + unit
    return weights


def _words_of(text: str) -> list[str]:
    """Return the normalized words of a text; a hyphenated word stands as its parts and, joined, as a whole.

    Stop words are left out here and not only in questions, because stems collide: "Sicherheit" and "sich" share one.
    """
    stopwords = load_stopwords()
    words = []
    for token in tokenize(text):
        pieces = split_hyphens(token.word)
        if len(pieces) > 1:
            pieces.append("".join(pieces))
        words += [piece for piece in pieces if piece not in stopwords]
    return words


def _words_meant(text: str, splitter: Splitter) -> list[str]:
    """Return the normalized words that the enumerations of a text leave unfinished, completed."""
    return [word for shortened in find_shortened(text) if (word := complete(shortened, splitter))]


def _array_to_bytes(array: NDArray[Number]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _array_from_bytes(content: bytes, kind: type[Number]) -> NDArray[Number]:
    try:
        array = np.load(io.BytesIO(content), allow_pickle=False)
    except ValueError as error:
        raise KnowledgeBaseDamaged("Eine Datei des Wortindex ist nicht lesbar.") from error
    if array.dtype != kind:
        raise KnowledgeBaseDamaged("Eine Datei des Wortindex hat einen anderen Inhalt als erwartet.")
    return np.asarray(array, dtype=kind)
