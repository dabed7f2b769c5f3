"""Measures of extracted text against known text. Pure; words are what blanks part, punctuation belongs to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of two multisets is the same."""

    shared: int
    wanted: int
    found: int

    def __add__(self, other: Overlap) -> Overlap:
        return Overlap(self.shared + other.shared, self.wanted + other.wanted, self.found + other.found)

    @property
    def precision(self) -> float:
        """Return the share of what was found that was wanted; 1 if nothing was found."""
        return self.shared / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Return the share of what was wanted that was found; 1 if nothing was wanted."""
        return self.shared / self.wanted if self.wanted else 1.0

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall (van Rijsbergen, Information Retrieval, 1979, ch. 7)."""
        return 2 * self.shared / (self.wanted + self.found) if self.wanted + self.found else 1.0


def split_words(text: str) -> list[str]:
    """Return the words of a text; a no-break space parts them, too."""
    return text.split()


def count_edits(wanted: Sequence[str], found: Sequence[str]) -> int:
    """Return the least number of words to insert, delete or replace that turns one sequence into the other.

    Levenshtein, Soviet Physics Doklady 10(8), 1966, over words; row by row after Wagner & Fischer, J. ACM 21(1), 1974. Inside
    a row the insertions are a running minimum, so that numpy does a row at once.
    """
    numbers = {word: number for number, word in enumerate({*wanted, *found})}
    target = np.array([numbers[word] for word in found], dtype=np.int64)
    steps = np.arange(len(found) + 1, dtype=np.int64)
    row = steps.copy()
    for done, word in enumerate(wanted, start=1):
        best = np.empty_like(row)
        best[0] = done
        np.minimum(row[1:] + 1, row[:-1] + (target != numbers[word]), out=best[1:])
        row = np.minimum.accumulate(best - steps) + steps
    return int(row[-1])


def word_error_rate(wanted: Sequence[str], found: Sequence[str]) -> float:
    """Return edits / words wanted; 0 is perfect, above 1 if much was invented. Without wanted words: 0 or infinity.

    The measure of speech recognition; Morris, Maier & Green, Interspeech 2004, on its definition.
    """
    if not wanted:
        return float("inf") if found else 0.0
    return count_edits(wanted, found) / len(wanted)


def overlap(wanted: Sequence[Hashable], found: Sequence[Hashable]) -> Overlap:
    """Return what two multisets share: headings as (text, level), or words for the token F1."""
    common = Counter(wanted) & Counter(found)
    return Overlap(common.total(), len(wanted), len(found))


def count_leaks(words: Sequence[str], furniture: frozenset[str]) -> int:
    """Return how many words of the text are those of headers and footers, which stand nowhere else."""
    return sum(1 for word in words if word.strip(".,:;–-") in furniture)


def is_in_order(openings: Sequence[Sequence[str]], words: Sequence[str]) -> bool:
    """Tell whether all openings stand in `words`, each whole and after the one before it."""
    position = 0
    for opening in openings:
        size = len(opening)
        while position + size <= len(words) and list(words[position : position + size]) != list(opening):
            position += 1
        if position + size > len(words):
            return False
        position += size
    return True


def is_right_label(found: str | None, label: str, is_printed: bool) -> bool:
    """Tell whether a page got its number; where none is printed, none is right as well."""
    return found == label or (found is None and not is_printed)


def list_differences(wanted: Sequence[str], found: Sequence[str]) -> list[tuple[str, str]]:
    """Return (wanted, found) for every stretch that differs, for a reader; not always the shortest alignment."""
    matcher = SequenceMatcher(None, wanted, found, autojunk=False)
    return [(" ".join(wanted[a:b]), " ".join(found[c:d])) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]
