"""The lexical index: which passages hold the words of a question, and how well. BM25F, with whole words before mere stems.

The score of a passage for a term is BM25F (Robertson, Zaragoza & Taylor, CIKM 2004), worked out when the index is built: the
frequencies of the term in the fields are normalized by field length, weighted and added before they are saturated. A
passage that has only other forms of the word loses a share of it, compounds count by their parts, and synonyms stand in.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from search_service.errors import KnowledgeBaseDamaged
from search_service.german import Splitter, load_stopwords, split_hyphens, stem, tokenize, umlauts_of
from search_service.knowledge_base.postings import PassageFields, Postings, assign_forms, make_postings
from search_service.knowledge_base.terms import Alternative, QueryTerm, analyze_question
from search_service.synonyms import NO_SYNONYMS, Thesaurus, make_key
from search_service.wording import flatten, is_phrase_in

Number = TypeVar("Number", bound=np.generic)
Rows = NDArray[np.int64]
Scores = NDArray[np.float32]
_Mask = NDArray[np.bool_]  # shape (row_count,)
_Scored = tuple[NDArray[np.int32], Scores]  # rows with their scores; a row may be repeated, then with the same score

GROUP_WEIGHT = 0.8  # all parts of a query's compound found apart in a passage, against the compound itself
OTHER_FORM_WEIGHT = 0.8  # of a passage with only another form of the word asked; the best of 1 to 0.3, docs/decisions/0010
OTHER_UMLAUT_WEIGHT = 0.5  # where even the umlauts differ: "Mängel" for "Mangel"; equal for nDCG from 0.8 to 0.5, 0010
_ANY_FORM = 0xFF


class LexicalIndex:
    """Answers which passages hold which words. Row i is the i-th passage it was built from."""

    def __init__(self, postings: Postings, vocabulary: Mapping[str, int], row_count: int) -> None:
        """Take the postings of `row_count` passages and the words of their titles and bodies with their frequencies."""
        self._numbers = {term: number for number, term in enumerate(postings.terms)}
        self._postings = postings
        self._forms = assign_forms(vocabulary)
        self._akin: dict[tuple[str, str], int] = {}  # stem and umlauts -> bits of the forms that have them
        for form, bit in self._forms.items():
            key = (stem(form), umlauts_of(form))
            self._akin[key] = self._akin.get(key, 0) | bit
        self.vocabulary = vocabulary
        self.row_count = row_count
        self.splitter = Splitter(vocabulary)

    def analyze(self, question: str, thesaurus: Thesaurus = NO_SYNONYMS) -> list[QueryTerm]:
        """Return the terms of a question, one per different word, without stop words; [] if there is nothing else."""
        return analyze_question(question, self.splitter, thesaurus, self.holding, self.idf)

    def score(self, terms: Iterable[QueryTerm]) -> Scores:
        """Return float32, shape (row_count,): the summed scores of the terms, 0 where no term occurs.

        A term counts by the most that one of its readings brings: the word itself, the group of its parts, a synonym.
        """
        total = np.zeros(self.row_count, dtype=np.float32)
        scratch = _Scratch(self.row_count)
        for term in terms:
            rows, scores = self._score_term(term, scratch)
            total[rows] += scores * np.float32(term.weight)
        return total

    def score_rows(self, terms: Sequence[QueryTerm], rows: Rows) -> Scores:
        """Return float32, shape (len(terms), len(rows)): what `score` gives each term alone, unweighted, in these rows."""
        scratch = _Scratch(self.row_count, np.unique(rows))
        found = np.zeros((len(terms), len(rows)), dtype=np.float32)
        for place, term in enumerate(terms):
            found[place] = scratch.look_up(self._score_term(term, scratch), rows)
        return found

    def holding(self, key: str) -> int:
        """Return in how many passages a stem occurs, compounds of it included."""
        number = self._numbers.get(key)
        return 0 if number is None else int(self._postings.starts[number + 1] - self._postings.starts[number])

    def count_holding(self, term: QueryTerm) -> int:
        """Return how many passages hold a term whole: the word, all parts of the compound, or all words of a synonym."""
        return int(np.count_nonzero(self._find_whole(term)))

    def idf(self, key: str) -> float:
        """Return how telling a stem is, > 0; one that does not occur is the most telling."""
        holding = self.holding(key)
        return math.log1p((self.row_count - holding + 0.5) / (holding + 0.5))

    def find_word_rows(self, word: str) -> Rows:
        """Return the passages that `-word` excludes, ascending: those with the word or an inflection of it.

        A compound that merely holds the word stays: "-Arbeit" spares "Arbeitszeit". Inflections are forms of one stem, so
        that "-Mangel" excludes "Mängel" and "-Leiharbeit" excludes "Leiharbeiter".
        """
        keys = make_key(word)
        return np.flatnonzero(self._find_all((key, _ANY_FORM) for key in keys)) if keys else np.zeros(0, dtype=np.int64)

    def find_phrase_candidates(self, phrase: str) -> _Mask | None:
        """Return bool, shape (row_count,): which passages have all words of `phrase` that the index knows, in any order.

        None if it has only words that the index leaves out ("zu und"): then it cannot be looked up.
        """
        stopwords = load_stopwords()
        pieces = {piece for token in tokenize(phrase) for piece in split_hyphens(token.word)} - stopwords
        if not pieces:
            return None
        # Numbers and sections are one thing in several spellings: "§87" and "§ 87", "10.000" and "10 000".
        forms = {piece: self._forms.get(piece, _ANY_FORM) if piece.isalpha() else _ANY_FORM for piece in pieces}
        return self._find_all((stem(piece), bits) for piece, bits in forms.items())

    def find_phrase_rows(
        self, phrases: Sequence[str], read_passage: Callable[[int], PassageFields], among: Rows | None = None
    ) -> Rows:
        """Return the passages that hold the very words of each of `phrases` in order within one field, ascending.

        Case, hyphens, line breaks and spellings of umlauts do not matter, inflections do. Phrases that cannot be looked up
        are passed over; if that are all of them, no passage is returned. Only passages that have all words of all phrases,
        and are in `among` if that is given, are read.
        """
        masks = {phrase: mask for phrase in phrases if (mask := self.find_phrase_candidates(phrase)) is not None}
        if not masks:
            return np.zeros(0, dtype=np.int64)
        candidates = np.logical_and.reduce(list(masks.values()))
        rows = np.flatnonzero(candidates) if among is None else among[candidates[among]]
        wanted = [flatten(phrase) for phrase in masks]
        return np.array([row for row in rows.tolist() if _holds_all(read_passage(row), wanted)], dtype=np.int64)

    def _find_whole(self, term: QueryTerm) -> _Mask:
        found = self._find_all([(term.stem, None)])
        if term.pieces:
            found |= np.logical_and.reduce([self._find_whole(piece) for piece in term.pieces])
        elif term.parts:
            found |= self._find_all((part, None) for part in term.parts)
        for each in term.alternatives:
            found |= self._find_all((key, None) for key in each.stems)
        return found

    def _find_all(self, wanted: Iterable[tuple[str, int | None]]) -> _Mask:
        """Return which passages hold every stem as a word in one of the forms of its bits; None: inside a compound, too."""
        found = np.ones(self.row_count, dtype=np.bool_)
        for key, bits in wanted:
            span = self._span(key)
            held = np.zeros(self.row_count, dtype=np.bool_)
            held[self._postings.rows[span]] = True if bits is None else self._postings.forms[span] & bits != 0
            found &= held
        return found

    def _span(self, key: str) -> slice:
        number = self._numbers.get(key)
        starts = self._postings.starts
        return slice(0, 0) if number is None else slice(int(starts[number]), int(starts[number + 1]))

    def _score_term(self, term: QueryTerm, scratch: _Scratch) -> _Scored:
        readings = [self._score_word(term.stem, scratch, term.form)]
        if term.pieces:
            readings.append(_score_group([self._score_term(piece, scratch) for piece in term.pieces], scratch))
        elif term.parts:
            readings.append(_score_group([self._score_word(part, scratch) for part in term.parts], scratch))
        readings += [self._score_alternative(each, scratch) for each in term.alternatives]
        return readings[0] if len(readings) == 1 else scratch.take_highest(readings)

    def _score_word(self, key: str, scratch: _Scratch, form: str = "") -> _Scored:
        """Return the scores for a stem, asked in this `form`; passages that have only other forms get less.

        What stands inside a compound has no form to compare and counts as another one with the same umlauts.
        """
        span = self._span(key)
        rows, scores, forms = self._postings.rows[span], self._postings.scores[span], self._postings.forms[span]
        if scratch.only is not None:
            places = np.searchsorted(rows, scratch.only)
            within = places < len(rows)
            places = places[within][rows[places[within]] == scratch.only[within]]
            rows, scores, forms = rows[places], scores[places], forms[places]
        akin = self._akin.get((key, umlauts_of(form)), 0) if form else 0
        if not akin:
            return rows, scores
        return rows, scores * _weigh_forms(self._forms.get(form, akin), akin)[forms]

    def _score_alternative(self, alternative: Alternative, scratch: _Scratch) -> _Scored:
        """Return the scores where all words of a synonym stand."""
        words = [self._score_word(key, scratch) for key in alternative.stems]
        rows, scores, found = scratch.add(words)
        held = found == len(words)
        return rows[held], scores[held] * np.float32(alternative.weight)

    def to_bytes(self) -> dict[str, bytes]:
        """Return the index as named files' contents."""
        postings = self._postings
        contents = {
            "lexical-starts.npy": _array_to_bytes(postings.starts),
            "lexical-rows.npy": _array_to_bytes(postings.rows),
            "lexical-scores.npy": _array_to_bytes(postings.scores),
            "lexical-forms.npy": _array_to_bytes(postings.forms),
        }
        contents["lexical-terms.txt"] = "\n".join(postings.terms).encode()
        contents["vocabulary.tsv"] = "\n".join(f"{word}\t{count}" for word, count in self.vocabulary.items()).encode()
        return contents

    @classmethod
    def from_bytes(cls, contents: Mapping[str, bytes], row_count: int) -> LexicalIndex:
        """Return the index written by `to_bytes`; raise KnowledgeBaseDamaged if its files do not fit each other."""
        terms = contents["lexical-terms.txt"].decode().split("\n")
        starts = _array_from_bytes(contents["lexical-starts.npy"], np.int64)
        rows = _array_from_bytes(contents["lexical-rows.npy"], np.int32)
        scores = _array_from_bytes(contents["lexical-scores.npy"], np.float32)
        forms = _array_from_bytes(contents["lexical-forms.npy"], np.uint8)
        lines = (line.split("\t") for line in contents["vocabulary.tsv"].decode().split("\n") if line)
        if len(starts) != len(terms) + 1 or not len(rows) == len(scores) == len(forms) == starts[-1]:
            raise KnowledgeBaseDamaged("Die Dateien des Wortindex passen nicht zueinander.")
        return cls(Postings(terms, starts, rows, scores, forms), {word: int(count) for word, count in lines}, row_count)


