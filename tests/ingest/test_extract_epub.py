from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from ingest.extract import extract
from ingest.limits import DEFAULT_LIMITS
from search_service.errors import UnreadableDocument

CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>
<rootfile full-path="OEBPS/buch.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
PACKAGE = """<?xml version="1.0"?>
<package xmlns="http://www.idpf.org/2007/opf" xmlns:opf="http://www.idpf.org/2007/opf" version="3.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Arbeit im Wandel</dc:title>
<dc:creator opf:role="aut">Anna Alt</dc:creator><dc:creator>Bernd Neu</dc:creator>
<dc:creator opf:role="ill">Carla Bild</dc:creator>
<dc:publisher>Institut</dc:publisher><dc:date>2024-05-01</dc:date><dc:language>de</dc:language>
<dc:identifier>urn:uuid:12345678-1234-1234-1234-123456789012</dc:identifier><dc:identifier>urn:isbn:9783161484100</dc:identifier>
<dc:rights>CC BY 4.0</dc:rights><dc:subject>Arbeit</dc:subject></metadata>
<manifest><item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="t" href="inhalt.html" media-type="application/xhtml+xml"/>
<item id="k2" href="Kapitel%202.xhtml" media-type="application/xhtml+xml"/>
<item id="k1" href="kapitel1.xhtml" media-type="application/xhtml+xml"/>
<item id="b" href="bild.svg" media-type="image/svg+xml"/></manifest>
<spine><itemref idref="n"/><itemref idref="t"/><itemref idref="k1"/><itemref idref="k2"/><itemref idref="k1"/>
<itemref idref="b"/><itemref idref="fehlt"/></spine><guide><reference type="toc" href="inhalt.html"/></guide></package>"""
CHAPTER = """<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN"
"http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd"><html xmlns="http://www.w3.org/1999/xhtml"><body><h1>{0}</h1><p>{1}</p>
<script>böse()</script></body></html>"""
PARTS = {
    "mimetype": "application/epub+zip",
    "META-INF/container.xml": CONTAINER,
    "OEBPS/buch.opf": PACKAGE,
    "OEBPS/nav.xhtml": CHAPTER.format("Navigation", "Kapitel 1"),
    "OEBPS/inhalt.html": CHAPTER.format("Inhalt", "Kapitel 1"),
    "OEBPS/kapitel1.xhtml": CHAPTER.format("Anlass", "Fachkräfte fehlen."),
    "OEBPS/Kapitel 2.xhtml": CHAPTER.format("Ergebnis", "Es hilft."),
}


def write(path: Path, prefix: str = "", **more: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (PARTS | more).items():
            archive.writestr(name if name == "mimetype" else prefix + name, text)
    return path


def lines(path: Path) -> list[str]:
    return [f"{block.kind}{block.level or ''}: {block.text}" for block in extract(path, DEFAULT_LIMITS).blocks]


READ = ["heading1: Anlass", "paragraph: Fachkräfte fehlen.", "heading1: Ergebnis", "paragraph: Es hilft."]


def test_chapters_in_the_order_of_the_spine_each_once_without_contents(tmp_path: Path) -> None:
    assert lines(write(tmp_path / "a.epub")) == READ


def test_a_book_that_was_packed_with_its_folder_reads_the_same(tmp_path: Path) -> None:
    assert lines(write(tmp_path / "a.epub", prefix="buch/")) == READ


def test_what_the_book_says_about_itself(tmp_path: Path) -> None:
    found = extract(write(tmp_path / "a.epub"), DEFAULT_LIMITS)
    assert found.page_count is None
    assert found.properties == {
        "title": "Arbeit im Wandel",
        "authors": ("Anna Alt", "Bernd Neu"),
        "publisher": "Institut",
        "date": "2024-05-01",
        "language": "de",
        "isbn": "9783161484100",
        "license": "CC BY 4.0",
        "keywords": ("Arbeit",),
    }


def encrypted_by(method: str) -> dict[str, str]:
    names = 'xmlns="urn:oasis:names:tc:opendocument:xmlns:container" xmlns:enc="http://www.w3.org/2001/04/xmlenc#"'
    data = f'<enc:EncryptedData><enc:EncryptionMethod Algorithm="{method}"/></enc:EncryptedData>'
    return {"META-INF/encryption.xml": f"<encryption {names}>{data}</encryption>"}


def test_copy_protection_is_named_and_scrambled_fonts_are_none(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match="Kopierschutz"):
        extract(write(tmp_path / "a.epub", **encrypted_by("http://www.w3.org/2001/04/xmlenc#aes128-cbc")), DEFAULT_LIMITS)
    assert lines(write(tmp_path / "b.epub", **encrypted_by("http://www.idpf.org/2008/embedding"))) == READ


@pytest.mark.parametrize(
    ("part", "content", "message"),
    [
        ("META-INF/container.xml", "<container/>", "beschädigt"),
        ("META-INF/container.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "DOCTYPE"),
        ("OEBPS/buch.opf", "<package", "beschädigt"),
        ("../außen.xhtml", "x", "Pfade"),
    ],
)
def test_a_damaged_and_a_hostile_book_get_a_plain_sentence(tmp_path: Path, part: str, content: str, message: str) -> None:
    with pytest.raises(UnreadableDocument, match=message):
        extract(write(tmp_path / "a.epub", **{part: content}), DEFAULT_LIMITS)


def test_entities_of_a_chapter_are_not_looked_up(tmp_path: Path) -> None:
    chapter = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><body><p>Vorher &x; nachher</p></body></html>'
    assert "root:" not in " ".join(lines(write(tmp_path / "a.epub", **{"OEBPS/kapitel1.xhtml": chapter})))
