"""Which rows of a PDF are headings, and of which level. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from ingest.extract.layout import Row

NUMBER = re.compile(
    r"(?:(\d{1,2}(?:\.\d{1,2})*)\.?|§\s*\d+[a-z]?|[A-Z]\.|[IVX]{1,5}\.|Kapitel\s+\d+|Teil\s+\d+|Anhang\s+[A-Z\d]+)[:.]?\s+(?=\S)"
)
LARGER = 1.1  # of the body size
MAX_WORDS = 22
MAX_LEVEL = 6
Style = tuple[float, bool]


def normalise_title(text: str) -> str:
    """Return a title as it is compared between outline and page: letters and digits only, in lower case."""
    return re.sub(r"[\W_]+", "", text).casefold()


class Levels:
    """What is known about the headings of one document: its outline and how each level is set."""

    def __init__(self, rows: Sequence[Row], body: float, outline: Mapping[str, int]) -> None:
        self.body = body
        self._outline = {title: level for title, level in outline.items() if len(title) > 2}
        self._seen: dict[str, int | None] = {}  # rows are asked for more than once
        self._styles = self._learn(rows)

    def outline_level(self, text: str) -> int | None:
        """Return the level the outline gives this text, with or without its number; None if it does not name it."""
        if not self._outline:
            return None
        if text not in self._seen:
            self._seen[text] = self._find_in_outline(text)
        return self._seen[text]

    def _find_in_outline(self, text: str) -> int | None:
        number = NUMBER.match(text)
        for candidate in (text, text[number.end() :] if number else text):
            if (level := self._outline.get(normalise_title(candidate))) is not None:
                return level
        return None

    def level_of(self, text: str, row: Row) -> int:
        """Return the level of a heading: the outline's, else by its number, else by how it is set."""
        if (level := self.outline_level(text)) is not None:
            return min(level, MAX_LEVEL)
        if (number := NUMBER.match(text)) and number[1]:
            return min(number[1].count(".") + 1, MAX_LEVEL)
        return self._styles.get(_style(row), MAX_LEVEL)

    def _learn(self, rows: Sequence[Row]) -> dict[Style, int]:
        """Rank the styles of heading-like rows by size and weight; numbered and outlined rows fix the level of theirs."""
        votes: dict[Style, Counter[int]] = defaultdict(Counter)
        for row in rows:
            if is_heading_like(row, self):
                text = row.text.strip()
                level = self.outline_level(text)
                if level is None and (number := NUMBER.match(text)) and number[1]:
                    level = number[1].count(".") + 1
                votes[_style(row)][level or 0] += 1
        levels: dict[Style, int] = {}
        current = 0
        for style in sorted(votes, reverse=True):
            known = [(count, -level) for level, count in votes[style].items() if level > 0]
            current = -max(known)[1] if known else current + 1
            current = min(current, MAX_LEVEL)
            levels[style] = current
        return levels


def is_heading_like(row: Row, levels: Levels) -> bool:
    """Tell whether a row looks like (a line of) a heading: larger or bolder than the text, short, no sentence."""
    text = row.text.strip()
    if not any(c.isalpha() for c in text) or len(text.split()) > MAX_WORDS or len(text) < 2:
        return False
    if row.size < 0.92 * levels.body or (text[-1] in ",;" and not (row.bold and NUMBER.match(text))):
        return False
    if row.size > LARGER * levels.body:
        return len(text) > 2 or text.isupper()
    if levels.outline_level(text) is not None and (row.bold or NUMBER.match(text) is not None):
        return True
    is_label = text.endswith(".") and NUMBER.match(text) is None  # a bold sentence is emphasis
    return row.bold and not is_label


def _style(row: Row) -> Style:
    return (round(row.size * 2) / 2, row.bold)
