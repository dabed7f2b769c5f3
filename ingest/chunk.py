"""Blocks to passages: along headings, paragraphs and sentences, none larger than the model sees. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ingest.blocks import Block, BlockKind
from ingest.sentences import split_sentences
from search_service.documents import Page


@dataclass(frozen=True, slots=True)
class ChunkSizes:
    """Sizes of passages; words are runs without a blank."""

    words: int = 180  # a passage has at most about this many; with 30 overlap the best of the sizes tried on long documents
    overlap: int = 30  # words repeated where one paragraph must be split
    small: int = 40  # a section with fewer joins its neighbour
    tokens: int = 450  # hard cap with title and headings, of the model's 512: prefix, special tokens, error of the estimate


@dataclass(frozen=True, slots=True)
class PassageDraft:
    """A passage before it has an id."""

    text: str
    heading_path: tuple[str, ...]
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """The smallest text that is moved as a whole: a sentence, a list item, a row of a table."""

    text: str
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is kept together if it fits. `lead` is repeated at the head of every part if it does not."""

    pieces: tuple[_Piece, ...]
    joint: str  # between the pieces
    lead: _Piece | None = None
    overlaps: bool = False


@dataclass(slots=True)
class _Section:
    """A heading and the text up to the next one."""

    path: tuple[str, ...]
    chapter: int  # number of the section of level 1 or 2 it lies in
    units: list[_Unit] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    @property
    def words(self) -> int:
        return sum(len(piece.text.split()) for unit in self.units for piece in unit.pieces)


CHAPTER_LEVEL = 2  # passages never reach across headings of this level or above
HEADING_CHARACTERS = 200  # of one heading in a path; the rest of a longer one is text
PATH_CHARACTERS = 400  # of a whole path: some 130 tokens; the outer headings go first
PREAMBLE_WORDS = 15  # above the first heading: a series title or the kind of document
LONG_WORD = 300  # characters; a longer run without a blank (data, not language) is cut
# The XLM-R vocabulary on 4413 passages of 59 real German documents: with these numbers the estimate was below the true count
# in about 1 of 100 passages, by 18 % at worst (a word list), and 1.24 times the true count in the middle.
PIECE = re.compile(r"[A-Za-zÄÖÜäöüß]+|[0-9]+|[^\sA-Za-zÄÖÜäöüß0-9]")
LETTERS_PER_TOKEN = 3.5
CAPITALS_PER_TOKEN = 2.0
DIGITS_PER_TOKEN = 2.5
TOKENS_PER_SIGN = 1.2


def chunk(blocks: Iterable[Block], sizes: ChunkSizes, title: str = "") -> list[PassageDraft]:
    """Return the passages of a document in reading order. No word of a block is lost; headings go into the heading path.

    `title` is the document's: the model sees it before the heading path, so it counts against `sizes.tokens`.
    """
    sections = _cut_sections(blocks)
    for section in sections:
        section.units = _build_units(section.blocks)
    drafts: list[PassageDraft] = []
    for group in _group_small(sections, sizes):
        path = _common_path([section.path for section in group])
        units = [unit for section in group for unit in (*_title_units(section, path), *section.units)]
        drafts.extend(_pack(units, path, sizes, title))
    return drafts


def estimate_tokens(text: str) -> int:
    """Return about how many tokens the model makes of `text`: rather too many than too few."""
    total = 0.0
    for word in text.split():
        pieces = sum(map(_estimate_piece, PIECE.findall(word)))
        total += max(1.0, pieces if any(map(str.isalnum, word)) else pieces + 1)  # signs alone cost a token for the blank
    return int(total) + 1


def _estimate_piece(piece: str) -> float:
    if piece[0] in "0123456789":
        return max(1.0, len(piece) / DIGITS_PER_TOKEN)
    if len(piece) == 1 and not piece.isalpha():
        return TOKENS_PER_SIGN
    if len(piece) > 3 and piece.isupper():
        return len(piece) / CAPITALS_PER_TOKEN
    return max(1.0, len(piece) / LETTERS_PER_TOKEN)


def _cut_sections(blocks: Iterable[Block]) -> list[_Section]:
    stack: list[tuple[int, str]] = []
    chapter = 0
    sections = [_Section((), chapter)]
    pending: list[Block] = []  # headings that no text has followed yet
    for block in blocks:
        if block.kind is not BlockKind.HEADING:
            pending = []
            sections[-1].blocks.append(block)
            continue
        level = block.level or CHAPTER_LEVEL
        bare = [heading for heading in pending if (heading.level or CHAPTER_LEVEL) >= level]
        pending = pending[: len(pending) - len(bare)]
        _keep_headings(sections, bare)
        while stack and stack[-1][0] >= level:
            stack.pop()
        stack.append((level, _clip(block.text)))
        if level <= CHAPTER_LEVEL and _ends_chapter(sections, chapter):
            chapter += 1
        sections.append(_Section(_fit_path([title for _, title in stack]), chapter))
        pending.append(block)
        if len(block.text) > HEADING_CHARACTERS:
            sections[-1].blocks.append(_as_text(block))
            pending = []
    _keep_headings(sections, pending)
    return [section for section in sections if section.blocks]


