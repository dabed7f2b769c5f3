"""Pieces of text that know where they stand: cut from blocks, joined to passages. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ingest.blocks import Block
from search_service.documents import Page, Place


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that is moved as a whole: a sentence, a list item, a row of a table."""

    text: str
    pages: tuple[Page, ...] = ()  # ascending
    places: tuple[Place, ...] = ()  # offsets into `text`


def read_piece(block: Block) -> Piece:
    """Return the whole text of a block with its page and places."""
    if block.page is None:
        return Piece(block.text)
    label = (block.label, block.label_source, block.label_confidence) if block.label else (None, None, None)
    places = (Place(p.start, p.end, block.page, p.left, p.top, p.right, p.bottom) for p in block.places)
    return Piece(block.text, (Page(block.page, *label),), tuple(places))


def cut_piece(piece: Piece, start: int, end: int) -> Piece:
    """Return the part of `piece` between two offsets; it keeps the pages, and the places it shares text with.

    Of a line that is cut the whole width is kept: how wide its letters are is not known.
    """
    places = (
        replace(place, start=max(place.start, start) - start, end=min(place.end, end) - start)
        for place in piece.places
        if place.start < end and place.end > start
    )
    return Piece(piece.text[start:end], piece.pages, tuple(places))


def join_pieces(pieces: Sequence[Piece], joint: str) -> Piece:
    """Return one piece of all texts with `joint` between them."""
    places: list[Place] = []
    offset = 0
    for piece in pieces:
        places.extend(replace(place, start=place.start + offset, end=place.end + offset) for place in piece.places)
        offset += len(piece.text) + len(joint)
    return Piece(joint.join(piece.text for piece in pieces), join_pages(pieces), tuple(places))


def join_pages(pieces: Iterable[Piece]) -> tuple[Page, ...]:
    """Return the pages of all pieces, each once, ascending."""
    found = {page.physical: page for piece in pieces for page in piece.pages}
    return tuple(found[number] for number in sorted(found))
