"""What a file is, told by its content; its name is only a hint."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

from ingest.limits import Limits
from search_service.errors import NothingToIndex, UnreadableDocument

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"
EPUB = "application/epub+zip"
RTF = "application/rtf"
HTML = "text/html"
MARKDOWN = "text/markdown"
TEXT = "text/plain"
JPEG = "image/jpeg"
PNG = "image/png"
TIFF = "image/tiff"
IMAGES = frozenset({JPEG, PNG, TIFF})

EXTENSIONS = {
    ".pdf": PDF,
    ".docx": DOCX,
    ".docm": DOCX,
    ".dotx": DOCX,
    ".dotm": DOCX,
    ".pptx": PPTX,
    ".pptm": PPTX,
    ".ppsx": PPTX,
    ".potx": PPTX,
    ".xlsx": XLSX,
    ".xlsm": XLSX,
    ".xltx": XLSX,
    ".odt": ODT,
    ".ott": ODT,
    ".epub": EPUB,
    ".rtf": RTF,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".txt": TEXT,
    ".text": TEXT,
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".png": PNG,
    ".tif": TIFF,
    ".tiff": TIFF,
}
NAMES = {
    PDF: "PDF",
    DOCX: "Word (DOCX)",
    PPTX: "PowerPoint (PPTX)",
    XLSX: "Excel (XLSX)",
    ODT: "OpenDocument-Text (ODT)",
    EPUB: "E-Book (EPUB)",
    RTF: "RTF",
    HTML: "HTML",
    MARKDOWN: "Markdown",
    TEXT: "Text",
    JPEG: "Bild (JPEG)",
    PNG: "Bild (PNG)",
    TIFF: "Bild (TIFF)",
}
READABLE = (
    "Gelesen werden PDF, DOCX, PPTX, XLSX, ODT, EPUB, RTF, HTML, Markdown und TXT, "
    "mit eingerichteter Texterkennung (OCR) auch Bilder in JPEG, PNG und TIFF."
)
SIGNATURES = {
    b"\xff\xd8\xff": JPEG,
    b"\x89PNG\r\n\x1a\n": PNG,
    b"II*\0": TIFF,
    b"MM\0*": TIFF,
    b"II+\0": TIFF,  # BigTIFF
    b"MM\0+": TIFF,
}
OTHER_IMAGES = (b"GIF87a", b"GIF89a", b"\0\0\1\0\1\0")
PHONE_IMAGES = (b"ftyphei", b"ftypavif", b"ftypmif1", b"ftypmsf1")
BITMAP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})  # sizes of the header a BMP can have
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Formats that mark themselves in their first bytes or as an archive: without that mark a file is not what its name says.
MARKED = frozenset(EXTENSIONS.values()) - {HTML, MARKDOWN, TEXT}
OFFICE = frozenset({DOCX, PPTX, XLSX})
MEMBERS = {"word/document.xml": DOCX, "ppt/presentation.xml": PPTX, "xl/workbook.xml": XLSX}
# Types of the main part by which an office package says what it is, whatever the part is called.
MAIN_TYPES = {b"wordprocessingml.": DOCX, b"ms-word.": DOCX, b"presentationml.": PPTX, b"spreadsheetml.": XLSX}
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
# Archives that are known and not read, by the end of an OpenDocument type or a member, with name and cure.
OTHER_OPEN_DOCUMENTS = {
    "spreadsheet": ("Eine OpenDocument-Tabelle (ODS)", "XLSX oder PDF"),
    "presentation": ("Eine OpenDocument-Präsentation (ODP)", "PPTX oder PDF"),
    "graphics": ("Eine OpenDocument-Zeichnung (ODG)", "PDF"),
}
OTHER_ARCHIVES = {
    "xl/workbook.bin": ("Das binäre Excel-Format (XLSB)", "XLSX oder PDF"),
    "Index/Document.iwa": ("Ein Dokument aus Pages, Numbers oder Keynote", "PDF oder DOCX"),
    "FixedDocSeq.fdseq": ("Das Format XPS", "PDF"),
}


@dataclass(frozen=True, slots=True)
class Format:
    """A format that can be read, and what was odd about the name."""

    media_type: str
    notice: str | None = None


def detect_format(path: Path, limits: Limits) -> Format:
    """Return the format of `path`; NothingToIndex for a format that is not read, UnreadableDocument for a broken one."""
    with path.open("rb") as file:
        head = file.read(4096)
    hinted = EXTENSIONS.get(path.suffix.lower())
    found = _detect(path, head, hinted, limits)
    if hinted == found or (hinted is None and found == HTML):
        return Format(found)
    if hinted in MARKED and found not in MARKED:
        # Under such a name text or HTML is mostly what a server sent in place of the file: a login or an error page.
        raise UnreadableDocument(
            f"Die Datei heißt „{path.suffix}“, enthält aber {NAMES[found]} oder ist beschädigt. "
            "Bitte die Datei neu speichern oder richtig benennen."
        )
    if hinted is None and found not in MARKED:
        ending = f"„{path.suffix}“" if path.suffix else "ohne Endung"
        raise NothingToIndex(f"Unbekanntes Format ({ending}). {READABLE}")
    if not path.suffix:
        return Format(found, f"Die Datei hat keine Endung; gelesen als {NAMES[found]}.")
    return Format(found, f"Die Endung „{path.suffix}“ passt nicht zum Inhalt; gelesen als {NAMES[found]}.")


def _detect(path: Path, head: bytes, hinted: str | None, limits: Limits) -> str:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"{\\rtf"):
        return RTF
    if b"%PDF-" in head[:1024]:
        return PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _detect_archive(path, limits)
    if head.startswith(OLE):
        raise _refuse_ole(path, hinted)
    for signature, media_type in SIGNATURES.items():
        if head.startswith(signature):
            return media_type
    if _is_other_image(head):
        raise NothingToIndex(
            "Bilder in GIF, BMP, WebP, HEIC und ähnlichen Formaten werden nicht gelesen. "
            "Bitte als PNG oder JPEG speichern oder mit Texterkennung (OCR) in ein PDF umwandeln."
        )
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        if hinted is not None:
            raise UnreadableDocument(
                f"Der Inhalt passt nicht zur Endung „{path.suffix}“ oder ist beschädigt. Bitte die Datei neu speichern."
            )
        raise NothingToIndex(f"Unbekanntes Format. {READABLE}")
    if start.startswith((b"<!doctype html", b"<html")) or (start.startswith((b"<?xml", b"<!--")) and b"<html" in start):
        return HTML
    if start.startswith(b"<?xml"):
        raise NothingToIndex(f"XML wird nicht gelesen. {READABLE}")
    return hinted if hinted in (HTML, MARKDOWN) else TEXT


def _is_other_image(head: bytes) -> bool:
    is_bitmap = head.startswith(b"BM") and head[6:10] == b"\0\0\0\0" and int.from_bytes(head[14:18], "little") in BITMAP_HEADERS
    is_webp = head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    return is_bitmap or is_webp or head.startswith(OTHER_IMAGES) or head[4:12].startswith(PHONE_IMAGES)


def _detect_archive(path: Path, limits: Limits) -> str:
    """Tell office and book formats by what the archive says of itself, then by their parts."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist()[: limits.archive_entries])
            declared = _read_head(archive, "mimetype", names).decode("ascii", "replace").strip()
            types = _read_head(archive, "[Content_Types].xml", names)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, RuntimeError) as error:
        raise UnreadableDocument("Die Datei ist beschädigt (unvollständiges Archiv). Bitte die Datei neu speichern.") from error
    for member, media_type in MEMBERS.items():
        if member in names:
            return media_type
    if declared == EPUB or any(name == "META-INF/container.xml" or name.endswith("/META-INF/container.xml") for name in names):
        return EPUB
    if "content.xml" in names:
        return _judge_open_document(declared)
    for member, (name, cure) in OTHER_ARCHIVES.items():
        if member in names:
            raise NothingToIndex(f"{name} wird nicht gelesen. Bitte als {cure} speichern.")
    for mark, media_type in MAIN_TYPES.items():
        if mark in types:
            return media_type
    if EXTENSIONS.get(path.suffix.lower()) in OFFICE:
        raise UnreadableDocument(
            f"Der Datei fehlt der Hauptteil, den eine Datei „{path.suffix}“ haben muss. Bitte das Original neu speichern."
        )
    raise NothingToIndex(f"Archive (ZIP) werden nicht gelesen. Bitte die Dateien entpacken. {READABLE}")