def _ends_chapter(sections: Sequence[_Section], chapter: int) -> bool:
    """Headings that follow each other open one chapter, and a word or two before the first heading belong to it."""
    filled = [section for section in sections if section.chapter == chapter and section.blocks]
    words = sum(len(block.text.split()) for section in filled for block in section.blocks)
    return words > PREAMBLE_WORDS or any(section.path for section in filled)


def _keep_headings(sections: Sequence[_Section], headings: Sequence[Block]) -> None:
    """Headings without any text below them would be lost: they become text of the section before, or of the first."""
    before = next((section for section in reversed(sections) if section.blocks), sections[0])
    before.blocks.extend(map(_as_text, headings))


def _as_text(block: Block) -> Block:
    return Block(BlockKind.PARAGRAPH, block.text, None, block.page, block.label, block.label_source, block.label_confidence)


def _clip(text: str) -> str:
    return text if len(text) <= HEADING_CHARACTERS else text[: HEADING_CHARACTERS - 1].rsplit(" ", 1)[0] + "…"


def _fit_path(titles: list[str]) -> tuple[str, ...]:
    while len(titles) > 1 and sum(map(len, titles)) > PATH_CHARACTERS:
        titles = titles[1:]
    return tuple(titles)


def _build_units(blocks: Sequence[Block]) -> list[_Unit]:
    units: list[_Unit] = []
    ordered = _move_notes(blocks)
    index = 0
    while index < len(ordered):
        block = ordered[index]
        if block.kind is BlockKind.TABLE:
            units.append(_build_table(block))
        elif block.kind is BlockKind.LIST_ITEM:
            end = index
            while end < len(ordered) and ordered[end].kind is BlockKind.LIST_ITEM:
                end += 1
            units.append(_build_list(ordered[index:end], units))
            index = end
            continue
        else:
            end = index + 1
            while end < len(ordered) and ordered[end].continues:
                end += 1
            units.append(_build_paragraph(ordered[index:end]))
            index = end
            continue
        index += 1
    return units


def _move_notes(blocks: Sequence[Block]) -> list[Block]:
    """Put footnotes that stand between the two parts of a torn paragraph behind it."""
    ordered: list[Block] = []
    held: list[Block] = []
    for position, block in enumerate(blocks):
        if block.kind is BlockKind.FOOTNOTE:
            following = next((b for b in blocks[position + 1 :] if b.kind is not BlockKind.FOOTNOTE), None)
            if following is not None and following.continues:
                held.append(block)
                continue
        ordered.append(block)
        if not block.continues and block.kind is BlockKind.FOOTNOTE:
            continue
        following = blocks[position + 1] if position + 1 < len(blocks) else None
        if held and (following is None or (not following.continues and following.kind is not BlockKind.FOOTNOTE)):
            ordered.extend(held)
            held = []
    return [*ordered, *held]


def _build_paragraph(blocks: Sequence[Block]) -> _Unit:
    """Return the sentences of a paragraph, each with the pages it stands on."""
    text = " ".join(block.text for block in blocks)
    borders: list[tuple[int, tuple[Page, ...]]] = []
    end = -1
    for block in blocks:
        end += len(block.text) + 1
        borders.append((end, _pages_of([block])))
    pieces = []
    for start, stop in split_sentences(text):
        first = next(i for i, (border, _) in enumerate(borders) if start < border)
        last = next(i for i, (border, _) in enumerate(borders) if stop <= border)
        pages = _join_pages(page for _, found in borders[first : last + 1] for page in found)
        pieces.append(_Piece(text[start:stop], pages))
    return _Unit(tuple(pieces), " ", overlaps=True)


def _build_list(items: Sequence[Block], units: list[_Unit]) -> _Unit:
    """Return the items with the line that introduces them, which is taken from the paragraph before."""
    pieces = tuple(
        _Piece(f"– {item.text}" if not re.match(r"\(?\w{1,3}[.)]", item.text) else item.text, _pages_of([item]))
        for item in items
    )
    lead = None
    if units and units[-1].overlaps and units[-1].pieces[-1].text.endswith(":"):
        before = units.pop()
        lead = before.pieces[-1]
        if before.pieces[:-1]:
            units.append(_Unit(before.pieces[:-1], before.joint, overlaps=True))
    return _Unit(pieces, "\n", lead)


def _build_table(block: Block) -> _Unit:
    pages = _pages_of([block])
    header, *rows = (_Piece(line, pages) for line in block.text.split("\n"))
    return _Unit(tuple(rows), "\n", header) if rows else _Unit((header,), "\n")