def build_lexical_index(passages: Sequence[PassageFields]) -> LexicalIndex:
    """Return the index over `passages`; row i belongs to `passages[i]`."""
    return LexicalIndex(*make_postings(passages), len(passages))


class _Scratch:
    """Room for one number a passage, empty between calls: clearing only what was touched beats new arrays for every term."""

    def __init__(self, row_count: int, only: Rows | None = None) -> None:
        """Take the rows, ascending, that are looked at; None: all."""
        self.only = only
        self._scores = np.zeros(row_count, dtype=np.float32)
        self._found = np.zeros(row_count, dtype=np.float32)

    def add(self, group: Sequence[_Scored]) -> tuple[NDArray[np.int32], Scores, Scores]:
        """Return rows, with repeats, the sum of their scores and in how many of `group` they are."""
        for rows, scores in group:
            self._scores[rows] += scores
            self._found[rows] += 1
        rows = np.concatenate([rows for rows, _ in group])
        added, found = self._scores[rows], self._found[rows]
        self._scores[rows] = self._found[rows] = 0
        return rows, added, found

    def look_up(self, scored: _Scored, rows: Rows) -> Scores:
        """Return the scores of `rows`, 0 where `scored` has none."""
        self._scores[scored[0]] = scored[1]
        found = self._scores[rows]
        self._scores[scored[0]] = 0
        return found

    def take_highest(self, readings: Sequence[_Scored]) -> _Scored:
        """Return rows, with repeats, and the highest score that any of `readings` has for them."""
        for rows, scores in readings:
            self._scores[rows] = np.maximum(self._scores[rows], scores)
        rows = np.concatenate([rows for rows, _ in readings])
        highest = self._scores[rows]
        self._scores[rows] = 0
        return rows, highest


@lru_cache(maxsize=4_096)
def _weigh_forms(bit: int, akin: int) -> Scores:
    """Return what a passage's score is worth by the mask of its forms, if the form of `bit` is asked and `akin` is like it."""
    masks = np.arange(_ANY_FORM + 1)
    weights = np.where((masks & akin != 0) | (masks == 0), OTHER_FORM_WEIGHT, OTHER_UMLAUT_WEIGHT)
    return np.where(masks & bit != 0, 1, weights).astype(np.float32)


def _score_group(group: Sequence[_Scored], scratch: _Scratch) -> _Scored:
    """Return the scores for words that together make one: what is missing lowers them by its share.

    So "Schichtplanung" does not find every plan.
    """
    rows, scores, found = scratch.add(group)
    return rows, scores * found * np.float32(GROUP_WEIGHT / len(group))


def _holds_all(fields: PassageFields, wanted: Iterable[str]) -> bool:
    texts = [flatten(text) for text in (fields.title, fields.headings, fields.body)]
    return all(any(is_phrase_in(words, text) for text in texts) for words in wanted)


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
