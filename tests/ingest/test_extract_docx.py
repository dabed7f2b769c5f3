from __future__ import annotations

import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from ingest.blocks import BlockKind
from ingest.extract import extract
from ingest.limits import DEFAULT_LIMITS
from search_service.errors import UnreadableDocument

WORD = "word/document.xml"


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Word file with headings, lists, a table with merged cells, tracked changes, a content control and a caption."""
    document = docx.Document()
    document.core_properties.title, document.core_properties.author = "Leitfaden", "Ada Lovelace"
    document.add_heading("Leitfaden", 0)
    document.add_heading("Anlass", 1)
    document.add_paragraph("Ein Absatz mit Um­bruch.")
    document.add_paragraph("Punkt eins", style="List Bullet")
    table = document.add_table(rows=3, cols=2)
    for row, cells in zip(table.rows, (("Jahr", "Zahl"), ("2024", "zwölf"), ("", "dreizehn")), strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    document.add_paragraph("Tabelle 1: Zahlen", style="Caption")
    document.add_heading("Änderungen", 2)
    changed = document.add_paragraph("Es gilt ")
    for xml in (
        "<w:del {ns}><w:r><w:delText>alte</w:delText></w:r></w:del>",
        "<w:ins {ns}><w:r><w:t>neue</w:t></w:r></w:ins>",
        "<w:r {ns}><w:t xml:space='preserve'> Fassung.</w:t></w:r>",
    ):
        changed._p.append(parse_xml(xml.replace("{ns}", nsdecls("w"))))
    document.element.body.insert(
        len(document.element.body) - 1,
        parse_xml(
            f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>Im Steuerelement.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        ),
    )
    path = tmp_path_factory.mktemp("word") / "leitfaden.docx"
    document.save(str(path))
    return path


def test_the_accepted_text_in_document_order(guide: Path) -> None:
    found = extract(guide, DEFAULT_LIMITS)
    assert [(block.kind.value, block.level, block.text) for block in found.blocks] == [
        ("heading", 1, "Leitfaden"),
        ("heading", 1, "Anlass"),
        ("paragraph", None, "Ein Absatz mit Umbruch."),
        ("list_item", 1, "Punkt eins"),
        ("table", None, "Jahr | Zahl\n2024 | zwölf\n | dreizehn"),
        ("caption", None, "Tabelle 1: Zahlen"),
        ("heading", 2, "Änderungen"),
        ("paragraph", None, "Es gilt neue Fassung."),
        ("paragraph", None, "Im Steuerelement."),
    ]
    assert found.properties["title"] == "Leitfaden" and found.properties["authors"] == "Ada Lovelace"
    assert found.page_count is None


def rebuild(source: Path, target: Path, **replaced: bytes) -> Path:
    """Copy a Word file with some parts replaced or added; "__" in a name stands for "/", "_x" for "."."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename not in replaced:
                new.writestr(entry, old.read(entry))
        for name, data in replaced.items():
            new.writestr(name, data)
    return target


def refused(path: Path) -> str:
    with pytest.raises(UnreadableDocument) as caught:
        extract(path, DEFAULT_LIMITS)
    return str(caught.value)


def test_entities_are_refused_before_a_parser_sees_them(guide: Path, tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    assert "DOCTYPE" in refused(rebuild(guide, tmp_path / "a.docx", **{WORD: bomb}))
    assert "DOCTYPE" in refused(rebuild(guide, tmp_path / "b.docx", **{WORD: bomb.decode().encode("utf-16")}))


def test_a_bomb_is_refused_by_what_its_directory_says(guide: Path, tmp_path: Path) -> None:
    assert "ZIP-Bombe" in refused(rebuild(guide, tmp_path / "a.docx", **{"word/media/a.bin": bytes(5_000_000)}))
    assert "200 MB" in refused(rebuild(guide, tmp_path / "b.docx", **{"word/media/a.bin": bytes(201 * 1024 * 1024)}))


def test_too_many_parts_and_paths_out_of_the_archive_are_refused(guide: Path, tmp_path: Path) -> None:
    many = {f"word/{number}.bin": b"x" for number in range(2001)}
    assert "2000 Teile" in refused(rebuild(guide, tmp_path / "a.docx", **many))
    assert "Pfade" in refused(rebuild(guide, tmp_path / "b.docx", **{"../../böse.txt": b"x"}))
    assert "Pfade" in refused(rebuild(guide, tmp_path / "c.docx", **{"/etc/böse.txt": b"x"}))


def test_damaged_files_get_a_plain_sentence(guide: Path, tmp_path: Path) -> None:
    (tmp_path / "halb.docx").write_bytes(guide.read_bytes()[:4000])
    assert "beschädigt" in refused(tmp_path / "halb.docx")
    assert "beschädigt" in refused(rebuild(guide, tmp_path / "xml.docx", **{WORD: b"<w:document"}))
    assert "beschädigt" in refused(rebuild(guide, tmp_path / "leer.docx", **{"[Content_Types].xml": b""}))


def test_a_protected_file_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "geschützt.docx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600))
    assert "Passwort" in refused(path)


def test_bold_lines_are_headings_where_no_style_is_one(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph().add_run("Anlass").bold = True
    document.add_paragraph("Ein Absatz.")
    document.save(str(tmp_path / "a.docx"))
    blocks = extract(tmp_path / "a.docx", DEFAULT_LIMITS).blocks
    assert [(block.kind, block.text) for block in blocks] == [
        (BlockKind.HEADING, "Anlass"),
        (BlockKind.PARAGRAPH, "Ein Absatz."),
    ]
