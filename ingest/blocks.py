"""What every format is turned into: blocks in reading order, with what the file says about itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
class Block:
    """A stretch of text with one role on one page.

    The text of a table holds one row a line, header first, cells separated by " | "; every other text is one line.
    """

    kind: BlockKind
    text: str
    level: int | None = None  # headings: 1 is outermost; list items: 1 is outermost; None otherwise
    page: int | None = None  # physical, 1-based; None for formats without pages
    label: str | None = None  # what is printed on that page; None if unknown
    label_source: str | None = None  # "page_labels" or "print"; None without label
    continues: bool = False  # the block goes on with the paragraph that a page or column break tore


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
            "blocks": [[b.kind, b.text, b.level, b.page, b.label, b.label_source, b.continues] for b in extraction.blocks],
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
            Block(BlockKind(kind), str(body), level, page, label, source, bool(continues))
            for kind, body, level, page, label, source, continues in data["blocks"]
        ),
        properties={
            str(key): tuple(map(str, value)) if isinstance(value, list) else str(value)
            for key, value in data["properties"].items()
        },
        front_matter=None if data["front_matter"] is None else str(data["front_matter"]),
        notices=tuple(map(str, data["notices"])),
    )


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
