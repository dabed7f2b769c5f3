"""Blocks to passages: along headings, paragraphs and sentences, none larger than the model sees. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ingest.blocks import Block
from ingest.pieces import Piece, cut_piece, join_pieces
from ingest.sections import Section, cut_sections
from ingest.tokens import estimate_tokens
from ingest.units import Unit, build_units
from search_service.documents import Page, Place

LONG_WORD = 300  # characters; a longer run without a blank (data, not language) is cut
RUN = re.compile(rf"\S{{1,{LONG_WORD}}}")


@dataclass(frozen=True, slots=True)
class ChunkSizes:
    """Sizes of passages; words are runs without a blank."""

    words: int = 180  # a passage has at most about this many; docs/decisions/0009: 90 to 320 are equal within noise
    overlap: int = 30  # words repeated where one paragraph must be split
    small: int = 40  # a section with fewer joins its neighbour
    tokens: int = 450  # hard cap with title and headings, of the model's 512: prefix, special tokens, error of the estimate


@dataclass(frozen=True, slots=True)
class PassageDraft:
    """A passage before it has an id."""

    text: str
    heading_path: tuple[str, ...]
    pages: tuple[Page, ...]
    places: tuple[Place, ...] = ()


def chunk(blocks: Iterable[Block], sizes: ChunkSizes, title: str = "") -> list[PassageDraft]:
    """Return the passages of a document in reading order. No word of a block is lost; headings go into the heading path.

    `title` is the document's: the model sees it before the heading path, so it counts against `sizes.tokens`, and an
    outermost heading that only repeats it is left out of the path.
    """
    sections = [replace(section, path=_drop_title(section.path, title)) for section in cut_sections(blocks)]
    drafts: list[PassageDraft] = []
    for group in _group_small(sections, sizes):
        path = _common_path([section.path for section in group])
        units = [unit for section in group for unit in (*_title_units(section, path), *build_units(section.blocks))]
        drafts.extend(_pack(units, path, sizes, title))
    return drafts


def _drop_title(path: tuple[str, ...], title: str) -> tuple[str, ...]:
    return path[1:] if path and title and _letters(path[0]) == _letters(title) else path


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _title_units(section: Section, path: tuple[str, ...]) -> list[Unit]:
    """In a passage of several sections each keeps its heading as a line."""
    if section.path == path:
        return []
    return [Unit((Piece(title),), "\n") for title in section.path[len(path) :]]


def _group_small(sections: Sequence[Section], sizes: ChunkSizes) -> list[list[Section]]:
    """Join sections below `sizes.small` words with the next one of their chapter, or the last one with the one before."""
    groups: list[list[Section]] = []
    for section in sections:
        if groups and groups[-1][-1].chapter == section.chapter:
            total = sum(s.words for s in groups[-1]) + section.words
            is_small = section.words < sizes.small or sum(s.words for s in groups[-1]) < sizes.small
            if is_small and total <= sizes.words:
                groups[-1].append(section)
                continue
        groups.append([section])
    return groups


def _common_path(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    common = paths[0]
    for path in paths[1:]:
        length = 0
        while length < min(len(common), len(path)) and common[length] == path[length]:
            length += 1
        common = common[:length]
    return common


def _pack(units: Sequence[Unit], path: tuple[str, ...], sizes: ChunkSizes, title: str) -> list[PassageDraft]:
    budget = max(sizes.tokens - estimate_tokens(" – ".join((title, *path))), sizes.tokens // 4)
    drafts: list[PassageDraft] = []
    current: list[Piece] = []
    words = tokens = 0
    for unit in units:
        for part in _split_unit(unit, sizes.words, sizes.overlap, budget):
            part_words, part_tokens = len(part.text.split()), estimate_tokens(part.text)
            if current and (words + part_words > sizes.words or tokens + part_tokens > budget):
                drafts.append(_make_draft(current, path))
                current, words, tokens = [], 0, 0
            current.append(part)
            words, tokens = words + part_words, tokens + part_tokens
    if current:
        drafts.append(_make_draft(current, path))
    return drafts


def _make_draft(pieces: Sequence[Piece], path: tuple[str, ...]) -> PassageDraft:
    whole = join_pieces(pieces, "\n")
    return PassageDraft(whole.text, path, whole.pages, whole.places)


def _split_unit(unit: Unit, words: int, overlap: int, budget: int) -> list[Piece]:
    """Return the unit as one piece if it fits, else in parts that do."""
    lead = (unit.lead,) if unit.lead is not None else ()
    if lead and not _fits(lead, unit.joint, words // 2, budget // 2):  # a lead that long is not repeated
        unit, lead = Unit((*lead, *unit.pieces), unit.joint, overlaps=unit.overlaps), ()
    if _fits((*lead, *unit.pieces), unit.joint, words, budget):
        return [join_pieces((*lead, *unit.pieces), unit.joint)]
    room = words - sum(len(piece.text.split()) for piece in lead)
    token_room = budget - sum(estimate_tokens(piece.text) for piece in lead)
    small = [part for piece in unit.pieces for part in _split_piece(piece, room, token_room)]
    parts: list[list[Piece]] = [[]]
    for piece in small:
        if parts[-1] and not _fits((*parts[-1], piece), unit.joint, room, token_room):
            parts.append(_tail(parts[-1], piece, overlap, room, token_room) if unit.overlaps else [])
        parts[-1].append(piece)
    return [join_pieces((*lead, *part), unit.joint) for part in parts]


def _tail(part: Sequence[Piece], following: Piece, overlap: int, words: int, tokens: int) -> list[Piece]:
    """Return the last sentences of `part`, at most `overlap` words, that are repeated before `following` if they fit."""
    tail: list[Piece] = []
    for piece in reversed(part[1:]):
        candidate = [piece, *tail]
        if sum(len(p.text.split()) for p in candidate) > overlap or not _fits((*candidate, following), " ", words, tokens):
            break
        tail = candidate
    return tail


def _split_piece(piece: Piece, words: int, tokens: int) -> list[Piece]:
    """Cut a sentence or row that is too large by itself between its words."""
    if _fits((piece,), "", words, tokens):
        return [piece]
    parts: list[Piece] = []
    start = end = count = used = 0
    for run in RUN.finditer(piece.text):
        cost = estimate_tokens(run[0])
        is_cut_word = run.start() == end > 0
        if count and (count >= words or used + cost > tokens or is_cut_word):
            parts.append(cut_piece(piece, start, end))
            count = used = 0
        start = start if count else run.start()
        end, count, used = run.end(), count + 1, used + cost
    return [*parts, cut_piece(piece, start, end)]


def _fits(pieces: Sequence[Piece], joint: str, words: int, tokens: int) -> bool:
    text = (joint or " ").join(piece.text for piece in pieces)
    return (
        len(text.split()) <= words and estimate_tokens(text) <= tokens and max(map(len, text.split()), default=0) <= LONG_WORD
    )
