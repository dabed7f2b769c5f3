"""The number printed on each page: read off headers and footers, carried over gaps, weighed against the file's own. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

ROMAN = re.compile(r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})", re.IGNORECASE)
ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
ROMAN_SIGNS = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
MAX_ROMAN = 100  # front matter is shorter
MAX_NUMBER = 9999
FRINGE = "–—-|·.[]() "
PREFIXED = re.compile(r"([A-Z]{1,2}|\d{1,2})([-–])(\d{1,3})")  # "A-3", "3-12"
PAGE_WORD = re.compile(
    r"^[–—\-|·\s\[(]*(?:(?:seite|page|s\.|blatt)\s*)?((?:[A-Z]{1,2}|\d{1,2})[-–]\d{1,3}|\w+)\s*(?:(?:von|of|/)\s*\d+)?[–—\-|·\s\])]*$",
    re.IGNORECASE,
)
PAGE_OF = re.compile(r"\b(?:seite|page|blatt)\s+(\d{1,4})(?:\s*(?P<of>von|of|/)\s*(?P<all>\d{1,4}))?\b", re.IGNORECASE)

MIN_RUN = 2  # pages; a number that keeps step with one page only could be anything
STRONG_RUN = 3  # pages from which on print is believed against the file
TRAILING = 1  # pages behind the last printed number that the run is carried on to
# Confidence: a printed number has the share of pages of its run that show it, times n / (n + 1) for a run of n pages:
# 0.67 for two pages, 0.95 for twenty. Numbers carried over a gap are right unless a page is not counted.
FILLED = 0.85  # of the run's confidence, inside a run
EXTENDED = 0.6  # of the run's confidence, before its first or behind its last number
STATED = 0.8  # „Seite 3 von 12“ says itself what it is, even once
AGREED = 1.0  # the file's label is printed on the page
UNPRINTED = 0.9  # the file's label on a page without number, in a file whose other labels agree with the print
UNSEEN = 0.7  # the file's label, nothing printed anywhere
TRIVIAL = 0.5  # ... and it only counts 1, 2, 3: many programs write that by themselves


@dataclass(frozen=True, slots=True)
class PageLabel:
    """The label of one page as `ingest.blocks.Block` has it."""

    text: str
    source: str  # "page_labels" or "print"
    confidence: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be the page's number: a number in a row at the edge of a page."""

    page: int  # 0-based
    place: int  # where on the page, in steps; numbers of one run stand at one height
    kind: str  # "arabic", "roman", "ROMAN", or a prefix such as "A-"
    value: int
    printed: str
    stated: bool = False  # „Seite 3 von 12“


@dataclass(frozen=True, slots=True)
class Run:
    """Pages whose numbers keep step."""

    kind: str
    step: int  # value - page
    printed: Mapping[int, str]  # page -> label as printed
    confidence: float

    @property
    def first(self) -> int:
        """Return the first page that shows a number."""
        return min(self.printed)

    @property
    def last(self) -> int:
        """Return the last page that shows a number."""
        return max(self.printed)

    def spell(self, page: int) -> str | None:
        """Return the label that the run's arithmetic gives a page; None below 1."""
        value = self.step + page
        if value < 1:
            return None
        if self.kind in ("roman", "ROMAN"):
            return spell_roman(value) if self.kind == "roman" else spell_roman(value).upper()
        return str(value) if self.kind == "arabic" else f"{self.kind}{value}"


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of all pages, and what the report should say about them."""

    pages: tuple[PageLabel | None, ...]
    notices: tuple[str, ...] = ()


def parse_roman(text: str) -> int | None:
    """Return the value of a roman numeral, None for anything else."""
    if not text or not ROMAN.fullmatch(text):
        return None
    values = [ROMAN_VALUES[letter] for letter in text.lower()]
    return sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True))


def spell_roman(value: int) -> str:
    """Return a positive number as a roman numeral in lower case."""
    parts = []
    for worth, sign in ROMAN_SIGNS:
        parts.append(sign * (value // worth))
        value %= worth
    return "".join(parts)


def find_candidates(page: int, place: int, text: str) -> list[Candidate]:
    """Return the numbers in a running row that may be the page's: at its ends, or named as page."""
    tokens = text.split()
    if not tokens:
        return []
    found: dict[tuple[str, int], Candidate] = {}
    stated = PAGE_OF.search(text)
    named = PAGE_WORD.match(text)
    for token in (tokens[0], tokens[-1], *([named[1]] if named else []), *([stated[1]] if stated else [])):
        parsed = _parse(token.strip(FRINGE))
        if parsed is not None:
            kind, value, printed = parsed
            is_stated = stated is not None and stated["of"] is not None and token == stated[1] and value <= int(stated["all"])
            found[kind, value] = Candidate(page, place, kind, value, printed, is_stated)
    return list(found.values())


def read_labels(candidates: Iterable[Candidate], count: int) -> tuple[list[Candidate | None], list[Run]]:
    """Return the number printed on each page, None if none is recognised, and the runs these belong to.

    A number is a label if it keeps step with the pages at one height, on two pages at least; where two runs claim a page
    the longer one has it.
    """
    votes: dict[tuple[str, int, int], dict[int, Candidate]] = defaultdict(dict)
    for candidate in candidates:
        votes[candidate.kind, candidate.value - candidate.page, candidate.place][candidate.page] = candidate
    merged: dict[tuple[str, int], dict[int, Candidate]] = defaultdict(dict)
    for (kind, step, _), pages in votes.items():
        if len(pages) >= MIN_RUN or any(candidate.stated for candidate in pages.values()):
            merged[kind, step].update(pages)
    labels: list[Candidate | None] = [None] * count
    runs = []
    for (kind, step), pages in sorted(merged.items(), key=lambda item: (-len(item[1]), item[0])):
        own = {page: candidate for page, candidate in sorted(pages.items()) if labels[page] is None}
        if len(own) < MIN_RUN and not any(candidate.stated for candidate in own.values()):
            continue
        for page, candidate in own.items():
            labels[page] = candidate
        runs.append(Run(kind, step, {page: c.printed for page, c in own.items()}, _rate(own)))
    return labels, sorted(runs, key=lambda run: run.first)


