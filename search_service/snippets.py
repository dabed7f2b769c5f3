"""Snippets: which words of a passage to mark, and which part of it to show. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Sequence

from search_service.german import find_shortened, find_words
from search_service.hits import Highlight, HighlightKind, Snippet
from search_service.sentences import find_sentence_starts

SNIPPET_CHARACTERS = 320  # about four lines at 80 characters: enough for two or three German sentences
MIN_FILL = 0.6  # a cut at a sentence border may leave at most 40 % of the space empty, otherwise the cut is at a word
LEAD_CHARACTERS = 60  # how much to show before a mark in a sentence that is longer than the snippet
ELLIPSIS = "…"
NO_BREAK = "\u00a0"  # an ellipsis never stands alone on a line

_HYPHENS = "-‐‑"
_SPACE = re.compile(r"\s")
_LOOSE_SPACE = re.compile(r"^\s|\s\s|\s$")
_WORD_PART = re.compile(r"[^\W_]+")


def make_highlights(text: str, matches: Callable[[str], bool]) -> tuple[Highlight, ...]:
    """Return the words of `text` that `matches` accepts, ascending and without overlap.

    A hyphenated word is asked about as a whole first, then part by part: "KI-Einführung" may be marked in one half. A word
    that an enumeration completes is asked about with all that lies between: "Ein- und Ausgabe" marks both words for
    "Eingabe".
    """
    found: list[tuple[int, int]] = []
    for start, end in find_words(text):
        written = text[start:end].rstrip(_HYPHENS)
        if matches(written):
            found.append((start, start + len(written)))
        elif written[0] != "§" and not written.isalnum():
            parts = _WORD_PART.finditer(text, start, end)
            found.extend(part.span() for part in parts if matches(part.group()))
    for each in find_shortened(text):
        first, last = sorted((each.short, each.whole), key=lambda token: token.start)
        if matches(text[first.start : last.end]):
            found += [(first.start, first.end), (last.start, last.end)]
    return tuple(Highlight(start, end) for start, end in _merge(found))


def make_snippet(text: str, highlights: Sequence[Highlight], limit: int = SNIPPET_CHARACTERS) -> Snippet:
    """Return the most telling window of `text`, at most `limit` characters long with its ellipses.

    Telling is: most distinct marked words, the sentence nearest in meaning counting as one, then most marks, then most of that
    sentence, then a start at a sentence border, then the earliest. Runs of white space become one blank; the highlights are
    offsets into the snippet's own text.
    """
    borders = find_sentence_starts(text)
    text, positions = _squeeze(text)
    marks = _move(highlights, positions)
    if len(text) <= limit:
        return Snippet(text, marks)
    room = max(limit - 2 * (len(ELLIPSIS) + 1), 1)
    sentences = [positions[border] for border in borders]
    inner = [_word_start(text, max(mark.start - LEAD_CHARACTERS, 0)) for mark in marks]
    words = [text[mark.start : mark.end].casefold() if mark.kind is HighlightKind.KEYWORD else "" for mark in marks]
    answers = [mark for mark in marks if mark.kind is HighlightKind.SEMANTIC]

    def worth(window: tuple[int, int]) -> tuple[int, int, int, bool, int]:
        start, end = window
        seen = [
            word
            for mark, word in zip(marks, words, strict=True)
            if start <= mark.start and (mark.end <= end or (not word and mark.start < end))
        ]
        nearest = sum(min(mark.end, end) - mark.start for mark in answers if start <= mark.start < end)
        return len(set(seen)), len(seen), nearest, start in sentences, -start

    windows = ((start, _find_end(text, start, room, sentences)) for start in {*sentences, *inner})
    start, end = max(windows, key=worth)
    return _cut(text, marks, start, end)


def snippet_html(snippet: Snippet) -> str:
    """Return the snippet as HTML: everything escaped, words in `<mark>`, the sentence that answers in `<em>`.

    Overlapping and nested highlights are well-formed: a `<mark>` may stand in an `<em>`, never the other way round.
    """
    keywords = _merge(_ranges(snippet, HighlightKind.KEYWORD))
    answers = _merge(_ranges(snippet, HighlightKind.SEMANTIC))
    pieces: list[str] = []
    position = 0
    for start, end in answers:
        pieces.append(_mark_words(snippet.text, position, start, keywords))
        pieces.append(f"<em>{_mark_words(snippet.text, start, end, keywords)}</em>")
        position = end
    pieces.append(_mark_words(snippet.text, position, len(snippet.text), keywords))
    return "".join(pieces)


def _mark_words(text: str, start: int, end: int, ranges: Sequence[tuple[int, int]]) -> str:
    """Return text[start:end] escaped, with the parts of `ranges` that lie in it marked."""
    pieces: list[str] = []
    position = start
    for range_start, range_end in ranges:
        first, last = max(range_start, start), min(range_end, end)
        if first < last:
            pieces.append(html.escape(text[position:first]))
            pieces.append(f"<mark>{html.escape(text[first:last])}</mark>")
            position = last
    pieces.append(html.escape(text[position:end]))
    return "".join(pieces)


def _ranges(snippet: Snippet, kind: HighlightKind) -> list[tuple[int, int]]:
    return [(mark.start, mark.end) for mark in snippet.highlights if mark.kind is kind]


def _merge(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return ascending ranges in which overlapping ones have become one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _squeeze(text: str) -> tuple[str, Sequence[int]]:
    """Return the text with runs of white space as one blank and none at the ends, and the new position of each old one.

    The positions have one entry more than the old text, so that the end of a range can be looked up too.
    """
    if not _LOOSE_SPACE.search(text):  # nearly every passage: nothing moves
        return _SPACE.sub(" ", text), range(len(text) + 1)
    positions = []
    kept: list[str] = []
    for character in text:
        positions.append(len(kept))
        if not character.isspace():
            kept.append(character)
        elif kept and kept[-1] != " ":
            kept.append(" ")
    positions.append(len(kept))
    squeezed = "".join(kept).rstrip()
    return squeezed, [min(position, len(squeezed)) for position in positions]


def _move(highlights: Iterable[Highlight], positions: Sequence[int]) -> tuple[Highlight, ...]:
    """Return the highlights with their ends looked up in `positions`, without those that became empty."""
    moved = (Highlight(positions[mark.start], positions[mark.end], mark.kind) for mark in highlights)
    return tuple(mark for mark in moved if mark.start < mark.end)


def _word_start(text: str, position: int) -> int:
    """Return the start of the first word at or after `position` that begins after a blank (or at 0)."""
    if position == 0:
        return 0
    blank = text.find(" ", position - 1)
    return position if blank == -1 else blank + 1


def _find_end(text: str, start: int, room: int, sentences: Sequence[int]) -> int:
    """Return where a window from `start` ends: a sentence border if it fills the room enough, else a word border."""
    furthest = start + room
    if furthest >= len(text):
        return len(text)
    border = max((end for end in sentences if start + room * MIN_FILL <= end <= furthest), default=None)
    if border is not None:
        return border
    blank = text.rfind(" ", start + 1, furthest + 1)
    return blank if blank != -1 else furthest


def _cut(text: str, marks: Sequence[Highlight], start: int, end: int) -> Snippet:
    body = text[start:end].rstrip()
    lead = f"{ELLIPSIS}{NO_BREAK}" if start > 0 else ""
    shift = len(lead) - start
    last = start + len(body)
    inside = [
        Highlight(max(mark.start, start) + shift, min(mark.end, last) + shift, mark.kind)
        for mark in marks
        if max(mark.start, start) < min(mark.end, last)
    ]
    return Snippet(lead + body + (f"{NO_BREAK}{ELLIPSIS}" if last < len(text) else ""), tuple(inside))
