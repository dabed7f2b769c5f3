from __future__ import annotations

from pathlib import Path

import pytest

from ingest.blocks import BlockKind
from ingest.extract import extract
from ingest.extract.text import build_text_blocks
from ingest.limits import DEFAULT_LIMITS
from search_service.errors import NothingToIndex, UnreadableDocument

LETTER = """MERKBLATT PAUSEN

1. Ruhepausen

Nach mehr als sechs Stunden ist die Arbeit zu unter-
brechen. Das gilt am 3. Oktober wie an
jedem Tag.

Zu beachten ist:
- die Dauer von
  dreißig Minuten
- die Teilung in Viertel-
  und halbe Stunden

2.1 Ruhezeit
------------
Elf Stunden.
"""
PLAIN = """\
heading 1: MERKBLATT PAUSEN
heading 2: 1. Ruhepausen
paragraph: Nach mehr als sechs Stunden ist die Arbeit zu unterbrechen. Das gilt am 3. Oktober wie an jedem Tag.
paragraph: Zu beachten ist:
list_item 1: die Dauer von dreißig Minuten
list_item 1: die Teilung in Viertel- und halbe Stunden
heading 2: 2.1 Ruhezeit
paragraph: Elf Stunden."""

MARKDOWN = """---
title: Schichtplan
sectors: [industrie]
---
# Schichtplan {#top}

Ein *kurzer* Absatz mit [Verweis](https://example.org)
und `Code`.[^1]

## Punkte

Nötig sind:

1. Zeit
   - und Ruhe
2. Leute

| Tag | Dienst |
|-----|--------|
| Mo  | früh   |
| Di  | spät   |

```
a = 1
```

<p>Ein <b>eingebetteter</b> Absatz<script>böse()</script></p>

[^1]: Siehe dort.
"""
MARKED = """\
heading 1: Schichtplan
paragraph: Ein kurzer Absatz mit Verweis und Code.
heading 2: Punkte
paragraph: Nötig sind:
list_item 1: Zeit
list_item 2: und Ruhe
list_item 1: Leute
table: Tag | Dienst / Mo | früh / Di | spät
paragraph: a = 1
paragraph: Ein eingebetteter Absatz
footnote: 1 Siehe dort."""


def show(path: Path) -> str:
    """Return the blocks as lines a person can read."""
    return "\n".join(
        f"{block.kind}{f' {block.level}' if block.level and block.kind is not BlockKind.FOOTNOTE else ''}: "
        + block.text.replace("\n", " / ")
        for block in extract(path, DEFAULT_LIMITS).blocks
    )


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_plain_text(tmp_path: Path) -> None:
    assert show(write(tmp_path / "a.txt", LETTER)) == PLAIN


def test_a_long_line_is_a_heading_where_the_line_under_it_was_drawn_for_it() -> None:
    line = "Nachlese zur Lernreise Pflege und Digitalisierung im Ruhrgebiet: was wir in acht Häusern an zwei Tagen sahen"
    drawn, other = (build_text_blocks(f"{line}\n{signs}\n\nEs war voll.")[0] for signs in ("=" * (len(line) - 1), "====="))
    assert (drawn.kind, drawn.text) == (BlockKind.HEADING, line)
    assert other.kind is BlockKind.PARAGRAPH


def test_a_text_of_one_line_is_a_paragraph(tmp_path: Path) -> None:
    assert show(write(tmp_path / "a.txt", "Nur eine Zeile")) == "paragraph: Nur eine Zeile"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_text_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    text = "Größe über alles – „gut“.\n\nZweiter Absatz."
    assert (
        show(write(tmp_path / "a.txt", text.encode(encoding)))
        == "paragraph: Größe über alles – „gut“.\nparagraph: Zweiter Absatz."
    )


def test_markdown(tmp_path: Path) -> None:
    path = write(tmp_path / "a.md", MARKDOWN)
    assert show(path) == MARKED
    assert extract(path, DEFAULT_LIMITS).front_matter == "title: Schichtplan\nsectors: [industrie]"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.xyz", b"Text", "Unbekanntes Format"),
        ("a.gif", b"GIF89a\1\0\1\0", "Bild"),
        ("a.xml", b"<?xml version='1.0'?><a/>", "XML"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "alte Office-Format"),
        ("a.txt", b"  \n\n ", "keinen Text"),
        ("a.html", b"<html><body><nav>x</nav></body></html>", "keinen Text"),
    ],
)
def test_what_is_not_read_is_skipped_with_a_reason(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    with pytest.raises(NothingToIndex, match=message):
        extract(write(tmp_path / name, content), DEFAULT_LIMITS)


@pytest.mark.parametrize("name", ["a.pdf", "a.docx"])
def test_a_text_that_is_called_a_pdf_or_docx_fails(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableDocument, match="heißt"):
        extract(write(tmp_path / name, "Nur Text"), DEFAULT_LIMITS)


def test_a_wrong_ending_is_noticed(tmp_path: Path, study: Path) -> None:
    path = write(tmp_path / "a.txt", study.read_bytes())
    found = extract(path, DEFAULT_LIMITS)
    assert found.media_type == "application/pdf"
    assert found.notices[0] == "Die Endung „.txt“ passt nicht zum Inhalt; gelesen als PDF."
