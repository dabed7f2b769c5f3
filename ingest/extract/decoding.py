"""Bytes of a text file to characters."""

from __future__ import annotations

import codecs

from search_service.errors import UnreadableDocument

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes, declared: str | None = None) -> str:
    """Return the text: byte order mark, then UTF-8 if it fits, then the declared encoding, then Windows-1252.

    UTF-8 comes before the declaration because text of another encoding is practically never valid UTF-8, while wrong
    declarations are common.
    """
    for mark, name in MARKS:
        if data.startswith(mark):
            return data.decode(name, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if declared is not None:
        try:
            return data.decode(codecs.lookup(declared).name)
        except (LookupError, UnicodeDecodeError):
            pass
    if b"\0" in data:
        raise UnreadableDocument("Die Datei ist keine Textdatei oder beschädigt. Bitte als Text (UTF-8) neu speichern.")
    return data.decode("cp1252", errors="replace")
