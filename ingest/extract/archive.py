"""Office files are ZIP archives of XML: both are checked before any reader opens them."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path

from ingest.limits import MEGABYTE, Limits
from search_service.errors import UnreadableDocument

XML_ENDINGS = (".xml", ".rels")
DECLARATION = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
DOCTYPE = (
    "Die Datei enthält unzulässige XML-Anweisungen (DOCTYPE) und wird nicht geöffnet. "
    "Bitte das Original im Office-Programm neu speichern."
)
# What reading the members of a damaged or encrypted archive was seen to raise.
READ_ERRORS = (KeyError, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error)
LOCKED = "Die Datei ist mit einem Passwort geschützt. Bitte ohne Passwort speichern und neu ablegen."
DAMAGED = "Die Datei ist beschädigt. Bitte das Original noch einmal öffnen, neu speichern und wieder ablegen."


def check_archive(path: Path, limits: Limits, endings: Collection[str] = XML_ENDINGS) -> None:
    """Raise UnreadableDocument unless the archive is small enough unpacked, has only plain names and XML without entities.

    What the central directory claims is checked first; the parts whose names end in `endings` are then read, no further
    than they claimed, and must not declare a document type.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_directory(entries, limits)
            for entry in entries:
                if entry.filename.lower().endswith(tuple(endings)):
                    _check_xml(archive, entry)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableDocument(DAMAGED) from error
    except RuntimeError as error:  # zipfile's word for an entry behind a password
        raise UnreadableDocument(LOCKED) from error


def _check_directory(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.archive_entries:
        raise UnreadableDocument(
            f"Die Datei enthält mehr als {limits.archive_entries} Teile und wird nicht geöffnet. Bitte aufteilen."
        )
    if sum(entry.file_size for entry in entries) > limits.archive_bytes:
        raise UnreadableDocument(
            f"Die Datei ist ausgepackt größer als {limits.archive_bytes // MEGABYTE} MB und wird nicht geöffnet. "
            "Bitte in kleinere Dateien teilen oder prüfen, woher sie stammt."
        )
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or re.match("[A-Za-z]:", name):
            raise UnreadableDocument(
                "Die Datei enthält unzulässige Pfade und wird nicht geöffnet. Bitte prüfen, woher sie stammt."
            )
        if entry.file_size > MEGABYTE and entry.file_size > limits.archive_ratio * max(entry.compress_size, 1):
            raise UnreadableDocument(
                "Die Datei ist auffällig stark gepackt (Verdacht auf eine ZIP-Bombe) und wird nicht geöffnet. "
                "Bitte prüfen, woher sie stammt."
            )


def _check_xml(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    with archive.open(entry) as part:
        data = part.read(entry.file_size + 1)
    if DECLARATION.search(data.replace(b"\0", b"")):  # without the zeros that UTF-16 and UTF-32 put between letters
        raise UnreadableDocument(DOCTYPE)
