"""What every format is turned into: blocks in reading order, with what the file says about itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class BlockKind(StrEnum):
    """The part a block plays in its document."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    CAPTION = "caption"
    FOOTNOTE = "footnote"


@dataclass(frozen=True, slots=True)
class LinePlace:
    """Where one line of a block stands, as fractions (0 to 1) of its page as displayed, from the upper left corner."""

    start: int  # offset into the block's text
    end: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text with one role on one page.

    The text of a table holds one row a line, header first, cells separated by " | "; every other text is one line.
    """

    kind: BlockKind
    text: str
    level: int | None = None  # headings: 1 is outermost; list items: 1 is outermost; None otherwise
    page: int | None = None  # physical page, slide or sheet, 1-based; None for formats without them
    label: str | None = None  # what is printed on that page; None if unknown
    label_source: str | None = None  # "page_labels", "print" or "sheet"; None without label
    label_confidence: float | None = None  # 0 to 1; None without label
    continues: bool = False  # the block goes on with the paragraph that a page or column break tore
    places: tuple[LinePlace, ...] = ()  # ascending; empty for formats without boxes


@dataclass(frozen=True, slots=True)
class Extraction:
    """What one file gave."""

    media_type: str
    page_count: int | None  # None for formats without pages
    blocks: tuple[Block, ...]
    # Candidates as the file names them, not judged yet: title, authors, year, language, publisher, ...
    properties: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    front_matter: str | None = None  # the YAML text at the head of a Markdown file, unparsed
    notices: tuple[str, ...] = ()  # German sentences for the report


def dump_extraction(extraction: Extraction) -> str:
    """Return one line of JSON that `load_extraction` turns back into an equal value."""
    return json.dumps(
        {
            "media_type": extraction.media_type,
            "page_count": extraction.page_count,
            "blocks": [_pack_block(block) for block in extraction.blocks],
            "properties": dict(extraction.properties),
            "front_matter": extraction.front_matter,
            "notices": extraction.notices,
        },
        ensure_ascii=True,  # one line, whatever separators the text holds
    )


def load_extraction(text: str) -> Extraction:
    """Turn the output of `dump_extraction` back; ValueError, KeyError or TypeError for anything else."""
    data = json.loads(text)
    return Extraction(
        media_type=str(data["media_type"]),
        page_count=None if data["page_count"] is None else int(data["page_count"]),
        blocks=tuple(
            Block(BlockKind(kind), str(body), level, page, label, source, confidence, bool(continues), _unpack_places(places))
            for kind, body, level, page, label, source, confidence, continues, places in data["blocks"]
        ),
        properties={
            str(key): tuple(map(str, value)) if isinstance(value, list) else str(value)
            for key, value in data["properties"].items()
        },
        front_matter=None if data["front_matter"] is None else str(data["front_matter"]),
        notices=tuple(map(str, data["notices"])),
    )


def _pack_block(block: Block) -> list[object]:
    places = [[p.start, p.end, p.left, p.top, p.right, p.bottom] for p in block.places]
    label = (block.label, block.label_source, block.label_confidence)
    return [block.kind, block.text, block.level, block.page, *label, block.continues, places]


def _unpack_places(packed: Iterable[Sequence[float]]) -> tuple[LinePlace, ...]:
    return tuple(LinePlace(int(start), int(end), *map(float, box)) for start, end, *box in packed)


def describe_extraction(file: str, extraction: Extraction) -> dict[str, object]:
    """Return what `extract --json` prints: {"file", "pages", "blocks": [{"kind", "level", "text", "page", "label"}]}."""
    return {
        "file": file,
        "pages": extraction.page_count,
        "blocks": [
            {"kind": b.kind.value, "level": b.level, "text": b.text, "page": b.page, "label": b.label}
            for b in extraction.blocks
        ],
    }
