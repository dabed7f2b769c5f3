from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats import (
    DOCX,
    EPUB,
    EXTENSIONS,
    HTML,
    IMAGES,
    JPEG,
    MARKDOWN,
    NAMES,
    ODT,
    PDF,
    PNG,
    PPTX,
    READABLE,
    RTF,
    TEXT,
    TIFF,
    XLSX,
    detect_format,
)
from ingest.limits import DEFAULT_LIMITS
from search_service.errors import NothingToIndex, UnreadableDocument

OPEN_TEXT = "application/vnd.oasis.opendocument.text"
HEADS = {
    PDF: b"%PDF-1.7\n",
    RTF: b"{\\rtf1\\ansi Text}",
    JPEG: b"\xff\xd8\xff\xe0\0\x10JFIF",
    PNG: b"\x89PNG\r\n\x1a\n\0\0",
    TIFF: b"II*\0\x08\0\0\0",
    HTML: b"<!DOCTYPE html><html><body>x</body></html>",
}
PARTS = {
    DOCX: {"word/document.xml": ""},
    PPTX: {"ppt/presentation.xml": ""},
    XLSX: {"xl/workbook.xml": ""},
    ODT: {"mimetype": OPEN_TEXT, "content.xml": ""},
    EPUB: {"mimetype": "application/epub+zip", "META-INF/container.xml": ""},
}


def write(path: Path, content: bytes | dict[str, str]) -> Path:
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in content.items():
                archive.writestr(name, text)
    return path


@pytest.mark.parametrize("media_type", [*HEADS, *PARTS])
def test_a_format_is_told_by_its_content_under_every_name(tmp_path: Path, media_type: str) -> None:
    content = HEADS.get(media_type) or PARTS[media_type]
    right = next(ending for ending, known in EXTENSIONS.items() if known == media_type)
    assert detect_format(write(tmp_path / f"a{right}", content), DEFAULT_LIMITS).notice is None
    lying = detect_format(write(tmp_path / "a.txt", content), DEFAULT_LIMITS)
    assert lying.media_type == media_type
    assert lying.notice == f"Die Endung „.txt“ passt nicht zum Inhalt; gelesen als {NAMES[media_type]}."


def test_an_office_file_under_the_name_of_another_is_read_with_a_notice(tmp_path: Path) -> None:
    found = detect_format(write(tmp_path / "folien.docx", PARTS[PPTX]), DEFAULT_LIMITS)
    assert (found.media_type, found.notice) == (
        PPTX,
        "Die Endung „.docx“ passt nicht zum Inhalt; gelesen als PowerPoint (PPTX).",
    )
    assert detect_format(write(tmp_path / "brief.doc", HEADS[RTF]), DEFAULT_LIMITS).media_type == RTF
    unnamed = detect_format(write(tmp_path / "studie", HEADS[PDF]), DEFAULT_LIMITS)
    assert unnamed.notice == "Die Datei hat keine Endung; gelesen als PDF."


@pytest.mark.parametrize("ending", [".pdf", ".docx", ".xlsx", ".odt", ".epub", ".rtf", ".jpg"])
def test_a_login_page_saved_in_place_of_the_file_is_not_read(tmp_path: Path, ending: str) -> None:
    with pytest.raises(UnreadableDocument, match=f"heißt „{ending}“, enthält aber HTML"):
        detect_format(write(tmp_path / f"a{ending}", HEADS[HTML]), DEFAULT_LIMITS)


def test_a_text_that_begins_like_a_picture_is_a_text(tmp_path: Path) -> None:
    assert detect_format(write(tmp_path / "a.txt", b"BMW baut in Dingolfing."), DEFAULT_LIMITS).media_type == TEXT
    assert detect_format(write(tmp_path / "a.md", b"MMXXIV war gestern."), DEFAULT_LIMITS).media_type == MARKDOWN


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.gif", b"GIF89a\1\0\1\0", "als PNG oder JPEG"),
        ("a.bmp", b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "als PNG oder JPEG"),
        ("a.heic", b"\0\0\0\x18ftypheic\0\0", "als PNG oder JPEG"),
        ("a.webp", b"RIFF\x10\0\0\0WEBPVP8 ", "als PNG oder JPEG"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "alte Office-Format"),
        ("a.xml", b"<?xml version='1.0'?><a/>", "XML"),
        ("a.gz", b"\x1f\x8b\x08\0\0\0", "Unbekanntes Format"),
        ("a.ods", {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": ""}, "ODS.*XLSX"),
        ("a.odp", {"mimetype": "application/vnd.oasis.opendocument.presentation", "content.xml": ""}, "ODP.*PPTX"),
        ("a.xlsb", {"xl/workbook.bin": ""}, "XLSB.*XLSX"),
        ("a.pages", {"Index/Document.iwa": ""}, "Pages"),
        ("a.zip", {"studie.pdf": ""}, "entpacken"),
    ],
)
def test_what_is_not_read_is_named_with_a_cure(
    tmp_path: Path, name: str, content: bytes | dict[str, str], message: str
) -> None:
    with pytest.raises(NothingToIndex, match=message):
        detect_format(write(tmp_path / name, content), DEFAULT_LIMITS)


@pytest.mark.parametrize("ending", [".docx", ".pptx", ".xlsx"])
def test_a_protected_or_an_old_office_file_under_a_new_name_fails_with_its_cure(tmp_path: Path, ending: str) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    with pytest.raises(UnreadableDocument, match="Passwort"):
        detect_format(write(tmp_path / f"a{ending}", ole + "EncryptedPackage".encode("utf-16-le")), DEFAULT_LIMITS)
    with pytest.raises(UnreadableDocument, match="im heutigen Format neu speichern"):
        detect_format(write(tmp_path / f"b{ending}", ole), DEFAULT_LIMITS)


def test_broken_archives_are_named_as_such(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.docx", PARTS[DOCX]).read_bytes()
    with pytest.raises(UnreadableDocument, match="unvollständiges Archiv"):
        detect_format(write(tmp_path / "b.docx", whole[:-20]), DEFAULT_LIMITS)
    with pytest.raises(UnreadableDocument, match="Hauptteil"):
        detect_format(write(tmp_path / "c.xlsx", {"etwas.bin": ""}), DEFAULT_LIMITS)


def test_every_readable_format_is_named_and_said_to_be_readable() -> None:
    assert set(EXTENSIONS.values()) == NAMES.keys()
    for media_type in NAMES.keys() - IMAGES:
        ending = next(ending for ending, known in EXTENSIONS.items() if known == media_type)
        assert any(name.casefold() in READABLE.casefold() for name in (ending.lstrip("."), NAMES[media_type]))


@given(head=st.binary(max_size=64), ending=st.sampled_from([*EXTENSIONS, ".doc", ".xyz", ""]))
def test_every_content_under_every_name_ends_in_a_format_or_a_german_reason(
    tmp_path_factory: pytest.TempPathFactory, head: bytes, ending: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"beliebig{ending}"
    path.write_bytes(head)
    try:
        assert detect_format(path, DEFAULT_LIMITS).media_type in NAMES
    except (NothingToIndex, UnreadableDocument) as error:
        assert str(error).endswith(".")
