"""What a file is, told by its content; its name is only a hint."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

from ingest.limits import Limits
from search_service.errors import NothingToIndex, UnreadableDocument

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HTML = "text/html"
MARKDOWN = "text/markdown"
TEXT = "text/plain"

EXTENSIONS = {
    ".pdf": PDF,
    ".docx": DOCX,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".txt": TEXT,
    ".text": TEXT,
}
NAMES = {PDF: "PDF", DOCX: "DOCX (Word)", HTML: "HTML", MARKDOWN: "Markdown", TEXT: "Text"}
READABLE = "Gelesen werden PDF, DOCX, HTML, Markdown und TXT."
IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"II*\0", b"MM\0*", b"GIF8", b"BM")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Members of a ZIP file that tell an office or book format, with its German name.
ARCHIVES = {
    "ppt/presentation.xml": "PowerPoint (PPTX)",
    "xl/workbook.xml": "Excel (XLSX)",
    "content.xml": "OpenDocument (ODT, ODS, ODP)",
    "META-INF/container.xml": "EPUB",
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
    if hinted in (PDF, DOCX):
        raise UnreadableDocument(
            f"Die Datei heißt „{path.suffix}“, enthält aber {NAMES[found]} oder ist beschädigt. "
            "Bitte die Datei neu speichern oder richtig benennen."
        )
    if hinted is None and found not in (PDF, DOCX):
        ending = f"„{path.suffix}“" if path.suffix else "ohne Endung"
        raise NothingToIndex(f"Unbekanntes Format ({ending}). {READABLE}")
    return Format(found, f"Die Endung „{path.suffix}“ passt nicht zum Inhalt; gelesen als {NAMES[found]}.")


def _detect(path: Path, head: bytes, hinted: str | None, limits: Limits) -> str:
    if b"%PDF-" in head[:1024]:
        return PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _detect_archive(path, limits)
    if head.startswith(OLE):
        raise _refuse_ole(path, hinted)
    if head.startswith(b"{\\rtf"):
        raise NothingToIndex(f"RTF wird noch nicht gelesen. Bitte als DOCX oder PDF speichern. {READABLE}")
    if head.startswith(IMAGES) or head[4:12] in (b"ftypheic", b"ftypavif"):
        raise NothingToIndex("Ein Bild hat keinen Text zum Durchsuchen. Bitte mit Texterkennung (OCR) in ein PDF umwandeln.")
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        if hinted is not None:
            raise UnreadableDocument(
                f"Der Inhalt passt nicht zur Endung „{path.suffix}“ oder ist beschädigt. Bitte die Datei neu speichern."
            )
        raise NothingToIndex(f"Unbekanntes Format. {READABLE}")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")) or (start.startswith((b"<?xml", b"<!--")) and b"<html" in start):
        return HTML
    if start.startswith(b"<?xml"):
        raise NothingToIndex(f"XML wird nicht gelesen. {READABLE}")
    return hinted if hinted in (HTML, MARKDOWN) else TEXT


def _detect_archive(path: Path, limits: Limits) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist()[: limits.archive_entries])
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError) as error:
        raise UnreadableDocument("Die Datei ist beschädigt (unvollständiges Archiv). Bitte die Datei neu speichern.") from error
    if "word/document.xml" in names or {"[Content_Types].xml", "word/"} <= names:
        return DOCX
    for member, name in ARCHIVES.items():
        if any(entry == member or entry.endswith(f"/{member}") for entry in names):
            raise NothingToIndex(f"{name} wird noch nicht gelesen. Bitte als PDF oder DOCX speichern.")
    if EXTENSIONS.get(path.suffix.lower()) == DOCX:
        return DOCX
    raise NothingToIndex(f"Archive (ZIP) werden nicht gelesen. Bitte die Dateien entpacken. {READABLE}")


def _refuse_ole(path: Path, hinted: str | None) -> Exception:
    """An OLE container is an office file of before 2007, or a newer one behind a password."""
    with path.open("rb") as file:
        is_encrypted = "EncryptedPackage".encode("utf-16-le") in file.read(64 * 1024 * 1024)
    if is_encrypted:
        return UnreadableDocument("Die Datei ist mit einem Passwort geschützt. Bitte ohne Passwort speichern und neu ablegen.")
    if hinted == DOCX:
        return UnreadableDocument(
            "Die Datei heißt „.docx“, ist aber im alten Word-Format. Bitte in Word neu als DOCX speichern."
        )
    return NothingToIndex(
        f"Das alte Office-Format (vor 2007) wird nicht gelesen. Bitte als DOCX oder PDF speichern. {READABLE}"
    )