def settle_labels(runs: Sequence[Run], count: int, filed: Sequence[str] | None) -> Labels:
    """Return the label of each page from the print's `runs` and the file's own labels (`filed`, "" for none)."""
    claims = _claim(runs, count)
    if filed is None:
        return Labels(tuple(_label_printed(claim, page) for page, claim in enumerate(claims)))
    differing = [page for page, claim in enumerate(claims) if claim and claim.reads(page) and not _agree(claim, page, filed)]
    agreeing = sum(1 for page, claim in enumerate(claims) if claim and claim.reads(page) and _agree(claim, page, filed))
    is_trivial = all(label == str(page + 1) for page, label in enumerate(filed))
    labels = [
        _settle(claim, page, filed, is_trivial=is_trivial, agreeing=agreeing, differing=len(differing))
        for page, claim in enumerate(claims)
    ]
    overruled = [p for p in differing if (label := labels[p]) is not None and label.source == "print" and filed[p]]
    return Labels(tuple(labels), (_say_overruled(overruled, labels, filed),) if overruled else ())


@dataclass(frozen=True, slots=True)
class _Claim:
    run: Run
    confidence: float

    def reads(self, page: int) -> bool:
        return page in self.run.printed

    def label(self, page: int) -> str:
        return self.run.printed.get(page) or self.run.spell(page) or ""


def _parse(token: str) -> tuple[str, int, str] | None:
    if token.isascii() and token.isdigit() and 0 < int(token[:5]) <= MAX_NUMBER and len(token) <= 4:
        return "arabic", int(token), token
    if (value := parse_roman(token)) is not None and value < MAX_ROMAN and token in (token.lower(), token.upper()):
        return ("roman" if token == token.lower() else "ROMAN"), value, token
    if found := PREFIXED.fullmatch(token):
        return found[1] + found[2], int(found[3]), token
    return None


def _rate(pages: Mapping[int, Candidate]) -> float:
    span = max(pages) - min(pages) + 1
    if len(pages) < MIN_RUN:
        return STATED
    return round(len(pages) / span * len(pages) / (len(pages) + 1), 3)


def _claim(runs: Sequence[Run], count: int) -> list[_Claim | None]:
    """Give each page to the run that prints its number, the gaps to the runs around them."""
    claims: list[_Claim | None] = [None] * count
    for run in runs:
        for page in run.printed:
            claims[page] = _Claim(run, run.confidence)
    for run in sorted(runs, key=lambda r: -len(r.printed)):
        for page in range(run.first, run.last):
            if claims[page] is None:
                claims[page] = _Claim(run, round(FILLED * run.confidence, 3))
    for position, run in enumerate(runs):
        before = max((r.step + r.last for r in runs[:position] if r.kind == run.kind), default=0)
        page = run.first - 1
        while page >= 0 and claims[page] is None and run.step + page > before:
            claims[page] = _Claim(run, round(EXTENDED * run.confidence, 3))
            page -= 1
    for run in runs:
        for page in range(run.last + 1, min(run.last + 1 + TRAILING, count)):
            if claims[page] is None and len(run.printed) >= STRONG_RUN:
                claims[page] = _Claim(run, round(EXTENDED * run.confidence, 3))
    return claims


def _label_printed(claim: _Claim | None, page: int) -> PageLabel | None:
    text = claim.label(page) if claim else ""
    return PageLabel(text, "print", claim.confidence) if claim and text else None


def _agree(claim: _Claim, page: int, filed: Sequence[str]) -> bool:
    return _bare(claim.label(page)) == _bare(filed[page])


def _bare(label: str) -> str:
    return re.sub(r"[\W_]+", "", label).casefold()


def _settle(
    claim: _Claim | None, page: int, filed: Sequence[str], *, is_trivial: bool, agreeing: int, differing: int
) -> PageLabel | None:
    if claim is None:
        if not filed[page] or (is_trivial and differing > agreeing):
            return None
        plain = TRIVIAL if is_trivial else UNSEEN
        return PageLabel(filed[page], "page_labels", UNPRINTED if agreeing > differing else plain)
    if not filed[page]:
        return _label_printed(claim, page)
    if _agree(claim, page, filed):
        return PageLabel(filed[page], "page_labels", AGREED if claim.reads(page) else UNPRINTED)
    run = claim.run
    supported = sum(1 for p, printed in run.printed.items() if _bare(printed) == _bare(filed[p]))
    is_strong = len(run.printed) >= STRONG_RUN or 2 * len(run.printed) >= len(filed)
    if is_strong and 2 * supported < len(run.printed):
        return _label_printed(claim, page)
    return PageLabel(filed[page], "page_labels", TRIVIAL)


def _say_overruled(pages: Sequence[int], labels: Sequence[PageLabel | None], filed: Sequence[str]) -> str:
    page = pages[0]
    label = labels[page]
    number = f"Auf {len(pages)} Seiten weicht" if len(pages) > 1 else "Auf einer Seite weicht"
    return (
        f"{number} die aufgedruckte Seitenzahl von der im PDF hinterlegten ab (z. B. PDF-Seite {page + 1}: aufgedruckt "
        f"„{label.text if label else ''}“, hinterlegt „{filed[page]}“). Zitiert wird die aufgedruckte."
    )
