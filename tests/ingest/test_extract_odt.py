from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from ingest.extract import extract
from ingest.limits import DEFAULT_LIMITS
from search_service.errors import NothingToIndex, UnreadableDocument

NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("draw", "drawing"),
        ("style", "style"),
        ("meta", "meta"),
        ("manifest", "manifest"),
        ("fo", "xsl-fo-compatible"),
    )
)
STYLES = """
<style:style style:name="Heading_20_2" style:family="paragraph"/>
<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Heading_20_2"/>
<style:style style:name="P2" style:family="paragraph" style:parent-style-name="Illustration"/>
<style:style style:name="Eigene" style:family="paragraph" style:default-outline-level="3"/>
<style:style style:name="P3" style:family="paragraph" style:parent-style-name="Contents_20_1"/>
<style:style style:name="T1" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>
"""
BODY = """
<text:tracked-changes><text:changed-region><text:deletion><text:p>Gelöschtes.</text:p></text:deletion></text:changed-region>
</text:tracked-changes>
<text:table-of-content><text:index-body><text:p>1 Anlass 3</text:p></text:index-body></text:table-of-content>
<text:p text:style-name="P3">Auch ein Verzeichnis 7</text:p>
<text:h text:outline-level="1">Anlass</text:h>
<text:p>Der<text:s/>Satz<text:line-break/>hat eine Note<text:note text:note-class="footnote">
<text:note-citation>1</text:note-citation>
<text:note-body><text:p>Vgl. § 87 BetrVG.</text:p></text:note-body></text:note>, einen <text:span>Kommentar
<office:annotation><text:p>Nicht zu lesen.</text:p></office:annotation></text:span> und einen Rahmen.<draw:frame><draw:text-box>
<text:p>Im Rahmen.</text:p></draw:text-box></draw:frame>Danach.</text:p>
<text:p text:style-name="P1">Nach Formatvorlage</text:p>
<text:p text:style-name="Eigene">Eigene Vorlage</text:p>
<text:list><text:list-item><text:p>Erstens</text:p><text:list><text:list-item><text:p>Darunter</text:p></text:list-item></text:list>
</text:list-item></text:list>
<text:p text:style-name="P2">Abbildung 1: Uhr</text:p>
<table:table><table:table-header-rows><table:table-row><table:table-cell table:number-columns-spanned="2"><text:p>Jahr</text:p>
</table:table-cell><table:covered-table-cell/><table:table-cell><text:p>Zahl | Wert</text:p></table:table-cell>
</table:table-row></table:table-header-rows>
<table:table-row><table:table-cell table:number-columns-repeated="2"><text:p>gleich</text:p>
</table:table-cell><table:table-cell><text:p>eins</text:p><text:p>zwei</text:p></table:table-cell></table:table-row></table:table>
<table:table><table:table-row><table:table-cell><text:p>Kasten</text:p></table:table-cell></table:table-row></table:table>
"""
META = """
<dc:title xmlns:dc="http://purl.org/dc/elements/1.1/">Leitfaden</dc:title><meta:initial-creator>Anna Alt</meta:initial-creator>
<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">Bernd Neu</dc:creator><meta:keyword>Arbeit</meta:keyword>
<meta:keyword>KI</meta:keyword><meta:creation-date>2024-05-01T10:00:00</meta:creation-date>
<dc:language xmlns:dc="http://purl.org/dc/elements/1.1/">de-DE</dc:language>
"""


def write(path: Path, body: str = BODY, manifest: str = "", **more: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("META-INF/manifest.xml", f"<manifest:manifest {NAMES}>{manifest}</manifest:manifest>")
        archive.writestr(
            "styles.xml", f"<office:document-styles {NAMES}><office:styles>{STYLES}</office:styles></office:document-styles>"
        )
        archive.writestr("meta.xml", f"<office:document-meta {NAMES}><office:meta>{META}</office:meta></office:document-meta>")
        if "content" not in more:
            text = f"<office:body><office:text>{body}</office:text></office:body>"
            more["content"] = f"<office:document-content {NAMES}>{text}</office:document-content>".encode()
        archive.writestr("content.xml", more["content"])
    return path


def lines(path: Path) -> list[str]:
    """Return the blocks as lines a person can read."""
    found = extract(path, DEFAULT_LIMITS).blocks
    return [f"{block.kind}{block.level or ''}: " + block.text.replace("\n", " / ") for block in found]


def test_the_text_in_document_order_without_what_lies_beside_it(tmp_path: Path) -> None:
    assert lines(write(tmp_path / "a.odt")) == [
        "heading1: Anlass",
        "paragraph: Der Satz hat eine Note, einen Kommentar und einen Rahmen. Danach.",
        "footnote: Vgl. § 87 BetrVG.",
        "paragraph: Im Rahmen.",
        "heading2: Nach Formatvorlage",
        "heading3: Eigene Vorlage",
        "list_item1: Erstens",
        "list_item2: Darunter",
        "caption: Abbildung 1: Uhr",
        "table: Jahr |  | Zahl / Wert / gleich | gleich | eins zwei",
        "paragraph: Kasten",
    ]


def test_what_the_file_says_about_itself(tmp_path: Path) -> None:
    assert extract(write(tmp_path / "a.odt"), DEFAULT_LIMITS).properties == {
        "title": "Leitfaden",
        "authors": "Anna Alt",
        "keywords": ("Arbeit", "KI"),
        "created": "2024-05-01",
        "language": "de-DE",
    }


def test_bold_lines_are_headings_where_none_is_marked(tmp_path: Path) -> None:
    body = '<text:p><text:span text:style-name="T1">Anlass</text:span></text:p><text:p>Ein Absatz.</text:p>'
    assert lines(write(tmp_path / "a.odt", body)) == ["heading2: Anlass", "paragraph: Ein Absatz."]


def test_a_cell_repeated_without_end_is_cut(tmp_path: Path) -> None:
    cell = '<table:table-cell table:number-columns-repeated="99999999"><text:p>x</text:p></table:table-cell>'
    path = write(tmp_path / "a.odt", f"<table:table><table:table-row>{cell}</table:table-row></table:table>")
    assert len(lines(path)[0]) < 300


def test_protected_damaged_hostile_and_empty_files_get_a_plain_sentence(tmp_path: Path) -> None:
    entry = '<manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry>'
    for name, path, message in (
        ("a.odt", write(tmp_path / "a.odt", manifest=entry, content=b"\x8f\x01verschlossen"), "Passwort"),
        ("b.odt", write(tmp_path / "b.odt", content=b"<office:document-content"), "beschädigt"),
        ("c.odt", write(tmp_path / "c.odt", content=b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'), "DOCTYPE"),
        ("d.odt", write(tmp_path / "d.odt", content=f"<office:document-content {NAMES}/>".encode()), "beschädigt"),
        ("e.odt", write(tmp_path / "e.odt", "<text:section>" * 1000 + "</text:section>" * 1000), "verschachtelt"),
    ):
        with pytest.raises(UnreadableDocument, match=message):
            extract(path, DEFAULT_LIMITS)
        assert path.name == name
    with pytest.raises(NothingToIndex, match="keinen Text"):
        extract(write(tmp_path / "f.odt", "<text:p/>"), DEFAULT_LIMITS)
