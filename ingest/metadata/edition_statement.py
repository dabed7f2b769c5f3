"""What a title page says of its edition: "2., überarbeitete Auflage 2024", "Ausgabe 2023", "Stand: März 2024". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

ORDINALS = ("erste", "zweite", "dritte", "vierte", "fünfte", "sechste", "siebte", "achte", "neunte", "zehnte")

# "Auflage: 2000 Exemplare" counts copies.
_YEAR = r"(?P<year>19[5-9]\d|20[0-4]\d)(?![\d/]|[.,]\d|\s*(?:Exemplare|Stück|Ex\.))"
_MONTH = r"(?:Jan|Feb|März|Mrz|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez|Frühjahr|Sommer|Herbst|Winter)[a-zä]*\.?"
_DAY = rf"(?:\d{{1,2}}\.\s*)?(?:{_MONTH}\s+|\d{{1,2}}\s*[./]\s*)?"
_IMPRESSION = re.compile(
    # A list's own number may be taken off the text, so that "Auflage" stands first.
    rf"(?:(?<![\d.])(?P<number>\d{{1,2}})\.(?=[\s,])[^\d;:]{{0,80}}?|\b(?P<word>{'|'.join(ORDINALS)})r?n?\b[^\d;:]{{0,80}}?)?"
    rf"\bAufl(?:age\b|\.)(?:(?:,\s*[^\W\d][\w-]+)?[\s,:(–-]*(?:vom\s+|im\s+)?{_DAY}{_YEAR})?",
    re.IGNORECASE,
)
_ISSUE = re.compile(rf"\bAusgabe[\s,:(–-]*(?:vom\s+)?{_DAY}{_YEAR}", re.IGNORECASE)
_AS_OF = re.compile(rf"(?:^|[(|·•–;,.-]\s*)Stand(?:\s*:\s*|\s+(?:vom\s+)?){_DAY}{_YEAR}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EditionStatement:
    """Which edition of its work a document says it is; None where it does not say."""

    number: int | None = None  # 1-based
    year: int | None = None


def read_edition(lines: Sequence[str]) -> EditionStatement:
    """Return what the lines say: an "Auflage" before an "Ausgabe" before a "Stand".

    Of several "Auflagen" the last one counts, because an imprint lists those before, too; two different years of an
    "Ausgabe" or a "Stand" give none.
    """
    impressions = sorted(_find_impressions(lines))
    number, year = impressions[-1] if impressions else (0, 0)
    return EditionStatement(number or None, year or _only_year(_ISSUE, lines) or _only_year(_AS_OF, lines))


def _find_impressions(lines: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Yield number and year of each "Auflage" that has one of them, 0 for the other."""
    for line in lines:
        for match in _IMPRESSION.finditer(line):
            word = match["word"]
            number = ORDINALS.index(word.casefold()) + 1 if word else int(match["number"] or 0)
            if number or match["year"]:
                yield number, int(match["year"] or 0)


def _only_year(pattern: re.Pattern[str], lines: Iterable[str]) -> int | None:
    years = {int(match["year"]) for line in lines for match in pattern.finditer(line)}
    return years.pop() if len(years) == 1 else None
