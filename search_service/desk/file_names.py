"""Names of uploaded files: a sender's name is a wish and never a path. Pure."""

from __future__ import annotations

import re
import unicodedata

from search_service.errors import UnsuitableFile

# What ingest reads; the service may not ask it (a test holds both together).
EXTENSIONS = frozenset({
    ".docm", ".docx", ".dotm", ".dotx", ".epub", ".htm", ".html", ".jpeg", ".jpg", ".markdown", ".md", ".odt", ".ott", ".pdf",
    ".png", ".potx", ".ppsx", ".pptm", ".pptx", ".rtf", ".text", ".tif", ".tiff", ".txt", ".xhtml", ".xlsm", ".xlsx", ".xltx",
})  # fmt: skip
# Bytes of UTF-8. File systems allow 255; "studie.pdf.meta.yaml" and a number that makes a name free need some of them.
MAX_NAME_BYTES = 180
# Names that Windows keeps for devices, whatever their ending: an operator may copy the folder there.
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{digit}" for port in ("com", "lpt") for digit in "123456789¹²³")})
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_BLANKS = re.compile(r"\s+")


def clean_file_name(name: str) -> str:
    """Return the last part of `name` as a safe file name; raise UnsuitableFile where none is left or ingest reads no such file.

    NFC, without control and format characters (such as the one that shows "cod.exe" as "exe.doc"), without leading dots,
    at most MAX_NAME_BYTES long.
    """
    last = re.split(r"[/\\]", name)[-1]
    spaced = _BLANKS.sub(" ", last)
    # Without control, format, surrogate, private and unassigned characters.
    printable = "".join(character for character in spaced if not unicodedata.category(character).startswith("C"))
    printable = unicodedata.normalize("NFC", printable)
    tidy = _BLANKS.sub(" ", _FORBIDDEN.sub("_", printable)).lstrip(". ").rstrip(". ")
    stem, dot, ending = tidy.rpartition(".")
    stem = stem.rstrip(". ")
    if not stem or f"{dot}{ending}".lower() not in EXTENSIONS:
        raise UnsuitableFile(
            f"Dateien wie „{_shorten(tidy) or '…'}“ werden nicht gelesen. Bitte eine Datei mit einer dieser Endungen "
            f"hochladen: {', '.join(sorted(extension.removeprefix('.') for extension in EXTENSIONS))}."
        )
    if stem.partition(".")[0].strip().casefold() in _DEVICES:
        stem = f"_{stem}"
    room = MAX_NAME_BYTES - len(ending.encode()) - 1
    return f"{stem.encode()[:room].decode('utf-8', 'ignore').rstrip('. ')}.{ending}"


def _shorten(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:60]}…"
