"""Type, sector and topic suggested from the text, each with a confidence and the words that speak for it. Pure.

The words stand in `cues.toml`. A value's score adds up, for each of its words, how it stands in the opening (title,
kicker, first lines) and how often in the rest; a logistic curve, fitted on documents whose values are known, turns
scores into confidences. docs/decisions/0006-vorschlaege.md has the measurement.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ingest.blocks import Block, BlockKind
from search_service.documents import Metadata, Suggestion
from search_service.german import Splitter, normalize, split_hyphens, stem, tokenize

WEIGHTS = {"strong": 1.0, "weak": 1 / 3}
OPENING_BLOCKS = 4  # title, kicker and what stands below them
FULL_DENSITY = 3.0  # occurrences in a thousand words from which a word counts in full
OPENING_FACTOR = 2.0  # a word in the opening against a frequent one in the text
MIN_WORDS = 40  # shorter texts say too little
MOST_WORDS = 30_000  # read of one document: what it is about is clear by then
MAX_OF_FIELD = {"type": 1, "sectors": 2, "topics": 4}
MIN_CONFIDENCE = 0.5  # below, the opposite is likelier
MAX_EVIDENCE = 4

# Logistic curve by field, fitted with ridge 0.05; sectors and topics then lowered by 0.5 and 0.4 to stay on the safe side:
# confidence = 1 / (1 + exp(-(offset + slope * score + lead_slope * lead over the next value))).
CURVES: Mapping[str, tuple[float, float, float]] = {
    "type": (-0.95, 0.35, 1.75),
    "sectors": (-2.9, 1.1, 0.4),
    "topics": (-2.4, 1.1, 0.15),
}


@dataclass(frozen=True, slots=True)
class Cue:
    """A word or phrase that speaks for a value."""

    field: str
    value: str
    stems: tuple[str, ...]  # one for a word, several for a phrase
    shown: str  # as the file writes it
    weight: float


@dataclass(frozen=True, slots=True)
class Score:
    """How strongly a text speaks for a value."""

    field: str
    value: str
    score: float
    lead: float  # over the best other value of its field; negative where another leads
    evidence: tuple[str, ...]  # words of the text, strongest first


def suggest(metadata: Metadata, blocks: Sequence[Block]) -> tuple[Suggestion, ...]:
    """Return suggestions for the fields that nobody states, most likely first in each; none for texts not in German."""
    if metadata.language not in (None, "de"):
        return ()
    stated = {"type": (metadata.type,) if metadata.type else (), "sectors": metadata.sectors, "topics": metadata.topics}
    missing = [field for field, values in stated.items() if not values]
    if not missing:
        return ()
    scores = score_values(metadata.title, blocks)
    found = []
    for field in missing:
        suggested = (_make_suggestion(score) for score in scores if score.field == field)
        likely = [each for each in suggested if each.confidence >= MIN_CONFIDENCE]
        likely.sort(key=lambda each: (-each.confidence, each.value))
        found.extend(likely[: MAX_OF_FIELD[field]])
    return tuple(found)


def score_values(title: str, blocks: Sequence[Block]) -> list[Score]:
    """Return the score of every value that at least one word speaks for."""
    opening = [title, *(block.text for block in blocks[:OPENING_BLOCKS])]
    rest = [block.text for block in blocks[OPENING_BLOCKS:] if block.kind is not BlockKind.FOOTNOTE]
    first, body = _Text(opening), _Text(rest)
    if first.words + body.words < MIN_WORDS:
        return []
    points: dict[tuple[str, str], dict[str, float]] = {}
    for cue in load_cues():
        at_first, in_body = first.count(cue), body.count(cue)
        if at_first or in_body:
            density = 1000 * in_body / max(body.words, 200)  # a single word of a short note is no density
            strength = OPENING_FACTOR * bool(at_first) + min(1.0, density / FULL_DENSITY)
            points.setdefault((cue.field, cue.value), {})[cue.shown] = cue.weight * strength
    totals = {key: sum(words.values()) for key, words in points.items()}
    return [
        Score(field, value, totals[field, value], totals[field, value] - _best_other(totals, field, value), _order(words))
        for (field, value), words in points.items()
    ]


@cache
def load_cues() -> tuple[Cue, ...]:
    """Return the cues of `cues.toml`."""
    data = tomllib.loads(files("ingest.metadata").joinpath("cues.toml").read_text("utf-8"))
    return tuple(
        Cue(field, value, tuple(_stems(word)), word, WEIGHTS[strength])
        for field, values in data.items()
        for value, words_of in values.items()
        for strength, words in words_of.items()
        for word in words
    )


class _Text:
    """The words of a text, counted by their stems, with the parts of those compounds that may hold a cue."""

    def __init__(self, lines: Iterable[str]) -> None:
        pieces = [list(_pieces(line)) for line in lines]
        flat = [piece for line in pieces for piece in line][:MOST_WORDS]
        self.words = len(flat)
        counted = Counter(flat)
        splitter = Splitter(counted + Counter(dict.fromkeys(_cue_words(), 1)))
        self._counts: Counter[str] = Counter()
        for word, count in counted.items():
            parts = splitter.split(word) if _may_hold_cue(word) else ()
            self._counts.update(dict.fromkeys({stem(word), *parts}, count))
        self._chain = f" {' '.join(stem(piece) for piece in flat)} "

    def count(self, cue: Cue) -> int:
        """Return how often a cue occurs: a word anywhere, a phrase as its words in a row."""
        if len(cue.stems) == 1:
            return self._counts[cue.stems[0]]
        return self._chain.count(f" {' '.join(cue.stems)} ")


def _make_suggestion(score: Score) -> Suggestion:
    offset, slope, lead_slope = CURVES[score.field]
    confidence = 1 / (1 + math.exp(-(offset + slope * score.score + lead_slope * score.lead)))
    return Suggestion(score.field, score.value, round(confidence, 3), score.evidence[:MAX_EVIDENCE])


def _best_other(totals: Mapping[tuple[str, str], float], field: str, value: str) -> float:
    return max((total for (other, name), total in totals.items() if other == field and name != value), default=0.0)


def _order(words: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(sorted(words, key=lambda word: (-words[word], word)))


def _pieces(text: str) -> Iterator[str]:
    for token in tokenize(text):
        yield from split_hyphens(token.word)


def _stems(phrase: str) -> Iterator[str]:
    return (stem(piece) for piece in _pieces(phrase))


@cache
def _cue_words() -> frozenset[str]:
    data = tomllib.loads(files("ingest.metadata").joinpath("cues.toml").read_text("utf-8"))
    return frozenset(
        piece
        for values in data.values()
        for each in values.values()
        for words in each.values()
        for w in words
        for piece in _pieces(w)
    )


@cache
def _cue_pattern() -> re.Pattern[str]:
    """Return what finds the beginning of any cue; an inflected cue differs from itself at its end only."""
    return re.compile("|".join(sorted({re.escape(normalize(word)[:5]) for word in _cue_words() if len(word) >= 4})))


def _may_hold_cue(word: str) -> bool:
    return bool(_cue_pattern().search(word))
