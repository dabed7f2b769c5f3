"""What an unknown word was meant to be: its readings, each with a probability. Pure.

The noisy channel (Kernighan, Church & Gale, COLING 1990) with a third reading: an unknown word is a slip for a word of the
corpus, a slip inside a compound of its words, or a right word that the corpus does not have. The share of the best correction
in the sum of all is its confidence. Words are folded inside (`letters.fold`), normalized outside.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from search_service.edits import NEIGHBOUR, UMLAUT, NearWords, Slip
from search_service.german import LINKING_ELEMENTS, MAX_PARTS, MIN_PART, stem
from search_service.letters import LetterModel, fold, unfold

LONG_WORD = 8  # letters from which two slips are possible: every second shorter word has a neighbour at two
SHORT_WORD = 6  # below, only slips of the commonest kinds: "Kino" is no slip for "Kind"
MOST_COST = 12.0  # of a slip: two letters dropped or swapped, not two replaced; "Ketten" is no slip for "Zeiten"
MIN_PIECE = 5  # letters of a misspelt part of a compound
# Lowest confidence of what is offered. Measured on the vocabularies of four corpora (9,600-27,500 words), typing slips made by
# chance in 949 words of the corpus and in 944 compounds it does not have, and 3,000 right words it does not have: at 0.9, 82 %
# and 54 % are put right, 0.1 % and 3.1 % made another word, and 2.3 % of the right words are "corrected".
OFFER = 0.9
# The same for another spelling of a compound whose parts are known, which is searched but not shown: 73 % of 324 slips that
# leave known parts are put right, one made another word, and 7 of 10,266 right compounds changed.
OFFER_WHOLE = 0.5
# Logarithm of the share of words typed that are misspelt: 10-15 % of web queries hold one (Cucerzan & Brill, EMNLP 2004).
TYPO_SHARE = math.log(0.05)
_ATTESTING = 64  # compounds looked at for how the corpus links a word
_HOPELESS = 6.0  # a reading e^6 times less likely than the best changes the shares by less than 0.3 %
# Endings by which forms of one word differ; a word that differs from a known one in these alone is likely right.
_ENDING_LIST = "e en er es em ern ens n s st t te ten ter tes tem end ende in innen et est"
_ENDINGS = frozenset(["", *_ENDING_LIST.split()])
# Another prefix makes another word: "Vermittlung" is no slip for "Ermittlung". Folded; "" is a word without one.
_PREFIX_LIST = "ab an auf aus be bei durch ein ent er ge her hin miss mit nach um un unter ver vor zer zu über"
_PREFIXES = ("", *_PREFIX_LIST.split())
_BEFORE_N = frozenset("elr")  # letters an ending "n" follows: "Regeln"; "erprobn" is a slip

Piece = tuple[str, str]  # a normalized word of a compound, and the letters that link it to the next


@dataclass(frozen=True, slots=True)
class Reading:
    """A word or compound that may have been meant."""

    pieces: tuple[Piece, ...]
    weight: float  # logarithm of the probability of the word and the slip together
    cost: float  # of the slip
    is_form: bool  # whether it differs from the typed word in its ending or a prefix alone

    @property
    def word(self) -> str:
        """The word as normalized letters."""
        return "".join(word + link for word, link in self.pieces)


@dataclass(frozen=True, slots=True)
class _Tiling:
    pieces: tuple[Piece, ...]
    weight: float


class Readings:
    """Finds what unknown words were meant to be, from the words of a corpus. Nothing in it changes."""

    def __init__(self, words: Mapping[str, int]) -> None:
        """Take normalized words of letters with how often each occurs."""
        self._words = list(words)
        folded = [fold(word) for word in self._words]
        # Square roots, because people do not ask for words as often as texts use them: "und", but also "Beschäftigte".
        roots = [math.sqrt(count) for count in words.values()]
        whole = sum(roots) or 1.0
        self._weights = [math.log(root / whole) for root in roots]
        self._highest = max(self._weights, default=0.0)
        self._numbers = {word: number for number, word in enumerate(folded)}
        self._stems: dict[str, float] = {}  # the highest weight of the words of a stem
        for word, weight in zip(self._words, self._weights, strict=True):
            key = stem(word)
            self._stems[key] = max(weight, self._stems.get(key, -math.inf))
        self._near = NearWords(folded)
        self._letters = LetterModel(folded)
        self._by_beginning = sorted(folded)
        # The share of words seen once foretells how often the next word is new (Good, Biometrika 40, 1953).
        once = sum(1 for count in words.values() if count == 1)
        self._novelty = math.log(max(once, 1) / max(sum(words.values()), 1))

    def find(self, word: str) -> tuple[Reading, float] | None:
        """Return the likeliest correction of an unknown normalized word with its confidence, OFFER or more; None without."""
        typed = fold(word)
        novel = self._novelty + self._letters.log_probability(typed)
        readings = list(self._read_as_word(typed))
        highest = max([novel, *(reading.weight for reading in readings)])
        readings += self._read_as_compound(typed, highest - _HOPELESS)
        return self._choose(readings, novel, OFFER)

    def find_whole(self, word: str) -> tuple[Reading, float] | None:
        """Return the word of the corpus that a normalized compound of known parts is another spelling of; None without.

        The other reading is here that the compound is meant as it is.
        """
        typed = fold(word)
        before, behind = self._tile(typed)
        whole = [left.weight + right.weight for cut, left in before.items() if (right := behind.get(cut)) is not None]
        novel = self._novelty + max([self._letters.log_probability(typed), *whole])
        return self._choose(list(self._read_as_word(typed, most=1)), novel, OFFER_WHOLE)

    def _choose(self, readings: list[Reading], novel: float, least: float) -> tuple[Reading, float] | None:
        """Return the best reading if its share is `least` or more. Forms of one word share it; the one nearest wins.

        `novel` is the weight of the reading that nothing is wrong.
        """
        by_stem: dict[str, list[Reading]] = {}
        for reading in readings:
            by_stem.setdefault(stem(reading.word), []).append(reading)
        if not by_stem:
            return None
        highest = max(novel, *(reading.weight for reading in readings))
        shares = {key: sum(math.exp(each.weight - highest) for each in group) for key, group in by_stem.items()}
        best = max(shares, key=lambda key: (shares[key], key))
        confidence = shares[best] / (math.exp(novel - highest) + sum(shares.values()))
        if confidence < least:
            return None
        chosen = min(by_stem[best], key=lambda each: (each.cost, -each.weight, each.word))
        if chosen.is_form or chosen.cost == 0.0:
            return None
        return replace(chosen, pieces=self._mend_links(chosen.pieces)), confidence

    def _read_as_word(self, typed: str, most: int | None = None) -> Iterator[Reading]:
        for number, slip in self._find_near(typed, most):
            word = self._words[number]
            known = fold(word)
            is_form = _has_other_prefix(typed, known) or _has_other_ending(typed, known)
            yield Reading(((word, ""),), self._weights[number] + _slip_weight(slip, typed), slip.cost, is_form)

    def _find_near(self, typed: str, most: int | None = None) -> Iterator[tuple[int, Slip]]:
        for number, slip in self._near.find(typed, most or (2 if len(typed) >= LONG_WORD else 1)):
            if slip.cost <= (NEIGHBOUR if len(typed) < SHORT_WORD else MOST_COST):
                yield number, slip

    def _read_as_compound(self, typed: str, least: float) -> Iterator[Reading]:
        """Yield compounds of known parts in which one part is misspelt by one edit, if they can reach the weight `least`."""
        before, behind = self._tile(typed)
        least_slip = _slip_weight(Slip(UMLAUT, 1), typed)
        for start, left in before.items():
            for end, right in behind.items():
                around = left.weight + right.weight + self._novelty
                enough = start + MIN_PIECE <= end and 0 < len(left.pieces) + len(right.pieces) < MAX_PARTS
                if not enough or around + self._highest + least_slip < least:
                    continue
                for link in LINKING_ELEMENTS if right.pieces else ("",):
                    piece = typed[start:end].removesuffix(link)
                    if not typed[start:end].endswith(link) or len(piece) < MIN_PIECE:
                        continue
                    for number, slip in self._find_near(piece, most=1):
                        weight = around + self._weights[number] + _slip_weight(slip, typed)
                        if weight < least:
                            continue
                        part = self._words[number]
                        known = fold(part)
                        is_form = _has_other_prefix(piece, known) or (not right.pieces and _has_other_ending(piece, known))
                        yield Reading((*left.pieces, (part, link), *right.pieces), weight, slip.cost, is_form)

    def _tile(self, typed: str) -> tuple[dict[int, _Tiling], dict[int, _Tiling]]:
        """Return the likeliest tiling of each beginning of a folded word by its end, and of each end by its start."""
        before, behind = {0: _Tiling((), 0.0)}, {len(typed): _Tiling((), 0.0)}
        for start in range(len(typed)):
            if start in before and len(before[start].pieces) < MAX_PARTS:
                for end, piece, weight in self._parts_from(typed, start):
                    tiling = _Tiling((*before[start].pieces, piece), before[start].weight + weight)
                    if end not in before or before[end].weight < tiling.weight:
                        before[end] = tiling
        for start in range(len(typed) - 1, 0, -1):
            for end, piece, weight in self._parts_from(typed, start):
                if end in behind and len(behind[end].pieces) < MAX_PARTS:
                    tiling = _Tiling((piece, *behind[end].pieces), behind[end].weight + weight)
                    if start not in behind or behind[start].weight < tiling.weight:
                        behind[start] = tiling
        return before, behind

    def _parts_from(self, typed: str, start: int) -> Iterator[tuple[int, Piece, float]]:
        """Yield each known part that begins at `start` with each linking element behind it, and where that ends."""
        for end in range(start + 3, len(typed) + 1):  # a word of four letters may have three when folded: "Öfen"
            found = self._find_part(typed, start, end)
            if found is None:
                continue
            word, weight = found
            for link in LINKING_ELEMENTS if end < len(typed) else ("",):
                if typed.startswith(link, end) and (not link or end + len(link) < len(typed)):
                    yield end + len(link), (word, link), weight

    def _find_part(self, typed: str, start: int, end: int) -> tuple[str, float] | None:
        """Return the known word at a place and its weight; a form the corpus lacks counts at both ends of `typed`."""
        number = self._numbers.get(typed[start:end])
        if number is not None:
            return self._words[number], self._weights[number]
        word = unfold(typed[start:end])
        if len(word) < MIN_PART or end - start == len(typed) or (start > 0 and end < len(typed)):
            return None
        weight = self._stems.get(stem(word))
        return None if weight is None else (word, weight)

    def _links_of(self, part: str) -> dict[str, int]:
        """Return the linking elements behind a word in the corpus' own compounds that begin with it, and how often each."""
        links: dict[str, int] = {}
        begin = fold(part)
        first = bisect_left(self._by_beginning, begin)
        for compound in self._by_beginning[first : first + _ATTESTING]:
            if not compound.startswith(begin):
                break
            for link in LINKING_ELEMENTS:
                rest = compound[len(begin) :]
                if rest.startswith(link) and len(rest) > len(link) + 2 and rest.removeprefix(link) in self._numbers:
                    links[link] = links.get(link, 0) + 1
        return links

    def _mend_links(self, pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
        """Return the parts linked where nothing links them and the corpus always does: "Gesundheit-s-schutz"."""
        mended = []
        for word, link in pieces[:-1]:
            links = self._links_of(word) if not link else {}
            is_missing = bool(links) and "" not in links
            mended.append((word, max(links, key=lambda each: (links[each], each)) if is_missing else link))
        return (*mended, pieces[-1])


def _slip_weight(slip: Slip, typed: str) -> float:
    return TYPO_SHARE - slip.cost - math.log(len(typed))


def _has_other_ending(typed: str, known: str) -> bool:
    """Tell whether two folded words differ in the ending only, the typed one without a slip in it ("datenn")."""
    same = 0
    while same < min(len(typed), len(known)) and typed[same] == known[same]:
        same += 1
    for cut in range(max(same - 2, MIN_PART), same + 1):
        ending = typed[cut:]
        if ending in _ENDINGS and known[cut:] in _ENDINGS and not _is_misspelt(typed[:cut], ending):
            return True
    return False


def _has_other_prefix(typed: str, known: str) -> bool:
    """Tell whether two folded words differ in the prefix only."""
    roots = {known.removeprefix(prefix) for prefix in _PREFIXES if known.startswith(prefix)}
    return any(
        len(root := typed.removeprefix(prefix)) >= MIN_PART and root in roots
        for prefix in _PREFIXES
        if typed.startswith(prefix)
    )


def _is_misspelt(root: str, ending: str) -> bool:
    """Tell whether no German word ends so: a letter doubled, or an "n" that has lost its "e"."""
    doubled = ending[:1] == root[-1] or ending[-2:-1] == ending[-1:]
    return bool(ending) and (doubled or (ending == "n" and root[-1] not in _BEFORE_N))
