"""Letters of words as numbers, and a model of how German words are spelled, learnt from a vocabulary. Pure.

Words here are *folded*: normalized, with the umlauts as one letter again, because a forgotten "ä" is one slip and not two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LETTERS = 32  # codes: 0 is the border of a word, 1..29 are a-z and ä ö ü, 30 is anything else
OTHER = 30
_UMLAUT_CODES = {"ä": 27, "ö": 28, "ü": 29}
_ORDER = 4  # letters looked at together; three see too little of "schr" or "ungs", five need more words than a small corpus has
# As in the stemmer: "ue" after a vowel or q is no umlaut. A wrong guess is the same for typed and known words.
_TWO_LETTERS = re.compile(r"ae|oe|(?<![aeiouyq])ue")
_ONE_LETTER = {"ae": "ä", "oe": "ö", "ue": "ü"}

_TWO = str.maketrans({one: two for two, one in _ONE_LETTER.items()})

Codes = NDArray[np.int64]


def fold(word: str) -> str:
    """Return a normalized word with umlauts as one letter: "gefaehrdung" -> "gefährdung"."""
    return _TWO_LETTERS.sub(lambda match: _ONE_LETTER[match.group()], word)


def unfold(word: str) -> str:
    """Return the normalized word that `fold` made into `word`."""
    return word.translate(_TWO)


def _letter_table() -> Codes:
    table = np.full(257, OTHER, dtype=np.int64)
    table[ord("a") : ord("z") + 1] = np.arange(1, 27)
    for letter, code in _UMLAUT_CODES.items():
        table[ord(letter)] = code
    return table


_CODES = _letter_table()  # by code point; the last one for all beyond Latin


def encode_letters(words: Sequence[str]) -> tuple[Codes, Codes]:
    """Return the letter codes of all words in a row, and the length of each word."""
    text = np.frombuffer("".join(words).encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    return _CODES[np.minimum(text, 256)], np.array([len(word) for word in words], dtype=np.int64)


class LetterModel:
    """Says how likely a string of letters is as a German word nobody has seen yet.

    Letter n-grams with the interpolation of Witten & Bell (IEEE Transactions on Information Theory 37, 1991), over different
    words and not their occurrences: a new word resembles words, not running text.
    """

    def __init__(self, words: Sequence[str]) -> None:
        """Learn from folded words."""
        codes, lengths = encode_letters(words)
        starts = np.cumsum(lengths + _ORDER) - (lengths + _ORDER) + _ORDER - 1  # borders before and one behind each word
        padded = np.zeros(int((lengths + _ORDER).sum()), dtype=np.int64)
        places = np.arange(len(codes)) + np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
        padded[places] = codes
        is_next = np.zeros(len(padded), dtype=bool)  # letters and the border behind: what the model foretells
        is_next[places] = True
        is_next[starts + lengths] = True
        ends = np.flatnonzero(is_next)
        self._counts: list[NDArray[np.int32]] = []  # by order 1..4, at the number that the n-gram's codes spell in base 32
        self._totals: list[NDArray[np.int64]] = []  # by context
        self._kinds: list[NDArray[np.int64]] = []  # different letters seen behind a context
        for order in range(1, _ORDER + 1):
            counts = np.bincount(_spell(padded, ends, order), minlength=LETTERS**order)
            by_context = counts.reshape(-1, LETTERS)
            self._counts.append(counts.astype(np.int32))
            self._totals.append(by_context.sum(axis=1))
            self._kinds.append(np.count_nonzero(by_context, axis=1))

    def log_probability(self, word: str) -> float:
        """Return the natural logarithm of the probability of a folded word, its end included."""
        codes, _ = encode_letters([word])
        padded = np.concatenate([np.zeros(_ORDER - 1, dtype=np.int64), codes, np.zeros(1, dtype=np.int64)])
        ends = np.arange(_ORDER - 1, len(padded))
        probability = np.full(len(ends), 1 / LETTERS)
        for order, (counts, totals, kinds) in enumerate(zip(self._counts, self._totals, self._kinds, strict=True), start=1):
            grams = _spell(padded, ends, order)
            contexts = grams // LETTERS
            seen = np.maximum(totals[contexts] + kinds[contexts], 1)
            mixed = (counts[grams] + kinds[contexts] * probability) / seen
            probability = np.where(totals[contexts] > 0, mixed, probability)
        return float(np.log(probability).sum())


def _spell(codes: Codes, ends: Codes, order: int) -> Codes:
    """Return for each end the number of the `order` letters up to it, in base LETTERS."""
    number = np.zeros(len(ends), dtype=np.int64)
    for back in range(order - 1, -1, -1):
        number = number * LETTERS + codes[ends - back]
    return number