def _read_head(archive: zipfile.ZipFile, name: str, names: set[str]) -> bytes:
    if name not in names:
        return b""
    with archive.open(name) as part:
        return part.read(65536)


def _judge_open_document(declared: str) -> str:
    for kind, (name, cure) in OTHER_OPEN_DOCUMENTS.items():
        if declared.startswith(OPEN_DOCUMENT + kind):
            raise NothingToIndex(f"{name} wird nicht gelesen. Bitte als {cure} speichern.")
    return ODT


def _refuse_ole(path: Path, hinted: str | None) -> Exception:
    """An OLE container is an office file of before 2007, or a newer one behind a password."""
    with path.open("rb") as file:
        is_encrypted = "EncryptedPackage".encode("utf-16-le") in file.read(64 * 1024 * 1024)
    if is_encrypted:
        return UnreadableDocument("Die Datei ist mit einem Passwort geschützt. Bitte ohne Passwort speichern und neu ablegen.")
    if hinted in OFFICE:
        return UnreadableDocument(
            f"Die Datei heißt „{path.suffix}“, ist aber im alten Office-Format (vor 2007). "
            "Bitte im Office-Programm öffnen und im heutigen Format neu speichern."
        )
    return NothingToIndex(
        f"Das alte Office-Format (vor 2007) wird nicht gelesen. Bitte als DOCX, PPTX, XLSX oder PDF speichern. {READABLE}"
    )
