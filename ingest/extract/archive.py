"""Office files are ZIP archives of XML: both are checked before any reader opens them."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from ingest.limits import MEGABYTE, Limits
from search_service.errors import UnreadableDocument

XML_ENDINGS = (".xml", ".rels")
DECLARATION = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
DAMAGED = "Die Datei ist beschädigt. Bitte das Original noch einmal öffnen, neu speichern und wieder ablegen."


def check_archive(path: Path, limits: Limits) -> None:
    """Raise UnreadableDocument unless the archive is small enough unpacked, has only plain names and XML without entities.

    What the central directory claims is checked first; the XML parts are then read no further than they claimed.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_directory(entries, limits)
            for entry in entries:
                if entry.filename.lower().endswith(XML_ENDINGS):
                    _check_xml(archive, entry)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableDocument(DAMAGED) from error
    except RuntimeError as error:  # zipfile's word for an entry behind a password
        raise UnreadableDocument("Die Datei ist mit einem Passwort geschützt. Bitte ohne Passwort speichern.") from error


def _check_directory(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.archive_entries:
        raise UnreadableDocument(f"Die Datei enthält mehr als {limits.archive_entries} Teile und wird nicht geöffnet.")
    if sum(entry.file_size for entry in entries) > limits.archive_bytes:
        raise UnreadableDocument(
            f"Die Datei ist ausgepackt größer als {limits.archive_bytes // MEGABYTE} MB und wird nicht geöffnet."
        )
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or re.match("[A-Za-z]:", name):
            raise UnreadableDocument("Die Datei enthält unzulässige Pfade und wird nicht geöffnet.")
        if entry.file_size > MEGABYTE and entry.file_size > limits.archive_ratio * max(entry.compress_size, 1):
            raise UnreadableDocument(
                "Die Datei ist auffällig stark gepackt (Verdacht auf eine ZIP-Bombe) und wird nicht geöffnet."
            )


def _check_xml(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    with archive.open(entry) as part:
        data = part.read(entry.file_size + 1)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.decode("utf-16", errors="replace").encode("utf-8", errors="replace")
    if DECLARATION.search(data):
        raise UnreadableDocument("Die Datei enthält unzulässige XML-Anweisungen (DOCTYPE) und wird nicht geöffnet.")
