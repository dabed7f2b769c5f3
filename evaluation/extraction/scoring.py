"""Scores what was taken out of a typeset PDF against the text it was set from. Pure.

Left out of words, headings and order are the title page (its words belong to the metadata) and the table of contents (which
no source holds); page numbers count on all pages that gave text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from evaluation.extraction.measures import (
    Overlap,
    count_edits,
    count_leaks,
    is_in_order,
    is_right_label,
    list_differences,
    overlap,
    split_words,
)
from evaluation.typesetting.layouts import Part, Typeset, floats
from evaluation.typesetting.samples import Item, Kind

OPENING_WORDS = 4  # by which the beginning of a part is recognised on its page
NOTE_MARK = re.compile(r"^\[?\d{1,3}[.\])]*\s*")  # a footnote's own number, which engines print in many ways
STREAMS = {  # what is compared with what: footnotes, tables and captions stand apart from the running text
    Kind.HEADING: "Text",
    Kind.PARAGRAPH: "Text",
    Kind.LIST_ITEM: "Text",
    Kind.FOOTNOTE: "Fußnoten",
    Kind.TABLE: "Tabellen",
    Kind.CAPTION: "Beschriftungen",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One extracted block, as far as it is judged; the fields are those of `ingest.blocks.Block`."""

    kind: Kind
    text: str
    level: int | None
    page: int  # 1-based
    label: str | None


@dataclass(frozen=True, slots=True)
class Score:
    """The counts for one PDF or many; counts add up, shares do not."""

    words: int = 0
    edits: int = 0
    leaks: int = 0
    headings: Overlap = field(default_factory=lambda: Overlap(0, 0, 0))
    pages: int = 0
    ordered_pages: int = 0
    labelled_pages: int = 0  # pages whose number was looked at
    right_labels: int = 0
    edits_by_stream: tuple[tuple[str, int, int], ...] = ()  # (stream, edits, words)
    failures: tuple[str, ...] = ()  # German, for the one who mends

    def __add__(self, other: Score) -> Score:
        streams = {name: (edits, words) for name, edits, words in self.edits_by_stream}
        for name, edits, words in other.edits_by_stream:
            before = streams.get(name, (0, 0))
            streams[name] = (before[0] + edits, before[1] + words)
        return Score(
            self.words + other.words,
            self.edits + other.edits,
            self.leaks + other.leaks,
            self.headings + other.headings,
            self.pages + other.pages,
            self.ordered_pages + other.ordered_pages,
            self.labelled_pages + other.labelled_pages,
            self.right_labels + other.right_labels,
            tuple((name, edits, words) for name, (edits, words) in streams.items()),
            self.failures + other.failures,
        )

    @property
    def word_error_rate(self) -> float:
        """Return edits / words, 0 without words."""
        return self.edits / self.words if self.words else 0.0

    @property
    def order_share(self) -> float:
        """Return the share of pages read in order, 1 without pages."""
        return self.ordered_pages / self.pages if self.pages else 1.0

    @property
    def label_share(self) -> float:
        """Return the share of pages with the right number, 1 without pages."""
        return self.right_labels / self.labelled_pages if self.labelled_pages else 1.0


def score(made: Typeset, pieces: Sequence[Piece]) -> Score:
    """Return the counts for one PDF; `pieces` in the order in which they were extracted."""
    text_pages = {number for number, sheet in enumerate(made.sheets, start=1) if sheet.part is Part.TEXT}
    judged = [piece for piece in pieces if piece.page in text_pages]
    wanted, found = _split_wanted(made.sample.items), _split_found(judged)
    edits = {name: count_edits(wanted[name], found[name]) for name in wanted}
    failures = [
        f"{name}: „{before}“ wurde „{after}“"
        for name in wanted
        for before, after in list_differences(wanted[name], found[name])
    ]
    words = {page: _words_of(piece for piece in judged if piece.page == page) for page in text_pages}
    disordered = [page for page in sorted(text_pages) if not is_in_order(list_openings(made, page), words[page])]
    headings_wanted = [(_plain(item.text), item.level) for item in made.sample.items if item.kind is Kind.HEADING]
    headings_found = [(_plain(piece.text), piece.level) for piece in judged if piece.kind is Kind.HEADING]
    leaks = count_leaks(
        _words_of(piece for piece in pieces if made.sheets[piece.page - 1].part is not Part.TITLE), made.furniture
    )
    labels = {piece.page: piece.label for piece in pieces}
    wrong = [page for page, label in labels.items() if not _has_right_label(made, page, label)]
    failures += [f"Reihenfolge auf Seite {page}" for page in disordered]
    failures += [
        f"Überschrift fehlt: {text} (Stufe {level})" for text, level in headings_wanted if (text, level) not in headings_found
    ]
    failures += [
        f"Überschrift zu viel: {text} (Stufe {level})" for text, level in headings_found if (text, level) not in headings_wanted
    ]
    failures += [f"Seitenzahl auf Seite {page}: {labels[page]} statt {made.sheets[page - 1].label}" for page in wrong]
    if leaks:
        failures.append(f"{leaks} Wörter aus Kopf- oder Fußzeilen im Text")
    return Score(
        words=sum(map(len, wanted.values())),
        edits=sum(edits.values()),
        leaks=leaks,
        headings=overlap(headings_wanted, headings_found),
        pages=len(text_pages),
        ordered_pages=len(text_pages) - len(disordered),
        labelled_pages=len(labels),
        right_labels=len(labels) - len(wrong),
        edits_by_stream=tuple((name, edits[name], len(wanted[name])) for name in wanted),
        failures=tuple(failures),
    )


def list_openings(made: Typeset, page: int) -> list[list[str]]:
    """Return the first words of every part that begins on a page, in the order of the source; floats have no fixed place."""
    floating = {
        position
        for position, item in enumerate(made.sample.items)
        if floats(item, made.layout)
        for position in (position - 1, position)  # with its caption
    }
    return [
        split_words(made.sample.items[position].text)[:OPENING_WORDS]
        for position, start in sorted(made.starts.items())
        if start == page and position not in floating
    ]


def _split_wanted(items: Iterable[Item]) -> dict[str, list[str]]:
    streams: dict[str, list[str]] = {name: [] for name in STREAMS.values()}
    for item in items:
        streams[STREAMS[item.kind]] += split_words(item.text)
        for note in item.notes:
            streams[STREAMS[Kind.FOOTNOTE]] += split_words(note)
    return streams


def _split_found(pieces: Iterable[Piece]) -> dict[str, list[str]]:
    streams: dict[str, list[str]] = {name: [] for name in STREAMS.values()}
    for piece in pieces:
        streams[STREAMS[piece.kind]] += _words_of([piece])
    return streams


def _words_of(pieces: Iterable[Piece]) -> list[str]:
    words = []
    for piece in pieces:
        text = NOTE_MARK.sub("", piece.text) if piece.kind is Kind.FOOTNOTE else piece.text
        words += [word for word in split_words(text) if piece.kind is not Kind.TABLE or word != "|"]
    return words


def _plain(text: str) -> str:
    return " ".join(split_words(text))


def _has_right_label(made: Typeset, page: int, label: str | None) -> bool:
    sheet = made.sheets[page - 1]
    return is_right_label(label, sheet.label, sheet.is_printed)
