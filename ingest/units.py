"""Blocks of a section to units that stay together if they fit: paragraphs, lists with their lead, tables. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.blocks import Block, BlockKind
from ingest.pieces import Piece, cut_piece, join_pieces, read_piece
from ingest.sentences import split_sentences

NUMBERED = re.compile(r"\(?\w{1,3}[.)]")


@dataclass(frozen=True, slots=True)
class Unit:
    """What is kept together if it fits. `lead` is repeated at the head of every part if it does not."""

    pieces: tuple[Piece, ...]
    joint: str  # between the pieces
    lead: Piece | None = None
    overlaps: bool = False


def build_units(blocks: Sequence[Block]) -> list[Unit]:
    """Return the units of a section in reading order; footnotes never stand inside a paragraph."""
    units: list[Unit] = []
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
    following: list[Block | None] = []  # of each block, the next one that is no footnote
    later: Block | None = None
    for block in reversed(blocks):
        following.append(later)
        later = later if block.kind is BlockKind.FOOTNOTE else block
    following.reverse()
    ordered: list[Block] = []
    held: list[Block] = []
    for position, (block, after) in enumerate(zip(blocks, following, strict=True)):
        if block.kind is BlockKind.FOOTNOTE and after is not None and after.continues:
            held.append(block)
            continue
        ordered.append(block)
        if block.kind is BlockKind.FOOTNOTE and not block.continues:
            continue
        beside = blocks[position + 1] if position + 1 < len(blocks) else None
        if held and (beside is None or (not beside.continues and beside.kind is not BlockKind.FOOTNOTE)):
            ordered.extend(held)
            held = []
    return [*ordered, *held]


def _build_paragraph(blocks: Sequence[Block]) -> Unit:
    """Return the sentences of a paragraph, each with the pages it stands on."""
    torn = [read_piece(block) for block in blocks]  # in more than one part by breaks of a page or column
    starts = [sum(len(piece.text) + 1 for piece in torn[:index]) for index in range(len(torn))]
    sentences = []
    for start, end in split_sentences(" ".join(piece.text for piece in torn)):
        parts = (
            cut_piece(piece, max(start - offset, 0), min(end - offset, len(piece.text)))
            for offset, piece in zip(starts, torn, strict=True)
            if offset < end and offset + len(piece.text) > start
        )
        sentences.append(join_pieces(tuple(parts), " "))
    return Unit(tuple(sentences), " ", overlaps=True)


def _build_list(items: Sequence[Block], units: list[Unit]) -> Unit:
    """Return the items with the line that introduces them, which is taken from the paragraph before."""
    pieces = tuple(
        read_piece(item) if NUMBERED.match(item.text) else join_pieces((Piece("–"), read_piece(item)), " ") for item in items
    )
    lead = None
    if units and units[-1].overlaps and units[-1].pieces[-1].text.endswith(":"):
        before = units.pop()
        lead = before.pieces[-1]
        if before.pieces[:-1]:
            units.append(Unit(before.pieces[:-1], before.joint, overlaps=True))
    return Unit(pieces, "\n", lead)


def _build_table(block: Block) -> Unit:
    whole = read_piece(block)
    lines = []
    start = 0
    for line in block.text.split("\n"):
        lines.append(cut_piece(whole, start, start + len(line)))
        start += len(line) + 1
    return Unit(tuple(lines[1:]), "\n", lines[0]) if len(lines) > 1 else Unit(tuple(lines), "\n")
