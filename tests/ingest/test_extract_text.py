from __future__ import annotations

from pathlib import Path

import pytest

from ingest.blocks import BlockKind
from ingest.extract import extract
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

PAGE = """<!DOCTYPE html><html lang="de"><head><title>Ruhezeit – Portal</title>
<meta name="author" content="Ada Lovelace"><meta property="og:site_name" content="Portal">
<link rel="canonical" href="https://example.org/r">
<style>p {}</style></head><body>
<header><nav><a href="/">Start</a></nav></header>
<div class="cookie-banner">Wir verwenden Cookies.</div>
<main><article><header><h1>Ruhezeit</h1></header>
<p>Elf Stunden&nbsp;sind es<sup><a class="footnote-ref">1</a></sup>,<br>mindestens.</p>
Ein loser Text <b>im</b> Artikel, der lange genug ist,
damit der Hauptteil der Seite mehr als zweihundert Zeichen enthält und als solcher gilt.
<ul><li>Erstens<ul><li>Darunter</li></ul></li><li><p>Zweitens</p></li></ul>
<table><caption>Zeiten</caption><tr><th>Tag</th><th>Stunden</th></tr><tr><td>Mo</td><td>11</td></tr></table>
<aside>Werbung</aside><script>alert(1)</script>
<figure><img src="x.png"><figcaption>Bild 1: Uhr</figcaption></figure>
<section class="footnotes"><ol><li>Fußnotentext</li></ol></section>
</article></main>
<footer>Impressum</footer></body></html>"""
WEB = """\
heading 1: Ruhezeit
paragraph: Elf Stunden sind es, mindestens.
paragraph: Ein loser Text im Artikel, der lange genug ist, damit der Hauptteil der Seite mehr als zweihundert Zeichen enthält \
und als solcher gilt.
list_item 1: Erstens
list_item 2: Darunter
list_item 1: Zweitens
caption: Zeiten
table: Tag | Stunden / Mo | 11
caption: Bild 1: Uhr
footnote: Fußnotentext"""


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


def test_a_web_page_without_its_furniture(tmp_path: Path) -> None:
    path = write(tmp_path / "a.html", PAGE)
    assert show(path) == WEB
    assert extract(path, DEFAULT_LIMITS).properties == {
        "title": "Ruhezeit – Portal",
        "authors": ("Ada Lovelace",),
        "publisher": "Portal",
        "language": "de",
        "source_url": "https://example.org/r",
    }


def test_a_page_that_lies_about_its_encoding(tmp_path: Path) -> None:
    page = '<html><head><meta charset="iso-8859-1"></head><body><p>Größe</p></body></html>'
    assert show(write(tmp_path / "a.html", page.encode("utf-8"))) == "paragraph: Größe"
    assert show(write(tmp_path / "b.html", page.encode("cp1252"))) == "paragraph: Größe"


def test_entities_of_a_page_are_not_looked_up(tmp_path: Path) -> None:
    page = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><body><p>Vorher &x; nachher</p></body></html>'
    assert "root:" not in show(write(tmp_path / "a.html", page))


def test_nesting_is_read_flat_up_to_a_depth_and_refused_beyond(tmp_path: Path) -> None:
    for depth in (150, 230):
        page = "<html><body>" + "<div>" * depth + "tief unten" + "</div>" * depth + "</body></html>"
        assert show(write(tmp_path / "a.html", page)) == "paragraph: tief unten"
    with pytest.raises(UnreadableDocument, match="verschachtelt"):
        extract(write(tmp_path / "b.html", "<html><body>" + "<div>" * 3000 + "tief unten"), DEFAULT_LIMITS)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.xyz", b"Text", "Unbekanntes Format"),
        ("a.rtf", b"{\\rtf1 Text}", "RTF"),
        ("a.png", b"\x89PNG\r\n\x1a\n0000", "Bild"),
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
