"""German words: how a text becomes terms. Ingest and query both use this one analysis, so they cannot disagree about a word.

A word is first normalized (case, ä/ae, ß/ss, ligatures), then stemmed: "Häuser", "HAEUSER" and "Haus" share the stem "haus".
A compound also has *parts*: the stems of the words that tile it, linking elements left out.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from Stemmer import Stemmer

MIN_PART = 4  # letters; shorter parts tile nearly every word ("an", "ein", "er")
MAX_PARTS = 4
MIN_COMPOUND = 2 * MIN_PART
# Linking elements between the parts of a compound (Fugenelemente), Duden grammar; "-" is handled by the tokenizer.
LINKING_ELEMENTS = ("", "s", "n", "en", "es", "er", "e", "ens", "ns")

_ACCENTS = "\u0300-\u036f"  # combining: "u" and a diaeresis, as files from macOS spell "ü"
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_WORD = rf"[^\W_]+(?:[{_ACCENTS}{_INVISIBLE}]+[^\W_]+)*[{_ACCENTS}]*"
_TOKEN = re.compile(rf"§{{1,2}}\s?\d+[a-z]?\b|{_WORD}(?:[-‐‑'’]{_WORD})*-?", re.IGNORECASE)
_SPELLING = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
# "ue" after a vowel or q is no umlaut: "neue", "bauen", "quelle". A wrong guess ("aktüll") is the same for all spellings.
_TWO_LETTER_UMLAUT = re.compile(r"ae|oe|(?<![aeiouyq])ue")
_UMLAUT = {"ae": "ä", "oe": "ö", "ue": "ü"}
_WITHOUT_INVISIBLE = dict.fromkeys(map(ord, _INVISIBLE))
_SPLIT_MEMORY = 200_000  # words; questions come in without end, their words must not pile up


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text with its place."""

    word: str  # as `normalize` leaves it, white space made one blank
    start: int  # half-open character range in the text
    end: int


def normalize(text: str) -> str:
    """Return `text` in lower case, compatibility forms and spellings made one: "Grö\u00adße", "GROESSE" -> "groesse".

    Idempotent. Umlauts become two letters, as where a keyboard has none, because the reverse would turn "neue" into "neü".
    """
    folded = unicodedata.normalize("NFKC", text.translate(_WITHOUT_INVISIBLE)).casefold().translate(_SPELLING)
    return unicodedata.normalize("NFKC", folded)  # an accent after "ß" meets another letter now


def tokenize(text: str) -> Iterator[Token]:
    """Yield the words of `text` in order. "§ 87" is one token; a hyphenated word is one token with its hyphens."""
    for match in _TOKEN.finditer(text):
        yield Token(" ".join(normalize(match.group()).split()), match.start(), match.end())


def split_hyphens(word: str) -> list[str]:
    """Return the words joined by hyphens or apostrophes in `word`: "it-sicherheit" -> ["it", "sicherheit"]."""
    return [part for part in re.split(r"[-‐‑'’]", word) if part]


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Return the Snowball stem of a normalized word; what is not all letters stays, "§ 87" and "§§ 87" as "§87"."""
    if not word.isalpha():
        return re.sub(r"\s|§(?=§)", "", word)
    # Snowball folds umlauts so that "häuser" meets "haus"; its own reading of "oe" stops at words such as "foerderung".
    stemmed: str = _stemmer().stemWord(_TWO_LETTER_UMLAUT.sub(lambda match: _UMLAUT[match.group()], word))
    return stemmed


@lru_cache(maxsize=1)
def _stemmer() -> Stemmer:
    return Stemmer("german", 0)  # no cache of its own, ours holds the stems


@lru_cache(maxsize=1)
def load_stopwords() -> frozenset[str]:
    """Return the normalized German words that carry no meaning of their own in a question."""
    lines = files("search_service").joinpath("stopwords.txt").read_text("utf-8").splitlines()
    return frozenset(normalize(word) for line in lines if not line.startswith("#") for word in line.split())


class Splitter:
    """Splits compounds into parts that are words of a given vocabulary and tile the whole word."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        """Take normalized words with how often each occurs; only words of letters with MIN_PART or more count."""
        self._frequency: dict[str, int] = {}
        for word, count in vocabulary.items():
            if len(word) >= MIN_PART and word.isalpha():
                self._frequency[word] = self._frequency.get(word, 0) + count
        self._stems: dict[str, int] = {}
        for word, count in self._frequency.items():
            key = stem(word)
            self._stems[key] = self._stems.get(key, 0) + count
        self._memory: dict[str, tuple[str, ...]] = {}

    def split(self, word: str) -> tuple[str, ...]:
        """Return the stems of the parts of a normalized word, in order; () if nothing tiles it.

        Among several tilings the one with the highest geometric mean of part frequencies wins
        (Koehn & Knight, Empirical methods for compound splitting, EACL 2003).
        """
        parts = self._memory.get(word)
        if parts is None:
            if len(self._memory) >= _SPLIT_MEMORY:
                self._memory.clear()
            parts = self._memory[word] = self._find_parts(word)
        return parts

    def _find_parts(self, word: str) -> tuple[str, ...]:
        if len(word) < MIN_COMPOUND or not word.isalpha():
            return ()
        best: tuple[float, tuple[str, ...]] = (0.0, ())
        for parts in self._tilings(word, MAX_PARTS):
            if len(parts) > 1:
                mean = math.exp(sum(math.log(self._stems.get(part, 1)) for part in parts) / len(parts))
                best = max(best, (mean, parts))
        return best[1]

    def _tilings(self, word: str, parts_left: int) -> Iterator[tuple[str, ...]]:
        if len(word) >= MIN_PART and (last := self._known_stem(word)):
            yield (last,)
        if parts_left == 1:
            return
        for cut in range(MIN_PART, len(word) - MIN_PART + 1):
            for first in self._part_stems(word[:cut]):
                for rest in self._tilings(word[cut:], parts_left - 1):
                    yield (first, *rest)

    def _part_stems(self, part: str) -> Iterable[str]:
        """Yield at most one stem for a part that is not the last, after taking off a linking element if need be."""
        for link in LINKING_ELEMENTS:
            if part.endswith(link):
                root = part.removesuffix(link)
                if len(root) >= MIN_PART and root in self._frequency:
                    return (stem(root),)
        if (whole := part + "e") in self._frequency:  # Schul|buch from Schule, Miet|vertrag from Miete
            return (stem(whole),)
        known = self._known_stem(part)  # "Fachkräfte" in "Fachkräftemangel", where the texts have only "Fachkräften"
        return (known,) if known else ()

    def _known_stem(self, word: str) -> str | None:
        if word in self._frequency:
            return stem(word)
        key = stem(word)
        return key if key in self._stems and len(key) >= MIN_PART else None


def make_word_matcher(stems: Iterable[str], splitter: Splitter) -> Callable[[str], bool]:
    """Return a function that says whether a word, as written in a text, has one of `stems` or holds it as a compound part."""
    wanted = frozenset(stems)

    @cache  # a question meets the same words in every passage
    def matches(word: str) -> bool:
        pieces = split_hyphens(normalize(word))
        return any(
            stem(piece) in wanted or not wanted.isdisjoint(splitter.split(piece))
            for piece in [*pieces, "".join(pieces)]
            if piece not in load_stopwords()
        )

    return matches