def _title_units(section: _Section, path: tuple[str, ...]) -> list[_Unit]:
    """In a passage of several sections each keeps its heading as a line."""
    if section.path == path:
        return []
    pages = section.units[0].pieces[0].pages[:1] if section.units and section.units[0].pieces else ()
    return [_Unit((_Piece(title, pages),), "\n") for title in section.path[len(path) :]]


def _group_small(sections: Sequence[_Section], sizes: ChunkSizes) -> list[list[_Section]]:
    """Join sections below `sizes.small` words with the next one of their chapter, or the last one with the one before."""
    groups: list[list[_Section]] = []
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


def _pack(units: Sequence[_Unit], path: tuple[str, ...], sizes: ChunkSizes, title: str) -> list[PassageDraft]:
    budget = max(sizes.tokens - estimate_tokens(" – ".join((title, *path))), sizes.tokens // 4)
    drafts: list[PassageDraft] = []
    current: list[_Piece] = []
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


def _make_draft(pieces: Sequence[_Piece], path: tuple[str, ...]) -> PassageDraft:
    return PassageDraft(
        "\n".join(piece.text for piece in pieces), path, _join_pages(p for piece in pieces for p in piece.pages)
    )


def _split_unit(unit: _Unit, words: int, overlap: int, budget: int) -> list[_Piece]:
    """Return the unit as one piece if it fits, else in parts that do."""
    lead = (unit.lead,) if unit.lead is not None else ()
    if lead and not _fits(lead, unit.joint, words // 2, budget // 2):  # a lead that long is not repeated
        unit, lead = _Unit((*lead, *unit.pieces), unit.joint, overlaps=unit.overlaps), ()
    if _fits((*lead, *unit.pieces), unit.joint, words, budget):
        return [_merge((*lead, *unit.pieces), unit.joint)]
    room = words - sum(len(piece.text.split()) for piece in lead)
    token_room = budget - sum(estimate_tokens(piece.text) for piece in lead)
    small = [part for piece in unit.pieces for part in _split_piece(piece, room, token_room)]
    parts: list[list[_Piece]] = [[]]
    for piece in small:
        if parts[-1] and not _fits((*parts[-1], piece), unit.joint, room, token_room):
            parts.append(_tail(parts[-1], piece, overlap, room, token_room) if unit.overlaps else [])
        parts[-1].append(piece)
    return [_merge((*lead, *part), unit.joint) for part in parts]


def _tail(part: Sequence[_Piece], following: _Piece, overlap: int, words: int, tokens: int) -> list[_Piece]:
    """Return the last sentences of `part`, at most `overlap` words, that are repeated before `following` if they fit."""
    tail: list[_Piece] = []
    for piece in reversed(part[1:]):
        candidate = [piece, *tail]
        if sum(len(p.text.split()) for p in candidate) > overlap or not _fits((*candidate, following), " ", words, tokens):
            break
        tail = candidate
    return tail


def _split_piece(piece: _Piece, words: int, tokens: int) -> list[_Piece]:
    """Cut a sentence or row that is too large by itself between its words."""
    if _fits((piece,), "", words, tokens):
        return [piece]
    runs = [run for word in piece.text.split() for run in _cut_word(word)]
    parts: list[list[str]] = [[]]
    used = 0
    for run in runs:
        cost = estimate_tokens(run)
        if parts[-1] and (len(parts[-1]) >= words or used + cost > tokens):
            parts.append([])
            used = 0
        parts[-1].append(run)
        used += cost
    return [_Piece(" ".join(part), piece.pages) for part in parts]


def _cut_word(word: str) -> list[str]:
    return [word[start : start + LONG_WORD] for start in range(0, len(word), LONG_WORD)] if len(word) > LONG_WORD else [word]


def _fits(pieces: Sequence[_Piece], joint: str, words: int, tokens: int) -> bool:
    text = (joint or " ").join(piece.text for piece in pieces)
    return (
        len(text.split()) <= words and estimate_tokens(text) <= tokens and max(map(len, text.split()), default=0) <= LONG_WORD
    )


def _merge(pieces: Sequence[_Piece], joint: str) -> _Piece:
    return _Piece(joint.join(piece.text for piece in pieces), _join_pages(page for piece in pieces for page in piece.pages))


def _pages_of(blocks: Iterable[Block]) -> tuple[Page, ...]:
    return _join_pages(_page_of(block, block.page) for block in blocks if block.page is not None)


def _page_of(block: Block, number: int) -> Page:
    return Page(number, block.label, block.label_source, block.label_confidence) if block.label else Page(number)


def _join_pages(pages: Iterable[Page]) -> tuple[Page, ...]:
    found = {page.physical: page for page in pages}
    return tuple(found[number] for number in sorted(found))
